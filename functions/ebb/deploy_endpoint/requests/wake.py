"""Wakes an endpoint that sleeps: from the config that was kept, in one call; for predict, people and schedules."""

from __future__ import annotations

from dataclasses import replace

from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject, waking
from ebb.context import Context, ask_for_change
from ebb.deploy_endpoint.change import go_on
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.messaging.consumer import Outcome
from ebb.messaging.requests import Request
from ebb.times import iso

_NOT_THERE = ("Deleting", "Failed")
_Context = Context[DeployEndpointSettings]


def wake(context: _Context, row: EndpointRow, asked: Request) -> Outcome:
    """Twice at once, while it is being torn down, or for a model that never was: each ends right."""
    endpoint = context.endpoint_name(row.model)
    if row.change:
        return _meanwhile(context, row, row.change, asked)
    if row.state is State.BROKEN and row.wanted:
        return _again(context, row, row.wanted, asked)
    if not row.live_config:
        return {"outcome": "no such model", "model": row.model}
    if row.state is State.LIVE and _is_there(context, endpoint):
        return {"outcome": "already awake", "endpoint": endpoint}
    return _begin(context, row, Wanted(row.live_config, Reason.WAKE, context.now, State.ASLEEP), asked)


def _meanwhile(context: _Context, row: EndpointRow, wanted: Wanted, asked: Request) -> Outcome:
    """A change is under way, which mostly ends with an endpoint that is awake."""
    endpoint = context.endpoint_name(row.model)
    if wanted.reason is Reason.WAKE:
        if row.blocked_by and asked.at and asked.at > wanted.at:  # whoever asked first waits for it
            return {"outcome": "already waking", "endpoint": endpoint, "reason": row.blocked_by}
        return go_on(context, row)
    if wanted.before in (State.ASLEEP, State.BROKEN):
        raise WaitError(f"{wanted.run} is on its way to the endpoint, which may be as before afterwards")
    return {"outcome": "on its way", "endpoint": endpoint, "reason": str(wanted.reason)}


def _again(context: _Context, row: EndpointRow, wanted: Wanted, asked: Request) -> Outcome:
    """What was asked for before it was broken has been tried already; within the same second nobody can tell."""
    endpoint = context.endpoint_name(row.model)
    if asked.at and row.since and asked.at < row.since:
        return {"outcome": "already tried", "endpoint": endpoint}
    again = replace(wanted, at=context.now, attempt=wanted.attempt + 1, seen_modified=None)
    if wanted.reason is Reason.WAKE:
        return _begin(context, row, again, asked)
    row = context.ledger.write_endpoint(row.wants(again))
    if not again.is_new:
        return go_on(context, row)
    ask_for_change(context, row.model)
    return {"outcome": "tried again", "run": again.run, "endpoint": endpoint}


def _begin(context: _Context, row: EndpointRow, wanted: Wanted, asked: Request) -> Outcome:
    """What is still to be said of its sleep is overtaken: it is said to wake instead."""
    said = waking(
        Subject(row.model, wanted.run, context.endpoint_name(row.model), wanted.config, predicts=row.predicts),
        since_asleep=iso(row.since) if row.state is State.ASLEEP and row.since else None,
        by=asked.by,
        rebuilt=row.purged,
    )
    pending = PendingAnnouncement(said, [], wanted.at, "waking").as_json()
    return go_on(context, context.outbox.write(replace(row.wants(wanted, State.WAKING), pending=pending)))


def _is_there(context: _Context, endpoint: str) -> bool:
    state = context.own.find(endpoint)
    return state is not None and state.status not in _NOT_THERE
