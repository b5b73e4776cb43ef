"""What the ledger knows of a model, and what latest.json says of it where the ledger knows nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ebb.bucket.run_folder import RunFolder
from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import MODEL_RULE, is_model_name
from ebb.predict.errors import ErrorCode, RequestError, unknown_model
from ebb.times import LONG_AGO, UNREADABLE, iso, later

LATEST = "latest.json"
View = dict[str, Any]
_Context = Context[PredictSettings]
_SENTENCES = {
    State.NONE: "No run of {} is live.",
    State.DEPLOYING: "A change of {} is under way.",
    State.ASLEEP: "{} is asleep. A call wakes it, which takes some minutes.",
    State.WAKING: "{} is being woken.",
    State.BROKEN: "The endpoint of {} is broken.",
}


def live_row(context: _Context, name: str) -> EndpointRow:
    """The row of a model that has a live run, awake or asleep; RequestError when there is none."""
    row = _row(context, name)
    if row.live_run and row.state not in (State.NONE, State.BROKEN):
        return row
    said = _latest(context, row.model).get("sentence", f"The endpoint of {name} is broken.")
    raise RequestError(ErrorCode.NOTHING_LIVE, f"No run of {name} is live. {said}")


def one_model(context: _Context, name: str) -> View:
    """With what latest.json says where nothing is live."""
    row = _row(context, name)
    view = _view(context, row)
    if row.live_run and row.state is not State.BROKEN:
        return view
    return view | {"sentence": _latest(context, row.model).get("sentence", view["sentence"])}


def all_models(context: _Context) -> View:
    """Those of which the ledger keeps an endpoint's row to watch; adopted endpoints are no models."""
    rows = sorted(context.ledger.endpoints(), key=lambda row: row.model)
    return {"models": [_view(context, row) for row in rows if not row.is_adopted]}


def _row(context: _Context, name: str) -> EndpointRow:
    """RequestError when there is no such model, not even one whose first run is still to go live."""
    if not is_model_name(name):
        raise unknown_model(name, f"By the rule, {MODEL_RULE}.")
    row = context.ledger.endpoint(name)
    if not row.live_run and not _latest(context, name):
        raise unknown_model(name)
    return row


def _latest(context: _Context, model: str) -> dict[str, Any]:
    """Empty as long as no upload was ever looked at."""
    found = RunFolder(context.clients.s3, context.settings.bucket, f"runs/{model}/").find(LATEST)
    return found.content if found else {}


def _view(context: _Context, row: EndpointRow) -> View:
    asleep_at = _next_tear_down(row, context.settings)
    return {
        "model": row.model,
        "endpoint": context.endpoint_name(row.model),
        "state": row.state.value,
        "run": row.live_run or None,
        "predicts": row.predicts or None,
        "since": iso(row.since) if row.since else None,
        "next_tear_down": iso(asleep_at) if asleep_at else None,
        "sentence": _sentence(row, asleep_at),
    }


def _next_tear_down(row: EndpointRow, settings: PredictSettings) -> dt.datetime | None:
    """When it goes to sleep if nobody calls it until then. None while it does not, or is kept by its settings.

    What was called at a time that cannot be read is not put to sleep at all.
    """
    if row.state is not State.LIVE or row.keep or not row.since or row.last_call == UNREADABLE:
        return None
    minutes = (row.idle_after or settings.idle_after_minutes) + settings.idle_margin_minutes
    idle = later(max(row.since, row.last_call or LONG_AGO), dt.timedelta(minutes=minutes))
    return max(idle, row.not_before or LONG_AGO)


def _sentence(row: EndpointRow, asleep_at: dt.datetime | None) -> str:
    if row.state is State.LIVE:
        until = f", and asleep after {iso(asleep_at)} without a call" if asleep_at else ""
        return f"{row.model} is live{', and kept by its settings' if row.keep else until}."
    return f"{_SENTENCES[row.state].format(row.model)}{row.blocked_by and ' '}{row.blocked_by}"
