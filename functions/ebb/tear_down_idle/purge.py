"""Which configs and models nobody has needed for PurgeAfterDays, and what a tick decides of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ebb.announcements import sleep_events
from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject
from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoint_logs import EndpointLog
from ebb.context import Context
from ebb.endpoints.cleanup import remove_old_runs
from ebb.endpoints.put_to_sleep import NotRestorableError, prove_artifact
from ebb.environment import TearDownIdleSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import run_of_config
from ebb.tear_down_idle.act import AGAIN, NOTHING, Decision
from ebb.tear_down_idle.verdict.idle_rules import IdleRules, is_worked_on
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import LONG_AGO, iso, later

_RIPE = "nobody has needed it for PurgeAfterDays"
_Context = Context[TearDownIdleSettings]


class StillUsedError(EbbError):
    """Some endpoint uses it, though not the model's own: it stays."""


def ripe_rows(rules: IdleRules, rows: Iterable[EndpointRow], now: dt.datetime) -> list[EndpointRow]:
    """The oldest first. Of those that somebody is at work on, none."""
    found = []
    for row in rows:
        at = rules.purged_at(row)
        if at and max(at, row.not_before or LONG_AGO) <= now and not is_worked_on(row):
            found.append((at, row.model, row))
    return [row for *_, row in sorted(found, key=lambda one: one[:-1])]


def purge(context: _Context, rules: IdleRules, row: EndpointRow) -> Decision:
    if context.settings.only_reports:
        told = f"{NOTHING}: TearDownMode is report; else it would be purged"
        return Decision(Verdict(Kind.IDLE, _RIPE), told, replace(row, not_before=context.now + AGAIN))
    try:
        removed = _remove(context, rules, row)
    except NotRestorableError as missing:
        told = f"{_RIPE}; but nothing would bring it back: {missing}"
        return Decision(Verdict(Kind.UNKNOWN, told), row=_put_off(context, rules, row))
    except StillUsedError as used:
        row = context.ledger.endpoint(row.model)
        return Decision(Verdict(Kind.ACTIVE, str(used)), row=_put_off(context, rules, row))
    except WaitError as wait:
        return Decision(Verdict(Kind.WAITING, str(wait)))
    return Decision(Verdict(Kind.IDLE, _RIPE, evidence={"removed": removed}), "purged")


def _put_off(context: _Context, rules: IdleRules, row: EndpointRow) -> EndpointRow:
    """A day; of a superseded run another PurgeAfterDays, so that the live one is judged as ever."""
    if _is_of_sleeper(row, rules, context.now):
        return replace(row, not_before=context.now + AGAIN)
    return replace(row, superseded_at=context.now)


def _is_of_sleeper(row: EndpointRow, rules: IdleRules, now: dt.datetime) -> bool:
    """What is to go is what would wake it; else it is of the run before the live one."""
    return row.state is State.ASLEEP and not row.purged and later(row.since or LONG_AGO, rules.purge_after) <= now


def _remove(context: _Context, rules: IdleRules, row: EndpointRow) -> list[str]:
    """The names of what was removed. NotRestorableError: its artifact is gone, so the model is all that is left.

    StillUsedError. Decided first: confirm_endpoint removes and tells what an attempt that died has left. As long as
    it is not told, nobody builds anew what is just being removed.
    """
    slept, ledger = _is_of_sleeper(row, rules, context.now), context.ledger
    run, config = (row.live_run, row.live_config) if slept else (row.previous_run, row.previous_run)
    prove_artifact(context, _artifact(context, row, run))
    if slept:  # whatever it has logged is old
        EndpointLog(context.clients.logs, context.endpoint_name(row.model)).delete()
        changed = replace(row, purged=True)
    else:
        changed = replace(row, previous_purged=True, superseded_at=None)
    pending = _announcement(context, row, run, sorted({config, run}), slept=slept).as_json()
    decided = ledger.write_endpoint(replace(changed, needs_cleanup=True, pending=pending))
    removed = sorted(name for name in remove_old_runs(context, decided) if run_of_config(name) == run)
    if config in configs_of(context.clients.sagemaker, context.settings.prefix, row.model):
        ledger.write_endpoint(replace(row, version=decided.version))
        raise StillUsedError(f"{config} stays: another endpoint uses it")
    context.outbox.tell(_announcement(context, row, run, removed, slept=slept))
    done = replace(decided, needs_cleanup=False, pending=None)
    ledger.write_endpoint(replace(done, due=rules.due(done)))
    return removed


def _artifact(context: _Context, row: EndpointRow, run: str) -> str:
    return f"s3://{context.settings.bucket}/{context.folder(row.model, run).key('output/model.tar.gz')}"


def _subject(context: _Context, row: EndpointRow, run: str, *, slept: bool) -> Subject:
    endpoint = context.endpoint_name(row.model)
    if slept:
        return Subject(row.model, run, endpoint, row.live_config, predicts=row.predicts)
    return Subject(row.model, run, endpoint, run)


def _announcement(
    context: _Context, row: EndpointRow, run: str, removed: Sequence[str], *, slept: bool
) -> PendingAnnouncement:
    announcement = sleep_events.purged(
        _subject(context, row, run, slept=slept),
        removed=removed,
        artifact=_artifact(context, row, run),
        asleep_since=iso(row.since) if slept and row.since else None,
        by="age",
    )
    return PendingAnnouncement(announcement, [], context.now)
