"""Which configs and models nobody has needed for PurgeAfterDays, and what a tick decides of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow
from ebb.environment import TearDownIdleSettings
from ebb.errors import WaitError
from ebb.ledger import Ledger, iso
from ebb.restorable import NotRestorableError
from ebb.tear_down_idle.acting import AGAIN
from ebb.tear_down_idle.decisions import NOTHING, Decision
from ebb.tear_down_idle.idle_rules import IdleRules, moment
from ebb.tear_down_idle.purging import Purging, StillUsedError, is_of_sleeper
from ebb.verdict import Kind, Verdict

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
