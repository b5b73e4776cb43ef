"""The reconciler: finds what no event ever told, and what nobody finished. It changes nothing; it sends messages."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from ebb.aws.clients import Clients
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.messaging.queue import send_all
from ebb.names import ModelName, is_model_name, model_of_endpoint
from ebb.observability import logger
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.full_sweep import FullSweep
from ebb.tear_down_idle.reconcile.inventory import Survey
from ebb.tear_down_idle.reconcile.overdue import Errand, Overdue, Queue, Rows, is_due, once
from ebb.times import iso, moment

SWEEP = "sweep"
RUNS = "runs/"
# About what the functions work off until the next tick; more would lie there still, and be sent a second time.
MOST_MESSAGES = 500


@dataclass(frozen=True)
class Reconciler:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    failures: Failures
    most: int = MOST_MESSAGES

    def run(self, seen: Survey, known: Iterable[EndpointRow]) -> dict[str, int]:
        """How many messages were sent to each queue. What goes wrong with one part does not stop the others."""
        told = len(self.failures.told)
        rows, errands = self._rows(seen, known), list[Errand]()
        overdue = Overdue(self.settings.stack, self.settings.prefix, self.now)
        with self.failures.of("endpoints to look at"):
            errands += overdue.errands(rows, seen)
        note = {"first_at": iso(self.now), "last_at": iso(self.now)}
        with self.failures.of("when the last sweep was"):
            note = self._ledger.note(SWEEP)
        if not is_due(note, self.now):
            return self._send(errands)
        rows |= (forgotten := self._forgotten(rows))
        with self.failures.of("endpoints to look at"):
            errands += overdue.errands(forgotten, replace(seen, own=()))
        first_at = note.get("first_at") or iso(self.now)
        self._sweep(FullSweep(self.clients, self.settings, self.now, moment(first_at)), errands, overdue, rows, seen)
        sent = self._send(errands)
        # Only when nothing went wrong or was left; else the next tick sweeps again.
        if seen.names is not None and len(self.failures.told) == told and len(errands) <= self.most:
            with self.failures.of("the sweep's note"):
                self._ledger.write_note(SWEEP, first_at=first_at, last_at=iso(self.now))
        return sent

    def _sweep(self, sweep: FullSweep, errands: list[Errand], overdue: Overdue, rows: Rows, seen: Survey) -> None:
        """No further than what can be sent, and one more, which tells that something is left."""
        parts = {
            "endpoints that are missing": overdue.missing(rows, seen),
            "jobs without a deployment": sweep.jobs(),
            "uploads without a run": sweep.uploads(),
            "configs and models left over": _leftovers(overdue, rows, sweep),
        }
        for what, part in parts.items():
            with self.failures.of(what):
                errands += islice(part, max(0, self.most + 1 - len(errands)))

    def _rows(self, seen: Survey, known: Iterable[EndpointRow]) -> dict[ModelName, EndpointRow]:
        """Of every model that somebody has to look at some time, or that has an endpoint."""
        rows = {ModelName(row.model): row for row in known if not row.is_adopted}
        named = (model_of_endpoint(self.settings.prefix, endpoint.name) for endpoint in seen.own)
        return rows | self._read({model for model in named if model and model not in rows})

    def _read(self, models: Iterable[ModelName]) -> dict[ModelName, EndpointRow]:
        rows = {}
        for model in sorted(models):
            with self.failures.of(f"the endpoint row of {model}"):
                rows[model] = self._ledger.endpoint(model)
        return rows

    def _forgotten(self, rows: Rows) -> dict[ModelName, EndpointRow]:
        """Of models with runs that the index does not know: it gets those that it should."""
        models: set[ModelName] = set()
        with self.failures.of("models with runs"):
            models.update(self._models_with_runs())
        found = self._read(models - rows.keys())
        with self.failures.of("rows that the index does not know"):
            lost = [row for row in found.values() if row.state is not State.NONE or row.busy or row.unsaid]
            self._ledger.write_endpoints([replace(row, due=iso(self.now)) for row in lost])
        return found

    def _models_with_runs(self) -> Iterator[ModelName]:
        pages = self.clients.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.settings.bucket, Prefix=RUNS, Delimiter="/"
        )
        for folder in chain.from_iterable(page.get("CommonPrefixes", []) for page in pages):
            model = folder["Prefix"].removeprefix(RUNS).rstrip("/")
            if is_model_name(model):
                yield ModelName(model)

    def _send(self, found: Iterable[Errand]) -> dict[str, int]:
        errands = once(found)
        now = errands[: self.most]
        for queue in Queue:
            url = getattr(self.settings, f"{queue}_queue_url")
            with self.failures.of(f"messages to the {queue} queue"):
                send_all(self.clients.sqs, url, [errand.event for errand in now if errand.queue is queue])
        for errand in now:
            logger.info("asked to look", extra={"queue": errand.queue, "about": errand.about, "reason": errand.why})
        if len(errands) > len(now):
            logger.warning("more to ask than in one tick: the rest is for the next one", extra={"sent": len(now)})
        return dict(Counter(str(errand.queue) for errand in now))

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)


def _leftovers(overdue: Overdue, rows: Rows, sweep: FullSweep) -> Iterator[Errand]:
    """Listed only when it is their turn."""
    yield from overdue.leftovers(rows, sweep.configs_and_models())
