"""An endpoint whose sleep was decided, and not finished: whoever decided it died between two calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow, State
from ebb.environment import TearDownIdleSettings
from ebb.own_endpoints import OwnEndpoints
from ebb.sleeping import Sleeping
from ebb.tear_down_idle.decisions import Decision, judged
from ebb.tear_down_idle.idle_rules import IdleRules, moment
from ebb.tear_down_idle.idleness import judge
from ebb.tear_down_idle.protection import before_asking
from ebb.tear_down_idle.questions import Questions, name_of
from ebb.verdict import EndpointFacts, Kind, Verdict

_AT_WORK = dt.timedelta(minutes=10)  # a person's request may still be carried out


@dataclass(frozen=True)
class Finishing:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    rules: IdleRules
    questions: Questions

    def finish(self, row: EndpointRow, facts: EndpointFacts | None) -> Decision:
        """Only what is still idle goes; what a person has asked for, called or not."""
        if _by_request(row) and self.now - moment(row.wanted.at if row.wanted else "") < _AT_WORK:
            return Decision(Verdict(Kind.WAITING, "it is being put to sleep, as it was asked to"))
        if facts is None or facts.status == "Deleting":
            return self._gone(row, facts)
        if self.settings.only_reports:
            return self._left_awake(row, Verdict(Kind.WAITING, "TearDownMode is report"))
        if _by_request(row):
            return self._carry_out(row, facts, Verdict(Kind.IDLE, "a person asked for it"))
        verdict = self._judge(row, facts)
        if verdict.kind is Kind.IDLE:
            return self._carry_out(row, facts, verdict)
        return Decision(verdict) if verdict.kind is Kind.WAITING else self._left_awake(row, verdict)

    def _gone(self, row: EndpointRow, facts: EndpointFacts | None) -> Decision:
        name = name_of(self.settings.prefix, row)
        if facts is None and name in dict(OwnEndpoints(self.clients.sagemaker, self.settings.stack).listed(name)):
            return self._left_awake(row, Verdict(Kind.WAITING, "it is not ours any more"))
        return self._carry_out(row, facts, Verdict(Kind.IDLE, "it is gone, as decided before"))

    def _judge(self, row: EndpointRow, facts: EndpointFacts) -> Verdict:
        awake = replace(row, state=State.LIVE, wanted=None)
        early = before_asking(awake, facts, self.rules, self.now)
        return early or judge(awake, facts, self.questions.of_one(awake, facts, None), self.rules, self.now)

    def _carry_out(self, row: EndpointRow, facts: EndpointFacts | None, verdict: Verdict) -> Decision:
        Sleeping(self.clients, self.settings, self.now).carry_out(row, facts)  # ConflictError: woken since it was read
        return Decision(verdict, "put to sleep")

    def _left_awake(self, row: EndpointRow, verdict: Verdict) -> Decision:
        awake = Sleeping(self.clients, self.settings, self.now).wake_up(row)
        return Decision(verdict, "left awake", judged(awake, verdict, self.now))


def _by_request(row: EndpointRow) -> bool:
    return row.unsaid is not None and row.unsaid["announcement"]["facts"].get("by") == "request"
