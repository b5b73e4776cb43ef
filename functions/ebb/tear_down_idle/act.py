"""What is done about a verdict: an endpoint that nobody seems to call is probed; one that is idle goes, or is told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from ebb.aws.endpoints import DescribedEndpoint
from ebb.context import Context, ask_for_change
from ebb.endpoints.put_to_sleep import Cause, prove_restorable, put_to_sleep
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.tear_down_idle.probe import probe, tell_blind
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import iso

NOTHING = "nothing"
AGAIN = dt.timedelta(hours=24)  # what only a person can mend is told once a day, and so is a report
_TOLD_BLIND_AFTER = dt.timedelta(hours=1)
_Context = Context[TearDownIdleSettings]


@dataclass(frozen=True)
class Decision:
    """`row`: what becomes of the ledger's row, to be written with all others; None: written already, or as it was."""

    verdict: Verdict
    did: str = NOTHING
    row: EndpointRow | None = None


@dataclass
class Caps:
    """`allowed`: as many a tick may probe, and as many put to sleep."""

    allowed: int
    taken: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, settings: TearDownIdleSettings, rows: Iterable[EndpointRow]) -> Self:
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


def act(context: _Context, caps: Caps, row: EndpointRow, endpoint: DescribedEndpoint, verdict: Verdict) -> Decision:
    """NotRestorableError, NoAnswerError, ConflictError, WaitError: nothing was done, or half of it."""
    if verdict.probe:
        if not caps.take("probe"):
            return Decision(verdict, f"{NOTHING}: as many as one tick may are probed already")
        probe(context, row, endpoint, verdict)
        return Decision(verdict, "probed")
    if verdict.blind and _is_blind_for_long(context, row):
        tell_blind(context, replace(row, not_before=verdict.again or row.not_before), endpoint, verdict)
        return Decision(verdict, "told")
    if verdict.kind is Kind.IDLE:
        return _end(context, caps, row, endpoint, verdict)
    return Decision(verdict, NOTHING, judged(row, verdict, context.now))


def judged(row: EndpointRow, verdict: Verdict, now: dt.datetime) -> EndpointRow | None:
    """The row after a verdict on which nothing was done. None: it is looked at again at the next tick."""
    if verdict.called_at:
        last = min(verdict.called_at, now)
        return replace(row, last_call=last, knocked_at=None, answered_at=None, announced="", not_before=None)
    if verdict.again and verdict.blind:
        return replace(row, not_before=verdict.again)
    if verdict.again:
        return replace(row, not_before=verdict.again, knocked_at=None, answered_at=None)
    return None


def _is_blind_for_long(context: _Context, row: EndpointRow) -> bool:
    """And that has not been told yet."""
    is_old = row.knocked_at is not None and context.now - row.knocked_at >= _TOLD_BLIND_AFTER
    return is_old and not row.announced and not context.settings.only_reports


def _end(context: _Context, caps: Caps, row: EndpointRow, endpoint: DescribedEndpoint, verdict: Verdict) -> Decision:
    is_cheaper = endpoint.provisioned > 0 and not row.no_downgrade and not row.is_adopted
    if context.settings.only_reports:
        prove_restorable(context, endpoint.config)
        what = "made cheaper" if is_cheaper else "put to sleep"
        told = f"{NOTHING}: TearDownMode is report; else it would be {what}"
        again = replace(verdict, again=context.now + AGAIN)
        return Decision(verdict, told, judged(row, again, context.now))
    if not caps.take("end"):
        return Decision(verdict, f"{NOTHING}: as many as one tick may are put to sleep already")
    if is_cheaper:
        _downgrade(context, row, endpoint, verdict)
        return Decision(verdict, "downgrade asked for")
    since = iso(verdict.since) if verdict.since else None
    put_to_sleep(context, row, endpoint, Cause("idle", verdict.reason, since, verdict.evidence))
    return Decision(verdict, "put to sleep")


def _downgrade(context: _Context, row: EndpointRow, endpoint: DescribedEndpoint, verdict: Verdict) -> None:
    """The same name, no idle charge, and it still answers. What is wanted is written before it is asked for."""
    config, seen = f"{row.live_run}-od", endpoint.changed
    wanted = Wanted(config, Reason.DOWNGRADE, context.now, State.LIVE, seen_modified=seen, why=verdict.reason)
    context.ledger.write_endpoint(row.wants(wanted))
    ask_for_change(context, row.model)
