"""A knock: one call of ours to an endpoint that nobody seems to call, which must then be the only one to show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from ebb.announcements import sleep_events
from ebb.announcements.announcement import Announcement
from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject
from ebb.aws.client_errors import code_of, is_missing_object, is_passing, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointFacts
from ebb.bucket.run_folder import SMOKE, RunFolder
from ebb.environment import TearDownIdleSettings
from ebb.errors import EbbError, WaitError
from ebb.evaluation.inference import ModelAnswerError, ask
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, RunId, run_folder
from ebb.tear_down_idle.verdict.verdict import Verdict
from ebb.times import Stopwatch, iso

_NO_ANSWER = (HTTPClientError, BotocoreConnectionError, IncompleteReadError)


class NoAnswerError(EbbError):
    """The endpoint does not answer as it should: that is for a person to see, and no reason to delete it."""


@dataclass(frozen=True)
class Knocking:
    """`watch`: since the tick began."""

    clients: Clients
    settings: TearDownIdleSettings
    watch: Stopwatch

    def knock(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> EndpointRow:
        """Written before it is made, answered after: what dies in between is knocked again.

        WaitError: it is busy, so somebody calls it. NoAnswerError.
        """
        body = self._row_to_ask(row)
        row = self.ledger.write_endpoint(replace(row, knocked_at=iso(self.watch.start), answered_at=""))
        self._call(row, facts.name, body)
        answered = self.watch.now()
        ripe = iso(answered + dt.timedelta(minutes=self.settings.idle_margin_minutes))
        row = replace(row, answered_at=iso(answered), due=ripe)
        if self.settings.only_reports:
            return self.ledger.write_endpoint(row)
        said = sleep_events.sleeps_soon(
            subject(row, facts),
            idle_since=_since(verdict),
            sleeps_after=ripe,
            last_call=row.last_call or None,
            evidence=verdict.evidence,
        )
        return self.voice.write(replace(row, unsaid=self._saying(said)))

    def tell_blind(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> EndpointRow:
        """Once: it would sleep, but its knock does not show."""
        said = sleep_events.sleeps_soon(
            subject(row, facts),
            idle_since=_since(verdict),
            sleeps_after=iso(self.watch.start),
            last_call=row.last_call or None,
            evidence=verdict.evidence,
            blocked=f"{verdict.reason}, so whether it is idle cannot be told; it is asked again after a day",
        )
        return self.voice.write(replace(row, told="blind", unsaid=self._saying(said)))

    def _row_to_ask(self, row: EndpointRow) -> str:
        """Held out from its training. Of an adopted endpoint nobody knows what it takes."""
        if row.is_adopted:
            return "0"
        prefix = run_folder(ModelName(row.model), RunId(row.live_run))
        try:
            kept = RunFolder(self.clients.s3, self.settings.bucket, prefix).read_text(SMOKE)
        except ClientError as error:
            if is_missing_object(error):
                raise NoAnswerError(f"there is nothing to ask it: {prefix}{SMOKE} is gone") from error
            raise
        return SmokeRows.of(kept).features[0]

    def _call(self, row: EndpointRow, name: str, body: str) -> None:
        try:
            if row.is_adopted:
                self._call_anything(name, body)
            else:
                ask(self.clients.sagemaker_runtime, name, [body])
        except WaitError as wait:
            if wait.longest is None:
                raise
            raise NoAnswerError(f"it does not answer our call: {wait}") from wait
        except (ModelAnswerError, ClientError, *_NO_ANSWER) as wrong:
            raise NoAnswerError(f"it does not answer our call: {wrong}") from wrong

    def _call_anything(self, name: str, body: str) -> None:
        """That it refuses the call is an answer, too."""
        runtime = self.clients.sagemaker_runtime
        try:
            runtime.invoke_endpoint(EndpointName=name, Body=body.encode(), ContentType="text/csv")["Body"].read()
        except ClientError as error:
            if is_passing(error):
                raise WaitError(f"{name} cannot answer now: {message_of(error)}") from error
            if code_of(error) != "ModelError":
                raise

    def _saying(self, said: Announcement) -> dict[str, Any]:
        return Saying(said, [], iso(self.watch.start)).as_json()

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    @property
    def voice(self) -> Voice:
        return Voice(self.clients, self.settings, self.watch.start)


def subject(row: EndpointRow, facts: EndpointFacts) -> Subject:
    arn = facts.arn if row.is_adopted else ""
    return Subject(row.model, row.live_run or None, facts.name, facts.config, arn)


def _since(verdict: Verdict) -> str:
    assert verdict.since
    return iso(verdict.since)
