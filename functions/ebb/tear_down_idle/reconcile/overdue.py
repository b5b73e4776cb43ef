"""What nobody was told, or nobody finished: decided from what was listed, as messages that only say where to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ebb.ledger.endpoint_row import EndpointRow, Reason, State
from ebb.ledger.ledger import ON_ITS_WAY
from ebb.messaging.messages import ApplyChange, CheckEndpoint, TrainingEnded, upload_created
from ebb.names import ModelName, Upload, endpoint_name, model_of_endpoint, model_of_run, run_of_config, run_order
from ebb.tear_down_idle.reconcile.inventory import Inventory, SeenEndpoint
from ebb.tear_down_idle.verdict.idle_rules import is_worked_on
from ebb.times import LONG_AGO, iso, parsed

# What is younger is being worked on: an event takes seconds, a look a minute, a function up to five times as long as
# it may run; asking earlier would only double the messages.
PATIENCE = dt.timedelta(minutes=10)
# The refusal of an upload is remembered for seven days: one that is older may have been refused and forgotten.
REMEMBERED = dt.timedelta(days=6)
# SageMaker keeps jobs for ever; what two weeks of sweeps could not deploy is in a dead-letter queue or was reported.
JOBS_SINCE = dt.timedelta(days=14)
# A bucket tells of its uploads only some minutes after it was made, and the first tick comes at once: without the first
# hour's sweeps the first upload of a new stack would wait for the second hour.
FIRST_HOUR, FIRST_DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Ticks come a little early or late: without the slack a sweep would slip to the tick after.
SLACK = dt.timedelta(minutes=5)
OFTEN, SELDOM = dt.timedelta(hours=1) - SLACK, dt.timedelta(days=1) - SLACK
ENDED = ("Completed", "Failed", "Stopped")
# Of those that are on their way most need nobody; the others were forgotten with the row of their endpoint.
UNDEPLOYED = (None, *ON_ITS_WAY)
Rows = Mapping[ModelName, EndpointRow]


class QueueName(StrEnum):
    INTAKE = "intake"
    DEPLOY = "deploy"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Nudge:
    """A message to one of our queues, and for the log why it is sent."""

    queue: QueueName
    about: str
    why: str
    event: dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """A current version below `datasets/`."""

    upload: Upload
    at: dt.datetime


@dataclass(frozen=True)
class Overdue:
    """What the ledger's rows and the endpoints that there are leave undone."""

    stack: str
    prefix: str
    now: dt.datetime

    def nudges(self, rows: Rows, seen: Inventory) -> Iterator[Nudge]:
        """None as long as nobody knows which endpoints there are."""
        if seen.names is None:
            return
        own = {endpoint.name for endpoint in seen.own}
        for row in rows.values():
            yield from self._of_row(row, seen.names, own)
        for endpoint in seen.own:
            model = model_of_endpoint(self.prefix, endpoint.name)
            if model is not None:
                yield from self._of_endpoint(endpoint, rows.get(model))

    def missing(self, rows: Rows, seen: Inventory) -> Iterator[Nudge]:
        """Rows that are live without an endpoint."""
        if seen.names is None:
            return
        for model, row in rows.items():
            name = endpoint_name(self.prefix, model)
            if row.state is State.LIVE and name not in seen.names and self._is_old(row.since):
                yield self._check(name, "said to be live, but not there")

    def leftovers(self, rows: Rows, names: Iterable[str]) -> Iterator[Nudge]:
        """`names`: of configs and models."""
        for model in {found for name in names if (found := self._left_over(name, rows)) is not None}:
            yield self._check(endpoint_name(self.prefix, model), "configs or models of earlier runs", cleanup=True)

    def _of_row(self, row: EndpointRow, names: frozenset[str], own: set[str]) -> Iterator[Nudge]:
        name = endpoint_name(self.prefix, ModelName(row.model))
        if change := row.change:
            target = change.run if change.reason is Reason.CANDIDATE else name
            if not self._is_old(change.at):
                return
            if target not in names:
                why = f"{change.reason} of {change.config} was never begun"
                yield Nudge(QueueName.DEPLOY, row.model, why, ApplyChange(ModelName(row.model)).event(self.stack))
            elif target in own:
                yield self._check(target, f"{change.reason} since {iso(change.at)}")
        elif is_worked_on(row) and self._is_old(row.since):
            yield self._check(name, "something is still to be told" if row.pending else "still to be cleaned up")

    def _of_endpoint(self, endpoint: SeenEndpoint, row: EndpointRow | None) -> Iterator[Nudge]:
        if row is None or not self._is_old(row.since):
            return  # it could not be read, or has just been decided on
        if endpoint.is_candidate and not _is_wanted(endpoint.name, row):
            yield self._check(endpoint.name, "a candidate that nobody waits for")
        elif not endpoint.is_candidate and row.state in (State.NONE, State.ASLEEP):
            yield self._check(endpoint.name, f"there, though to the ledger it is {row.state}")
        elif not endpoint.is_candidate and row.state is State.LIVE:
            if endpoint.config != row.live_config:
                yield self._check(endpoint.name, f"it serves {endpoint.config}, to the ledger {row.live_config}")
            elif row.control is None:
                yield self._check(endpoint.name, "no calls of ours are known, by which it could be told to be idle")

    def _left_over(self, name: str, rows: Rows) -> ModelName | None:
        """The model whose live run is newer than this config or model, and which has settled."""
        run = run_of_config(name)
        model, order = model_of_run(self.prefix, run), run_order(run)
        row = rows.get(model) if model else None
        if row is None or order is None or row.state is not State.LIVE or row.live_order is None:
            return None
        is_kept = run == row.previous_run and not row.previous_purged
        return model if order < row.live_order and not is_kept else None

    def _check(self, endpoint: str, why: str, *, cleanup: bool = False) -> Nudge:
        return Nudge(QueueName.CONFIRM, endpoint, why, CheckEndpoint(endpoint, cleanup).event(self.stack))

    def _is_old(self, since: dt.datetime | None) -> bool:
        return self.now - (since or LONG_AGO) >= PATIENCE


def is_due(note: Mapping[str, str], now: dt.datetime) -> bool:
    """At every tick of the first hour after the first sweep, every hour of the first day, then daily."""
    if "last_at" not in note:
        return True
    age = now - parsed(note["first_at"])
    rest = SLACK if age < FIRST_HOUR else OFTEN if age < FIRST_DAY else SELDOM
    return now - parsed(note["last_at"]) >= rest


def of_upload(upload: Upload) -> Nudge:
    return Nudge(QueueName.INTAKE, upload.key, "an upload without a run", upload_created(upload))


def of_job(job: TrainingEnded, status: str) -> Nudge:
    why = f"a job that has {status.lower()} without a deployment"
    return Nudge(QueueName.DEPLOY, job.job, why, job.event())


def once(nudges: Iterable[Nudge]) -> list[Nudge]:
    """The first of those that go to the same queue about the same thing."""
    first: dict[tuple[QueueName, str], Nudge] = {}
    for nudge in nudges:
        first.setdefault((nudge.queue, str(nudge.event)), nudge)
    return list(first.values())


def _is_wanted(candidate: str, row: EndpointRow) -> bool:
    return row.change is not None and candidate in (row.candidate, row.change.run)
