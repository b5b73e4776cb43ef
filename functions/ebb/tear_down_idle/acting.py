"""What is done about a verdict: an endpoint that nobody seems to call is knocked; one that is idle goes, or is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ebb import messages
from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.environment import TearDownIdleSettings
from ebb.ledger import Ledger, iso
from ebb.messages import Letterbox
from ebb.restorable import Restorable
from ebb.sleeping import Cause, Sleeping
from ebb.tear_down_idle.decisions import NOTHING, Caps, Decision, judged
from ebb.tear_down_idle.idle_rules import moment
from ebb.tear_down_idle.knocking import Knocking
from ebb.verdict import EndpointFacts, Kind, Verdict
from ebb.watching import Stopwatch

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
