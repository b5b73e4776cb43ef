"""Which configs and models nobody has needed for PurgeAfterDays, and what a tick decides of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ebb.announcements import sleep_events
from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject
from ebb.aws.clients import Clients
from ebb.aws.configs_and_models import configs_of
from ebb.aws.endpoint_logs import EndpointLog
from ebb.endpoints.cleanup import Tidying
from ebb.endpoints.put_to_sleep import NotRestorableError, Restorable
from ebb.environment import FunctionSettings, TearDownIdleSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, RunId, endpoint_name, run_folder, run_of_config
from ebb.tear_down_idle.act import AGAIN, NOTHING, Decision
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import iso, later, moment

_RIPE = "nobody has needed it for PurgeAfterDays"


@dataclass(frozen=True)
class OldResources:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    rules: IdleRules

    def ripe(self, rows: Iterable[EndpointRow]) -> list[EndpointRow]:
        """The oldest first. Of those that somebody is at work on, none."""
        found = []
        for row in rows:
            at = self.rules.purged_at(row)
            is_worked_on = row.busy or row.unsaid or row.untidy or row.candidate
            if at and max(at, moment(row.put_off)) <= self.now and not is_worked_on:
                found.append((at, row.model, row))
        return [row for *_, row in sorted(found, key=lambda one: one[:-1])]

    def purge(self, row: EndpointRow) -> Decision:
        if self.settings.only_reports:
            told = f"{NOTHING}: TearDownMode is report; else it would be purged"
            return Decision(Verdict(Kind.IDLE, _RIPE), told, replace(row, put_off=iso(self.now + AGAIN)))
        try:
            removed = Purging(self.clients, self.settings, self.now).by_age(row, self.rules)
        except NotRestorableError as missing:
            told = f"{_RIPE}; but nothing would bring it back: {missing}"
            return Decision(Verdict(Kind.UNKNOWN, told), row=self._put_off(row))
        except StillUsedError as used:
            return Decision(Verdict(Kind.ACTIVE, str(used)), row=self._put_off(self._ledger.endpoint(row.model)))
        except WaitError as wait:
            return Decision(Verdict(Kind.WAITING, str(wait)))
        return Decision(Verdict(Kind.IDLE, _RIPE, evidence={"removed": removed}), "purged")

    def _put_off(self, row: EndpointRow) -> EndpointRow:
        """A day; of a superseded run another PurgeAfterDays, so that the live one is judged as ever."""
        if is_of_sleeper(row, self.rules, self.now):
            return replace(row, put_off=iso(self.now + AGAIN))
        return replace(row, superseded_at=iso(self.now))

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)


class StillUsedError(EbbError):
    """Some endpoint uses it, though not the model's own: it stays."""


@dataclass(frozen=True)
class Purging:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    def by_age(self, row: EndpointRow, rules: IdleRules) -> list[str]:
        """The names of what was removed. NotRestorableError: its artifact is gone, so the model is all that is left.

        StillUsedError. Decided first: confirm_endpoint removes and tells what an attempt that died has left. As long as
        it is not told, nobody builds anew what is just being removed.
        """
        slept = is_of_sleeper(row, rules, self.now)
        run, config = (row.live_run, row.live_config) if slept else (row.previous_run, row.previous_run)
        self._prove_artifact(row, run)
        if slept:  # whatever it has logged is old
            EndpointLog(self.clients.logs, endpoint_name(self.settings.prefix, ModelName(row.model))).delete()
        changes = {"purged": True} if slept else {"previous_purged": True, "superseded_at": ""}
        said = self._said(row, run, sorted({config, run}), slept=slept)
        voice = Voice(self.clients, self.settings, self.now)
        decided = voice.ledger.write_endpoint(replace(row, untidy=True, unsaid=said.as_json(), **changes))
        gone = Tidying(self.clients, self.settings, decided).run()
        removed = sorted(name for name in gone if run_of_config(name) == run)
        if config in configs_of(self.clients.sagemaker, self.settings.prefix, row.model):
            voice.ledger.write_endpoint(replace(row, version=decided.version))
            raise StillUsedError(f"{config} stays: another endpoint uses it")
        voice.say(self._said(row, run, removed, slept=slept))
        done = replace(decided, untidy=False, unsaid=None)
        voice.ledger.write_endpoint(replace(done, due=rules.due(done)))
        return removed

    def _prove_artifact(self, row: EndpointRow, run: str) -> None:
        Restorable(self.clients, self.settings.bucket).prove_artifact(self._artifact(row, run))

    def _said(self, row: EndpointRow, run: str, removed: Sequence[str], *, slept: bool) -> Saying:
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        announcement = sleep_events.purged(
            Subject(row.model, run, name, row.live_config if slept else run),
            removed=removed,
            artifact=self._artifact(row, run),
            asleep_since=row.since if slept else None,
            by="age",
        )
        return Saying(announcement, [], iso(self.now))

    def _artifact(self, row: EndpointRow, run: str) -> str:
        folder = run_folder(ModelName(row.model), RunId(run))
        return f"s3://{self.settings.bucket}/{folder}output/model.tar.gz"


def is_of_sleeper(row: EndpointRow, rules: IdleRules, now: dt.datetime) -> bool:
    """What is to go is what would wake it; else it is of the run before the live one."""
    return row.state is State.ASLEEP and not row.purged and later(moment(row.since), rules.purge_after) <= now
