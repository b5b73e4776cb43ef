"""A person wants a model gone: endpoints, configs, models and their logs. What it takes to deploy it again stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ebb.announcements.latest import Latest
from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject, purged
from ebb.aws.configs_and_models import configs_of, models_of, remove_runs
from ebb.aws.endpoint_logs import EndpointLog
from ebb.aws.endpoints import ForeignEndpointError
from ebb.context import Context
from ebb.deploy_endpoint.trained_run import DECIDED
from ebb.endpoints.cleanup import remove_endpoint
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import ON_ITS_WAY
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import Request
from ebb.names import ModelName, RunId, RunOrder, model_of_endpoint, run_folder, run_of_config, run_order

_TIME_OF_RUN = "%y%m%d%H%M%S"
_Context = Context[DeployEndpointSettings]


def delete(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """The ledger first, so that nothing brings it back. WaitError while SageMaker does not let go of it."""
    if row.live_order and _is_later(row.live_order, asked):
        return {"outcome": "out of date", "model": row.model, "reason": f"{row.live_run} is newer"}
    row = _forget(context, row, asked)
    if going := [name for name in _endpoints(context, row.model) if _is_still_there(context, name)]:
        raise WaitError(f"{', '.join(going)} to be gone")
    row = _note_what_goes(context, row)
    if row.pending is None:
        return {"outcome": "nothing to delete", "model": row.model}
    runs = sorted({run_of_config(name) for name in _resources(context, row.model)})
    for endpoint in (context.endpoint_name(row.model), *runs):
        EndpointLog(context.clients.logs, endpoint).delete()
    removed = remove_runs(context.own, context.settings.prefix, row.model, lambda _run: True)
    context.outbox.tell(PendingAnnouncement.from_json(row.pending))
    context.ledger.write_endpoint(replace(row, pending=None))
    return {"outcome": "deleted", "model": row.model, "removed": removed}


def _is_later(run: RunOrder, asked: Request) -> bool:
    """What was uploaded after the request is not what was meant."""
    return asked.at is not None and run.uploaded > asked.at.strftime(_TIME_OF_RUN)


def _forget(context: _Context, row: EndpointRow, asked: Request) -> EndpointRow:
    """What is on its way ends here: a job that is still running is let end, and is not deployed."""
    reason = "the model was deleted"
    for run in _on_their_way(context, row, asked):
        sentence = f"{run} is not deployed: {reason} while it was on its way."
        latest = Latest(row.model, run, "deleted", sentence, context.endpoint_name(row.model))
        latest.write(context.clients.s3, context.settings.bucket, context.now)
        context.ledger.record_run(row.model, run, "superseded", context.now, unless=DECIDED, reason=reason)
    if row.state is State.NONE and row.wanted is None and not row.live_run:
        return row
    return context.ledger.write_endpoint(EndpointRow(row.model, row.version, State.NONE, context.now))


def _on_their_way(context: _Context, row: EndpointRow, asked: Request) -> list[str]:
    """Uploads that are being checked, trained or deployed; not what was uploaded after the request."""
    runs = {run for run, known in context.ledger.runs(row.model) if known.get("stage") in ON_ITS_WAY}
    if row.change and row.change.is_new:
        runs.add(row.change.run)  # its own row may have been lost
    orders = {run: run_order(run) for run in sorted(runs)}
    return [run for run, order in orders.items() if order and not _is_later(order, asked)]


def _endpoints(context: _Context, model: str) -> Iterator[str]:
    """The model's own, and candidates."""
    for name, _ in context.own.listed(context.endpoint_name(model)):
        if model_of_endpoint(context.settings.prefix, name) == model:
            yield name


def _is_still_there(context: _Context, name: str) -> bool:
    try:
        return remove_endpoint(context, name)
    except ForeignEndpointError:
        return False


def _resources(context: _Context, model: str) -> set[str]:
    named = (context.clients.sagemaker, context.settings.prefix, model)
    return set(configs_of(*named)) | set(models_of(*named))


def _note_what_goes(context: _Context, row: EndpointRow) -> EndpointRow:
    """To be said as soon as it is done, whoever does it."""
    resources = sorted(_resources(context, row.model), key=lambda name: (str(run_order(name)), name))
    if not resources:
        return row
    run, model = RunId(run_of_config(resources[-1])), ModelName(row.model)
    said = purged(
        Subject(model, run, context.endpoint_name(model), ""),
        removed=resources,
        artifact=f"s3://{context.settings.bucket}/{run_folder(model, run)}output/model.tar.gz",
        asleep_since=None,
        by="request",
    )
    pending = PendingAnnouncement(said, [], context.now, "deleted").as_json()
    return context.ledger.write_endpoint(replace(row, pending=pending))
