"""A probe: one call of ours to an endpoint that nobody seems to call, which must then be the only one to show."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject, sleeps_soon
from ebb.aws.client_errors import code_of, is_missing_object, is_passing, message_of
from ebb.aws.endpoints import DescribedEndpoint
from ebb.bucket.run_folder import SMOKE
from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.errors import EbbError, WaitError
from ebb.evaluation.inference import ModelAnswerError, ask
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.ledger.endpoint_row import EndpointRow
from ebb.tear_down_idle.verdict.verdict import Verdict
from ebb.times import iso

_NO_ANSWER = (HTTPClientError, BotocoreConnectionError, IncompleteReadError)
_Context = Context[TearDownIdleSettings]


class NoAnswerError(EbbError):
    """The endpoint does not answer as it should: that is for a person to see, and no reason to delete it."""


def probe(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint, verdict: Verdict) -> EndpointRow:
    """Written before it is made, answered after: what dies in between is probed again.

    WaitError: it is busy, so somebody calls it. NoAnswerError.
    """
    body = _row_to_ask(context, row)
    row = context.ledger.write_endpoint(replace(row, knocked_at=context.now, answered_at=None))
    _call(context, row, endpoint.name, body)
    answered = context.clock.now().replace(microsecond=0)
    ripe = answered + dt.timedelta(minutes=context.settings.idle_margin_minutes)
    row = replace(row, answered_at=answered, due=ripe)
    if context.settings.only_reports:
        return context.ledger.write_endpoint(row)
    return context.outbox.write(replace(row, pending=_warning(context, row, endpoint, verdict, sleeps_after=ripe)))


def tell_blind(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint, verdict: Verdict) -> EndpointRow:
    """Once: it would sleep, but its probe does not show."""
    blocked = f"{verdict.reason}, so whether it is idle cannot be told; it is asked again after a day"
    warning = _warning(context, row, endpoint, verdict, sleeps_after=context.now, blocked=blocked)
    return context.outbox.write(replace(row, announced="blind", pending=warning))


def _row_to_ask(context: _Context, row: EndpointRow) -> str:
    """Held out from its training. Of an adopted endpoint nobody knows what it takes."""
    if row.is_adopted:
        return "0"
    folder = context.folder(row.model, row.live_run)
    try:
        return SmokeRows.of(folder.read_text(SMOKE)).features[0]
    except ClientError as error:
        if is_missing_object(error):
            raise NoAnswerError(f"there is nothing to ask it: {folder.key(SMOKE)} is gone") from error
        raise


def _call(context: _Context, row: EndpointRow, name: str, body: str) -> None:
    try:
        if row.is_adopted:
            _call_anything(context, name, body)
        else:
            ask(context.clients.sagemaker_runtime, name, [body])
    except WaitError as wait:
        if wait.longest is None:
            raise
        raise NoAnswerError(f"it does not answer our call: {wait}") from wait
    except (ModelAnswerError, ClientError, *_NO_ANSWER) as wrong:
        raise NoAnswerError(f"it does not answer our call: {wrong}") from wrong


def _call_anything(context: _Context, name: str, body: str) -> None:
    """That it refuses the call is an answer, too."""
    runtime = context.clients.sagemaker_runtime
    try:
        runtime.invoke_endpoint(EndpointName=name, Body=body.encode(), ContentType="text/csv")["Body"].read()
    except ClientError as error:
        if is_passing(error):
            raise WaitError(f"{name} cannot answer now: {message_of(error)}") from error
        if code_of(error) != "ModelError":
            raise


def _warning(
    context: _Context,
    row: EndpointRow,
    endpoint: DescribedEndpoint,
    verdict: Verdict,
    *,
    sleeps_after: dt.datetime,
    blocked: str | None = None,
) -> dict[str, Any]:
    assert verdict.since
    warning = sleeps_soon(
        Subject.of(row, endpoint.name, endpoint.config, endpoint.arn),
        idle_since=iso(verdict.since),
        sleeps_after=iso(sleeps_after),
        last_call=iso(row.last_call) if row.last_call else None,
        evidence=verdict.evidence,
        blocked=blocked,
    )
    return PendingAnnouncement(warning, [], context.now).as_json()
