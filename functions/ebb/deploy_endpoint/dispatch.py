"""What deploy_endpoint is asked for: a job that ended, a change that the ledger's row wants, or a request."""

from __future__ import annotations

from ebb.context import Context
from ebb.deploy_endpoint import change, trained_run
from ebb.deploy_endpoint.requests import handle
from ebb.environment import DeployEndpointSettings
from ebb.messaging.consumer import Outcome
from ebb.messaging.messages import ApplyChange, TrainingEnded
from ebb.messaging.requests import HostileRequest, Order, Request
from ebb.names import ModelName, model_of_run

_Context = Context[DeployEndpointSettings]


def work_on(context: _Context, order: Order) -> Outcome:
    """WaitError when it is not possible now; running it twice, or half and then again, ends the same way."""
    match order:
        case TrainingEnded():
            return _training_ended(context, order)
        case ApplyChange():
            return _apply_change(context, order.model)
        case Request():
            return handle.handle(context, order)
        case HostileRequest():
            return handle.refuse(context, order, order.reason)


def give_up(context: _Context, order: Order, reason: str) -> Outcome:
    """After the longest wait: said, so that nobody goes on waiting for it. `reason`: how long it was, and for what."""
    match order:
        case TrainingEnded():
            return _give_up_run(context, order.job, reason)
        case ApplyChange():
            return _give_up_change(context, order.model, reason)
        case Request():
            return handle.give_up(context, order, reason)
        case HostileRequest():
            return handle.refuse(context, order, order.reason)


def _training_ended(context: _Context, ended: TrainingEnded) -> Outcome:
    """DescribeTrainingJob shows no tags: whose it is, is asked first."""
    model = model_of_run(context.settings.prefix, ended.job)
    if model is None or not context.own.owns(ended.arn):
        return {"outcome": "not ours", "job": ended.job}
    return trained_run.take_up(context, model, ended.job)


def _apply_change(context: _Context, model: ModelName) -> Outcome:
    row = context.outbox.flush(context.ledger.endpoint(model))
    if row.change is None:
        return {"outcome": "nothing wanted", "model": model}
    if row.change.is_new:
        return trained_run.take_up(context, model, row.change.run)
    return change.go_on(context, row)


def _give_up_run(context: _Context, run: str, reason: str) -> Outcome:
    model = model_of_run(context.settings.prefix, run)
    if model and not trained_run.give_up(context, model, run, reason):
        return {"outcome": "already decided", "run": run}
    return {"outcome": "given up", "run": run, "reason": reason}


def _give_up_change(context: _Context, model: ModelName, reason: str) -> Outcome:
    row = context.outbox.flush(context.ledger.endpoint(model))
    if row.change is None:
        return {"outcome": "nothing wanted", "model": model}
    change.cannot(context, row, row.change, "waited", reason)
    return {"outcome": "given up", "run": row.change.run, "reason": reason}
