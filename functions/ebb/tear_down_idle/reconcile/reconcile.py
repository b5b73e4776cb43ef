"""The reconciler: finds what no event ever told, and what nobody finished. It changes nothing; it sends messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import ModelName, is_model_name, model_of_endpoint
from ebb.observability import logger
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.full_sweep import FullSweep
from ebb.tear_down_idle.reconcile.inventory import Inventory
from ebb.tear_down_idle.reconcile.overdue import Nudge, Overdue, QueueName, Rows, is_due, once
from ebb.times import iso, parsed

SWEEP = "sweep"
RUNS = "runs/"
# About what the functions work off until the next tick; more would lie there still, and be sent a second time.
MOST_MESSAGES = 500
_Context = Context[TearDownIdleSettings]


def reconcile(
    context: _Context, failures: Failures, seen: Inventory, known: Iterable[EndpointRow], most: int = MOST_MESSAGES
) -> dict[str, int]:
    """How many messages were sent to each queue. What goes wrong with one part does not stop the others."""
    told, now = len(failures.told), iso(context.now)
    rows, nudges = _rows(context, failures, seen, known), list[Nudge]()
    overdue = Overdue(context.settings.stack, context.settings.prefix, context.now)
    with failures.of("endpoints to look at"):
        nudges += overdue.nudges(rows, seen)
    note = {"first_at": now, "last_at": now}
    with failures.of("when the last sweep was"):
        note = context.ledger.note(SWEEP)
    if not is_due(note, context.now):
        return _send(context, failures, nudges, most)
    rows |= (forgotten := _forgotten(context, failures, rows))
    with failures.of("endpoints to look at"):
        nudges += overdue.nudges(forgotten, replace(seen, own=()))
    first_at = note.get("first_at") or now
    sweep = FullSweep(context, parsed(first_at))
    parts = {
        "endpoints that are missing": overdue.missing(rows, seen),
        "jobs without a deployment": sweep.jobs(),
        "uploads without a run": sweep.uploads(),
        "configs and models left over": _leftovers(overdue, rows, sweep),
    }
    for what, part in parts.items():
        with failures.of(what):  # no further than what can be sent, and one more, which tells that something is left
            nudges += islice(part, max(0, most + 1 - len(nudges)))
    sent = _send(context, failures, nudges, most)
    # Only when nothing went wrong or was left; else the next tick sweeps again.
    if seen.names is not None and len(failures.told) == told and len(nudges) <= most:
        with failures.of("the sweep's note"):
            context.ledger.write_note(SWEEP, first_at=first_at, last_at=now)
    return sent


def _rows(
    context: _Context, failures: Failures, seen: Inventory, known: Iterable[EndpointRow]
) -> dict[ModelName, EndpointRow]:
    """Of every model that somebody has to look at some time, or that has an endpoint."""
    rows = {ModelName(row.model): row for row in known if not row.is_adopted}
    named = (model_of_endpoint(context.settings.prefix, endpoint.name) for endpoint in seen.own)
    return rows | _read(context, failures, {model for model in named if model and model not in rows})


def _read(context: _Context, failures: Failures, models: Iterable[ModelName]) -> dict[ModelName, EndpointRow]:
    rows = {}
    for model in sorted(models):
        with failures.of(f"the endpoint row of {model}"):
            rows[model] = context.ledger.endpoint(model)
    return rows


def _forgotten(context: _Context, failures: Failures, rows: Rows) -> dict[ModelName, EndpointRow]:
    """Of models with runs that the index does not know: it gets those that it should."""
    models: set[ModelName] = set()
    with failures.of("models with runs"):
        models.update(_models_with_runs(context))
    found = _read(context, failures, models - rows.keys())
    with failures.of("rows that the index does not know"):
        lost = [row for row in found.values() if row.state is not State.NONE or row.pending]
        context.ledger.write_endpoints([replace(row, due=context.now) for row in lost])
    return found


def _models_with_runs(context: _Context) -> Iterator[ModelName]:
    pages = context.clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=context.settings.bucket, Prefix=RUNS, Delimiter="/"
    )
    for folder in chain.from_iterable(page.get("CommonPrefixes", []) for page in pages):
        model = folder["Prefix"].removeprefix(RUNS).rstrip("/")
        if is_model_name(model):
            yield ModelName(model)


def _leftovers(overdue: Overdue, rows: Rows, sweep: FullSweep) -> Iterator[Nudge]:
    """Listed only when it is their turn."""
    yield from overdue.leftovers(rows, sweep.configs_and_models())


def _send(context: _Context, failures: Failures, found: Iterable[Nudge], most: int) -> dict[str, int]:
    nudges = once(found)
    now = nudges[:most]
    for queue in QueueName:
        url = getattr(context.settings, f"{queue}_queue_url")
        with failures.of(f"messages to the {queue} queue"):
            context.queue(url).send_batch([nudge.event for nudge in now if nudge.queue is queue])
    for nudge in now:
        logger.info("asked to look", extra={"queue": nudge.queue, "about": nudge.about, "reason": nudge.why})
    if len(nudges) > len(now):
        logger.warning("more to ask than in one tick: the rest is for the next one", extra={"sent": len(now)})
    return dict(Counter(str(nudge.queue) for nudge in now))
