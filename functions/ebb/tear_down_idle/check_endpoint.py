"""One endpoint whose deadline has passed: what it is now, the verdict on that, and what comes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from ebb.announcements.outbox import Voice
from ebb.aws.client_errors import is_in_progress, message_of
from ebb.aws.clients import Clients
from ebb.aws.endpoints import EndpointFacts, OwnEndpoints, facts_of
from ebb.aws.tags import IDLE_AFTER_TAG, STACK_TAG
from ebb.endpoints.put_to_sleep import NotRestorableError, Sleeping
from ebb.environment import TearDownIdleSettings
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Ledger
from ebb.messaging import messages
from ebb.messaging.queue import Letterbox
from ebb.tear_down_idle.act import AGAIN, Acting, Caps, Decision, judged
from ebb.tear_down_idle.probe import NoAnswerError
from ebb.tear_down_idle.verdict.evidence import Questions, name_of
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.judge import judge
from ebb.tear_down_idle.verdict.protection import before_asking
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Verdict
from ebb.times import Stopwatch, iso, moment

_MISSED_AGAIN = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Looking:
    clients: Clients
    settings: TearDownIdleSettings
    watch: Stopwatch
    rules: IdleRules
    questions: Questions
    caps: Caps

    def look(self, row: EndpointRow, calls: Answer | None) -> Decision:
        """`calls`: in its window, if they are known. What is WAITING is looked at again at the next tick."""
        name = name_of(self.settings.prefix, row)
        facts = facts_of(self.clients.sagemaker, self.settings.stack, name)
        try:
            if row.falls_asleep:
                finishing = Finishing(self.clients, self.settings, self.now, self.rules, self.questions)
                return finishing.finish(row, facts)
            if facts is None or (row.is_adopted and _is_let_go(facts)):
                return self._missing(row, name)
            return self._say_rest(row) if row.unsaid else self._judge(row, facts, calls)
        except WaitError as wait:
            return Decision(Verdict(Kind.WAITING, str(wait)))
        except ClientError as error:
            if not is_in_progress(error):
                raise
            return Decision(Verdict(Kind.WAITING, f"it is being changed: {message_of(error)}"))

    def _missing(self, row: EndpointRow, name: str) -> Decision:
        """Somebody has deleted what was live, which confirm_endpoint will see; or has let go of what was adopted."""
        if row.is_adopted:
            gone = row.settled(State.NONE, iso(self.now))
            return Decision(Verdict(Kind.WAITING, "it is not there, or not adopted any more"), row=gone)
        look = messages.look(self.settings.stack, name)
        Letterbox(self.clients.sqs, self.settings.confirm_queue_url).send(look)
        verdict = Verdict(Kind.WAITING, "it is not there, or not ours any more", again=self.now + _MISSED_AGAIN)
        return Decision(verdict, "confirm_endpoint is to look at it", judged(row, verdict, self.now))

    def _say_rest(self, row: EndpointRow) -> Decision:
        """Whoever decided it died on the way: nothing else is done before a warning has been given."""
        Voice(self.clients, self.settings, self.now).say_rest(row)
        return Decision(Verdict(Kind.WAITING, "what was decided of it was still to be told"), "told")

    def _judge(self, row: EndpointRow, facts: EndpointFacts, calls: Answer | None) -> Decision:
        verdict = before_asking(row, facts, self.rules, self.now)
        if verdict is None:
            row = self._remembered(row, facts)
            asked = self.questions.of_one(row, facts, calls)
            verdict = judge(row, facts, asked, self.rules, self.now)
        try:
            return Acting(self.clients, self.settings, self.watch, self.caps).act(row, facts, verdict)
        except NotRestorableError as missing:
            reason = f"{verdict.reason}; but it could not be woken: {missing}"
            return self._protected(row, replace(verdict, kind=Kind.UNKNOWN, reason=reason, again=self.now + AGAIN))
        except NoAnswerError as silent:
            unknown = replace(verdict, kind=Kind.UNKNOWN, reason=str(silent), again=self.now + AGAIN)
            return self._protected(self._ledger.endpoint(row.model), unknown)
        except ConflictError as quicker:
            return Decision(replace(verdict, kind=Kind.WAITING, reason=str(quicker)))
        except WaitError as busy:
            again = self.now + self.rules.window(row, facts.tags)
            active = replace(verdict, kind=Kind.ACTIVE, reason=f"it is busy: {busy}", again=again)
            return self._protected(self._ledger.endpoint(row.model), active)

    def _protected(self, row: EndpointRow, verdict: Verdict) -> Decision:
        """A knock that led to nothing is forgotten."""
        return Decision(verdict, row=judged(row, verdict, self.now))

    def _remembered(self, row: EndpointRow, facts: EndpointFacts) -> EndpointRow:
        """An adopted endpoint may have been called before anybody looked; that stands in for calls of our own."""
        if not row.is_adopted or row.last_call:
            return row
        last = self.questions.last_call(facts)
        return replace(row, last_call=iso(last)) if last else row

    @property
    def now(self) -> dt.datetime:
        return self.watch.start

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)


def _is_let_go(facts: EndpointFacts) -> bool:
    return STACK_TAG in facts.tags or IDLE_AFTER_TAG not in facts.tags


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
