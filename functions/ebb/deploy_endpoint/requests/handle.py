"""Requests: of people, of their schedules, of predict. One door, and one thing at a time for each model.

What became of a request is kept for a while under its event's id, for whoever waits for it. One that was refused or
given up is announced, unless what became of its model was.
"""

from __future__ import annotations

from collections.abc import Callable

from ebb.announcements.training_events import request_refused
from ebb.aws.endpoints import ForeignEndpointError
from ebb.context import Context
from ebb.deploy_endpoint import change, trained_run
from ebb.deploy_endpoint.requests.apply import apply
from ebb.deploy_endpoint.requests.delete import delete
from ebb.deploy_endpoint.requests.keep import keep
from ebb.deploy_endpoint.requests.retry import retry
from ebb.deploy_endpoint.requests.rollback import roll_back
from ebb.deploy_endpoint.requests.sleep import sleep
from ebb.deploy_endpoint.requests.wake import wake
from ebb.endpoints.recovery import recover_if_lost
from ebb.environment import DeployEndpointSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import (
    APPLY,
    DELETE,
    GIVEN_UP,
    KEEP,
    REFUSED,
    RETRY,
    ROLLBACK,
    SLEEP,
    WAKE,
    HostileRequest,
    Request,
)

_Context = Context[DeployEndpointSettings]
HANDLERS: dict[str, Callable[[_Context, EndpointRow, Request], Outcome]] = {
    WAKE: wake,
    SLEEP: sleep,
    KEEP: keep,
    RETRY: retry,
    APPLY: apply,
    ROLLBACK: roll_back,
    DELETE: delete,
}


def handle(context: _Context, asked: Request) -> Outcome:
    """Twice, late, or half and then again, it ends the same way. WaitError while something is in the way."""
    handler = HANDLERS.get(asked.kind)
    if handler is None:
        return refuse(context, asked, "there is no such request")
    try:
        row = recover_if_lost(context, context.ledger.endpoint(asked.model))
        outcome = handler(context, context.outbox.flush(row), asked)
    except ForeignEndpointError as foreign:
        return refuse(context, asked, str(foreign))
    if outcome["outcome"] == REFUSED:
        return refuse(context, asked, outcome["reason"])
    _remember(context, asked, outcome)
    return outcome


def refuse(context: _Context, asked: Request | HostileRequest, reason: str) -> Outcome:
    return _tell(context, asked, {"outcome": REFUSED, "model": asked.model, "request": asked.kind, "reason": reason})


def give_up(context: _Context, asked: Request, reason: str) -> Outcome:
    """The change that it has begun is ended and told; else the request simply did not happen, and that is told."""
    outcome = {"outcome": GIVEN_UP, "model": asked.model, "request": asked.kind, "reason": reason}
    row = context.outbox.flush(context.ledger.endpoint(asked.model))
    begun = {WAKE: Reason.WAKE, ROLLBACK: Reason.RETURN}.get(asked.kind)
    if row.change and row.change.reason is begun:
        change.cannot(context, row, row.change, "waited", reason)
    elif asked.kind != RETRY or not trained_run.give_up(context, asked.model, asked.run, reason):
        return _tell(context, asked, outcome)
    _remember(context, asked, outcome)
    return outcome


def _tell(context: _Context, asked: Request | HostileRequest, outcome: Outcome) -> Outcome:
    """Once for each request, as far as it can be told from others: our own functions' have no id.

    A wake that predict asks for once a minute is told to its callers, and to nobody else.
    """
    run, by = (asked.run or None, asked.by) if isinstance(asked, Request) else (None, "unknown")
    known = context.ledger.answer(asked.id).get("outcome") == outcome["outcome"] if asked.id else False
    if not known and not (asked.kind == WAKE and by == "predict"):
        given_up = outcome["outcome"] == GIVEN_UP
        context.outbox.publish(
            request_refused(asked.model, asked.kind, outcome["reason"], run=run, by=by, given_up=given_up)
        )
    _remember(context, asked, outcome)
    return outcome


def _remember(context: _Context, asked: Request | HostileRequest, outcome: Outcome) -> None:
    """Last of all: what the ledger knows was done, or said."""
    if asked.id:
        facts = {name: str(outcome[name]) for name in ("outcome", "reason", "config") if name in outcome}
        context.ledger.record_answer(asked.id, context.now, **facts)
