"""A request about one model: sent once through the bus, followed in the ledger as long as somebody waits for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from cli.outcome import CommandError, ExitCode, Outcome
from cli.stack.deployed_stack import DeployedStack, deployed_stack
from cli.stack.known_model import KnownModel, known_model, latest_of, ledger_of
from cli.stack.polling import Patience
from cli.stack.switched_off import must_be_on
from cli.terminal.screen import Screen, Style
from cli.terminal.status_line import StatusLine
from cli.terminal.text import visible, wrapped
from ebb.announcements.training_events import request_refused
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Row
from ebb.messaging.requests import GIVEN_UP, REFUSED, SOURCE
from ebb.names import request_bus


@dataclass(frozen=True)
class End:
    """How it ended."""

    code: ExitCode
    sentence: str


Judge = Callable[[EndpointRow, bool], End | None]
"""None as long as it is not over. The second argument: whether a change has been seen under way."""
Answered = Callable[[Row, EndpointRow], End | None]
"""The same of a request that deploy_endpoint has answered (ledger.answer), and was not refused."""
_NOT_DONE = (REFUSED, GIVEN_UP, "refused", "already refused", "not possible")  # the last three are of Apply


@dataclass(frozen=True)
class ModelRequest:
    """`wait`: how many seconds to follow it; None for not at all."""

    stack: DeployedStack
    model: KnownModel
    request: str
    wait: float | None = None
    quiet: bool = False

    @classmethod
    def of(cls, request: str, given: argparse.Namespace) -> Self:
        stack = deployed_stack(given.stack)
        must_be_on(stack)
        wait = getattr(given, "wait", None)
        return cls(stack, known_model(stack, given.model), request, wait or None, given.json)

    @property
    def row(self) -> EndpointRow:
        return self.model.row

    @property
    def has_live_run(self) -> bool:
        return bool(self.row.live_run) and self.row.state is not State.NONE

    def nothing(self, sentence: str) -> Outcome:
        return self._outcome(ExitCode.DONE, "nothing", f"Nothing to do: {sentence}", self.row)

    def refused(self, sentence: str) -> Outcome:
        return self._outcome(ExitCode.FAILED, "refused", sentence, self.row)

    def without_live_run(self, what: str) -> Outcome:
        newest = f" Its newest run: {self.model.sentence}" if self.model.sentence else ""
        return self.refused(f"{self.model.name} has no live run {what}.{newest}")

    def ask(
        self, sentence: str, judge: Judge | None = None, answered: Answered | None = None, **detail: str
    ) -> Outcome:
        """`sentence`: what was asked. It is done when it was sent, or when `judge` or `answered` says so."""
        event = ask(self.stack, self.request, model=self.model.name, **detail)
        if self.wait is None or (judge is None and answered is None):
            return self._outcome(ExitCode.DONE, "asked", sentence, self.row, **detail)
        return self.follow(sentence, judge, answered, event, **detail)

    def follow(
        self, sentence: str, judge: Judge | None, answered: Answered | None = None, event: str = "", **detail: str
    ) -> Outcome:
        """`event`: the id of the request's; empty where none was sent."""
        ledger, began, row = ledger_of(self.stack), False, self.row
        with StatusLine.on(sys.stderr, quiet=self.quiet) as line:
            for gone in (patience := Patience(self.wait or 0)).rounds():
                answer = ledger.answer(event) if event else {}
                row = ledger.endpoint(self.model.name)  # after the answer: it has what that speaks of
                began = began or row.busy
                if answer.get("outcome") in _NOT_DONE:
                    return self.refused(self._why_not(answer))
                end = answered(answer, row) if answer and answered else None
                if end := end or (judge(row, began) if judge else None):
                    return self._ended(end, row, **detail)
                line.show(f"{self.model.name} is {row.state}, {gone:.0f} of {patience.seconds:.0f} s")
        why = f": {row.blocked_by}" if row.blocked_by else ""
        said = f"{sentence} After {self.wait:.0f} seconds it is {row.state}{why.rstrip('.')}. It may still go on."
        return self._outcome(ExitCode.WAITING, "waiting", said, row, **detail)

    def _why_not(self, answer: Row) -> str:
        """As it is announced."""
        given_up = answer["outcome"] == GIVEN_UP
        return request_refused(self.model.name, self.request, answer["reason"], given_up=given_up).sentence

    def _ended(self, end: End, row: EndpointRow, **detail: str) -> Outcome:
        """What was said of it meanwhile belongs to the answer."""
        latest = latest_of(self.stack, self.model.name) or {}
        news = latest.get("sentence", "") if latest != self.model.latest else ""
        said = f"{end.sentence} {news}".strip()
        return self._outcome(end.code, "done" if end.code == ExitCode.DONE else "failed", said, row, **detail)

    def _outcome(self, code: ExitCode, outcome: str, sentence: str, row: EndpointRow, **detail: str) -> Outcome:
        document = {
            "stack": self.stack.name,
            "model": self.model.name,
            "request": self.request,
            "outcome": outcome,
            "sentence": sentence,
            "state": row.state.value,
            "run": row.live_run or None,
        } | detail
        return Outcome(code, document, partial(_lines, document, self.stack.outputs.get("JournalLogGroupName")))


def _lines(document: dict[str, Any], journal: str | None, screen: Screen) -> Iterator[str]:
    red, green = screen.paint("✗", Style.RED), screen.paint("✓", Style.GREEN)
    sign = {"nothing": "·", "waiting": "…", "refused": red, "failed": red}.get(document["outcome"], green)
    for at, line in enumerate(wrapped(visible(document["sentence"]), screen.width - 2)):
        yield f"{sign if at == 0 else ' '} {line}"
    if document["outcome"] in ("asked", "waiting") and journal:
        yield f"  Watch it: aws logs tail {visible(journal)} --follow"


def ask(stack: DeployedStack, request: str, **detail: str) -> str:
    """The event's id. PutEvents answers 200 even when it refuses: that raises here."""
    entry = {
        "EventBusName": request_bus(stack.prefix),
        "Source": SOURCE,
        "DetailType": request,
        "Detail": json.dumps({"stack": stack.name} | detail),
    }
    answer = stack.clients.events.put_events(Entries=[entry])  # type: ignore[list-item]
    (taken,) = answer["Entries"]
    if answer["FailedEntryCount"]:
        reason = taken.get("ErrorMessage") or taken.get("ErrorCode", "it gave no reason")
        raise CommandError(ExitCode.FAILED, f"The bus did not take the request ({reason}). Try again.")
    return taken.get("EventId", "")
