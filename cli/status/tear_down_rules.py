"""By which rules a deployed stack tears down: its parameters, or the template's defaults."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from cli.stack.deployed_stack import DeployedStack
from cli.terminal.times import ahead
from ebb.ledger.endpoint_row import EndpointRow
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.times import iso

_DEFAULTS = {"IdleAfterMinutes": "1440", "IdleMarginMinutes": "10", "PurgeAfterDays": "30", "TearDownMode": "enforce"}


@dataclass(frozen=True)
class TearDownRules:
    """`only_reports`: the stack would tear down, and does not."""

    rules: IdleRules
    only_reports: bool

    @classmethod
    def of(cls, stack: DeployedStack) -> Self:
        given = _DEFAULTS | dict(stack.parameters)
        rules = IdleRules(
            stack.name,
            dt.timedelta(minutes=int(given["IdleAfterMinutes"])),
            dt.timedelta(minutes=int(given["IdleMarginMinutes"])),
            dt.timedelta(days=int(given["PurgeAfterDays"])),
        )
        return cls(rules, given["TearDownMode"] == "report")

    def sleeps_at(self, row: EndpointRow) -> str | None:
        """If nobody calls it until then."""
        at = self.rules.judged_at(row)
        return iso(at) if at else None

    def purged_at(self, row: EndpointRow) -> str | None:
        at = self.rules.purged_at(row)
        return iso(at) if at else None

    def told(self, what: str, at: str | None, now: dt.datetime) -> str:
        """`sleep in 5 h`; nothing for no time."""
        return f"{'would ' if self.only_reports else ''}{what} {ahead(at, now)}" if at else ""
