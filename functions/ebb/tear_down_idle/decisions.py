"""What a tick decides of one endpoint, and how many it may decide to knock or to put to sleep."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ebb.endpoint_row import EndpointRow, State
from ebb.environment import TearDownIdleSettings
from ebb.ledger import iso
from ebb.verdict import Verdict

NOTHING = "nothing"


@dataclass(frozen=True)
class Decision:
    """`row`: what becomes of the ledger's row, to be written with all others; None: written already, or as it was."""

    verdict: Verdict
    did: str = NOTHING
    row: EndpointRow | None = None


@dataclass
class Caps:
    """`allowed`: as many a tick may knock, and as many put to sleep."""

    allowed: int
    taken: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, settings: TearDownIdleSettings, rows: Iterable[EndpointRow]) -> Caps:
        """One always may, or the most usual stack, of one endpoint, would never sleep."""
        in_service = sum(row.state is State.LIVE for row in rows)
        share = in_service * settings.max_tear_down_percent // 100
        return cls(min(settings.max_tear_downs_per_run, max(1, share)))

    def are_left(self, what: str) -> bool:
        return self.taken[what] < self.allowed

    def take(self, what: str) -> bool:
        """Whether one more may be."""
        if not self.are_left(what):
            return False
        self.taken[what] += 1
        return True


def judged(row: EndpointRow, verdict: Verdict, now: dt.datetime) -> EndpointRow | None:
    """The row after a verdict on which nothing was done. None: it is looked at again at the next tick."""
    if verdict.called_at:
        last = iso(min(verdict.called_at, now))
        return replace(row, last_call=last, knocked_at="", answered_at="", told="", put_off="")
    if verdict.again and verdict.blind:
        return replace(row, put_off=iso(verdict.again))
    if verdict.again:
        return replace(row, put_off=iso(verdict.again), knocked_at="", answered_at="")
    return None
