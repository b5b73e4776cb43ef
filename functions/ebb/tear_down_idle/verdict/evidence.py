"""What the tear-down asks CloudWatch: of all endpoints one thing at once, of one endpoint what its verdict needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ebb.aws.endpoints import EndpointFacts
from ebb.ledger.endpoint_row import EndpointRow
from ebb.names import ModelName, endpoint_name
from ebb.tear_down_idle.verdict.call_metrics import (
    HOUR,
    MINUTE,
    Question,
    ask,
    of_known_calls,
    of_window,
    refusals_of,
    series,
)
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.judge import REMEMBERED, control_of
from ebb.tear_down_idle.verdict.verdict import Answer, Series
from ebb.times import moment

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_CLOCKS_DIFFER = dt.timedelta(minutes=6)  # AWS documents: from five minutes on it denies what is signed by such a clock


@dataclass
class Questions:
    """`function`: our own name. `before`: when the tick before this one was; None when nobody knows."""

    cloudwatch: CloudWatchClient
    prefix: str
    rules: IdleRules
    now: dt.datetime
    function: str
    before: dt.datetime | None

    def of_all(self, rows: Sequence[EndpointRow]) -> dict[str, Answer]:
        """The calls in each one's window, by model, with as few questions as possible."""
        asked = [row for row in rows if row.variant]
        here = [series(name_of(self.prefix, row), row.variant) for row in asked]
        questions = [of_window(one, self.rules.window(row), self.now) for one, row in zip(here, asked, strict=True)]
        return dict(zip((row.model for row in asked), ask(self.cloudwatch, questions), strict=True))

    def of_one(self, row: EndpointRow, facts: EndpointFacts, calls: Answer | None) -> Series:
        """What is still missing for the verdict. Its tags may ask for another window than the one of `calls`."""
        here, window = series(facts.name, facts.variant), self.rules.window(row, facts.tags)
        asked: dict[str, Question] = {}
        if row.variant != facts.variant or window != self.rules.window(row):
            calls = None
        in_window = of_window(here, window, self.now)
        if calls is None:
            asked["calls"] = in_window
        asked |= _refused(in_window)  # again after the knock: what came late from before it is there now
        if row.knocked_at:  # all that is there of it: right before the end
            since = Question(here, moment(row.knocked_at), self.now + _CLOCKS_DIFFER, MINUTE)
            asked["knock"] = since
        elif ours := control_of(row, self.now):
            asked["control"] = of_known_calls(here, ours.since, ours.until, self.now)
        found = dict(zip(asked, ask(self.cloudwatch, list(asked.values())), strict=True))
        refused = _most([answer for name, answer in found.items() if name.startswith("refused")])
        return Series(calls or found["calls"], refused, found.get("control"), found.get("knock"), self.ticks)

    def last_call(self, facts: EndpointFacts) -> dt.datetime | None:
        """In all that CloudWatch remembers; None when there is none."""
        here = series(facts.name, facts.variant)
        (answer,) = ask(self.cloudwatch, [Question(here, self.now - REMEMBERED, self.now, HOUR)])
        return min(answer.newest, self.now) if answer.newest and answer.complete else None

    @cached_property
    def ticks(self) -> Answer | None:
        """Whether CloudWatch shows this very function, in the last hour, or since the tick before that."""
        if self.before is None:
            return None
        since = min(self.now - dt.timedelta(hours=1), self.before)
        told = {"FunctionName": self.function}
        (answer,) = ask(self.cloudwatch, [Question(told, since, self.now, HOUR, namespace="AWS/Lambda")])
        return answer


def name_of(prefix: str, row: EndpointRow) -> str:
    """Of the row's endpoint."""
    return row.model.partition("/")[2] if row.is_adopted else endpoint_name(prefix, ModelName(row.model))


def _refused(question: Question) -> dict[str, Question]:
    return {f"refused {number}": each for number, each in enumerate(refusals_of(question))}


def _most(answers: Sequence[Answer]) -> Answer:
    """Each error is counted in one of them, and each request in all: the largest is enough."""
    newest = max((one.newest for one in answers if one.newest), default=None)
    return Answer(max(one.count for one in answers), newest, complete=all(one.complete for one in answers))
