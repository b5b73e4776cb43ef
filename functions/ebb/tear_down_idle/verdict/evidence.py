"""What the tear-down asks CloudWatch: of all endpoints one thing at once, of one endpoint what its verdict needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ebb.aws.endpoints import DescribedEndpoint
from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow
from ebb.names import ModelName, endpoint_name
from ebb.tear_down_idle.verdict.call_metrics import (
    HOUR,
    MINUTE,
    Question,
    ask,
    errors_of,
    of_known_calls,
    of_window,
    series,
)
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.judge import REMEMBERED, control_of
from ebb.tear_down_idle.verdict.verdict import Answer, Series

_CLOCKS_DIFFER = dt.timedelta(minutes=6)  # AWS documents: from five minutes on it denies what is signed by such a clock


@dataclass
class Questions:
    """`function`: our own name. `before`: when the tick before this one was; None when nobody knows."""

    context: Context[TearDownIdleSettings]
    rules: IdleRules
    function: str
    before: dt.datetime | None

    def of_all(self, rows: Sequence[EndpointRow]) -> dict[str, Answer]:
        """The calls in each one's window, by model, with as few questions as possible."""
        asked = [row for row in rows if row.variant]
        here = [series(name_of(self.context.settings.prefix, row), row.variant) for row in asked]
        questions = [of_window(one, self.rules.window(row), self._now) for one, row in zip(here, asked, strict=True)]
        return dict(zip((row.model for row in asked), self._ask(questions), strict=True))

    def of_one(self, row: EndpointRow, endpoint: DescribedEndpoint, calls: Answer | None) -> Series:
        """What is still missing for the verdict. Its tags may ask for another window than the one of `calls`."""
        here, window, now = series(endpoint.name, endpoint.variant), self.rules.window(row, endpoint.tags), self._now
        asked: dict[str, Question] = {}
        if row.variant != endpoint.variant or window != self.rules.window(row):
            calls = None
        in_window = of_window(here, window, now)
        if calls is None:
            asked["calls"] = in_window
        # Again after the probe: what came late from before it is there now.
        asked |= {f"errors {number}": each for number, each in enumerate(errors_of(in_window))}
        if row.knocked_at:  # all that is there of it: right before the end
            asked["probe"] = Question(here, row.knocked_at, now + _CLOCKS_DIFFER, MINUTE)
        elif ours := control_of(row, now):
            asked["control"] = of_known_calls(here, ours.since, ours.until, now)
        found = dict(zip(asked, self._ask(list(asked.values())), strict=True))
        errors = _most([answer for name, answer in found.items() if name.startswith("errors")])
        return Series(calls or found["calls"], errors, found.get("control"), found.get("probe"), self.ticks)

    def last_call(self, endpoint: DescribedEndpoint) -> dt.datetime | None:
        """In all that CloudWatch remembers; None when there is none."""
        here = series(endpoint.name, endpoint.variant)
        (answer,) = self._ask([Question(here, self._now - REMEMBERED, self._now, HOUR)])
        return min(answer.newest, self._now) if answer.newest and answer.complete else None

    @cached_property
    def ticks(self) -> Answer | None:
        """Whether CloudWatch shows this very function, in the last hour, or since the tick before that."""
        if self.before is None:
            return None
        since = min(self._now - dt.timedelta(hours=1), self.before)
        told = {"FunctionName": self.function}
        (answer,) = self._ask([Question(told, since, self._now, HOUR, namespace="AWS/Lambda")])
        return answer

    def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        return ask(self.context.clients.cloudwatch, questions)

    @property
    def _now(self) -> dt.datetime:
        return self.context.now


def name_of(prefix: str, row: EndpointRow) -> str:
    """Of the row's endpoint."""
    return row.model.partition("/")[2] if row.is_adopted else endpoint_name(prefix, ModelName(row.model))


def _most(answers: Sequence[Answer]) -> Answer:
    """Each error is counted in one of them, and each request in all: the largest is enough."""
    newest = max((one.newest for one in answers if one.newest), default=None)
    return Answer(max(one.count for one in answers), newest, complete=all(one.complete for one in answers))
