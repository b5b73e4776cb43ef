"""What is done about a verdict: an endpoint that nobody seems to call is knocked; one that is idle goes, or is told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointFacts
from ebb.endpoints.put_to_sleep import Cause, Restorable, Sleeping
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.tear_down_idle.probe import Knocking
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import Stopwatch, iso, moment

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


AGAIN = dt.timedelta(hours=24)  # what only a person can mend is told once a day, and so is a report
_TOLD_BLIND_AFTER = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Acting:
    clients: Clients
    settings: TearDownIdleSettings
    watch: Stopwatch
    caps: Caps

    def act(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> Decision:
        """NotRestorableError, NoAnswerError, ConflictError, WaitError: nothing was done, or half of it."""
        if verdict.knock:
            return self._knock(row, facts, verdict)
        if verdict.blind and self._is_to_be_told(row):
            blind = replace(row, put_off=iso(verdict.again)) if verdict.again else row
            self._knocking.tell_blind(blind, facts, verdict)
            return Decision(verdict, "told")
        if verdict.kind is Kind.IDLE:
            return self._end(row, facts, verdict)
        return Decision(verdict, NOTHING, judged(row, verdict, self.now))

    def _knock(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> Decision:
        if not self.caps.take("knock"):
            return Decision(verdict, f"{NOTHING}: as many as one tick may are knocked already")
        self._knocking.knock(row, facts, verdict)
        return Decision(verdict, "knocked")

    def _is_to_be_told(self, row: EndpointRow) -> bool:
        is_old = self.now - moment(row.knocked_at) >= _TOLD_BLIND_AFTER
        return is_old and not row.told and not self.settings.only_reports

    def _end(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> Decision:
        is_cheaper = facts.provisioned > 0 and not row.no_downgrade and not row.is_adopted
        if self.settings.only_reports:
            Restorable(self.clients, self.settings.bucket).prove(facts.config)
            what = "made cheaper" if is_cheaper else "put to sleep"
            told = f"{NOTHING}: TearDownMode is report; else it would be {what}"
            again = replace(verdict, again=self.now + AGAIN)
            return Decision(verdict, told, judged(row, again, self.now))
        if not self.caps.take("end"):
            return Decision(verdict, f"{NOTHING}: as many as one tick may are put to sleep already")
        if is_cheaper:
            return self._downgrade(row, facts, verdict)
        since = iso(verdict.since) if verdict.since else None
        cause = Cause("idle", verdict.reason, since, verdict.evidence)
        Sleeping(self.clients, self.settings, self.now).put(row, facts, cause)
        return Decision(verdict, "put to sleep")

    def _downgrade(self, row: EndpointRow, facts: EndpointFacts, verdict: Verdict) -> Decision:
        """The same name, no idle charge, and it still answers. What is wanted is written before it is asked for."""
        seen = facts.changed.isoformat()
        config, why = f"{row.live_run}-od", verdict.reason
        wanted = Wanted(config, Reason.DOWNGRADE, iso(self.now), State.LIVE, seen=seen, why=why)
        Ledger(self.clients.dynamodb, self.settings.ledger_table).write_endpoint(row.wants(wanted))
        change = messages.change(self.settings.stack, row.model)
        Letterbox(self.clients.sqs, self.settings.deploy_queue_url).send(change)
        return Decision(verdict, "downgrade asked for")

    @property
    def now(self) -> dt.datetime:
        return self.watch.start

    @property
    def _knocking(self) -> Knocking:
        return Knocking(self.clients, self.settings, self.watch)
