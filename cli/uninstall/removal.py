"""What is removed, step by step: one that fails is named and keeps no other from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from botocore.exceptions import ClientError

from cli.aws_errors import explained
from cli.outcome import CommandError
from ebb.aws.client_errors import code_of, is_gone

Found = TypeVar("Found")
_MISSING = ("ResourceNotFoundException", "ResourceNotFound")


class Done(StrEnum):
    DONE = "done"
    PLANNED = "planned"
    LEFT = "left"  # on purpose: it is somebody else's
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Step:
    """`what` is done to it, such as `deleted`. `why`: it was left, or failed."""

    kind: str
    name: str
    what: str
    outcome: Done
    why: str = ""


@dataclass
class Removal:
    """`dry`: nothing is changed, and every step is only planned."""

    dry: bool = False
    steps: list[Step] = field(default_factory=list)
    show: Callable[[str], None] = lambda _: None

    def do(self, kind: str, name: str, what: str, action: Callable[[], object]) -> None:
        """What is not there any more has been removed."""
        if self.attempt(kind, name, what, action):
            self.note(kind, name, what, Done.DONE)

    def attempt(self, kind: str, name: str, what: str, action: Callable[[], object]) -> bool:
        """Whether it was begun; otherwise it is noted why not."""
        if self.dry:
            self.note(kind, name, what, Done.PLANNED)
            return False
        self.show(f"{kind} {name}")
        try:
            with explained():
                _unless_gone(action)
        except CommandError as error:
            self.note(kind, name, what, Done.FAILED, str(error))
            return False
        return True

    def note(self, kind: str, name: str, what: str, outcome: Done, why: str = "") -> None:
        self.steps.append(Step(kind, name, what, outcome, why))

    def find(self, kind: str, find: Callable[[], Found]) -> Found | None:
        """What cannot even be listed is a failure of its own."""
        try:
            with explained():
                return find()
        except CommandError as error:
            self.note(kind, "*", "looked for", Done.FAILED, str(error))
            return None

    def has(self, outcome: Done) -> bool:
        return any(step.outcome is outcome for step in self.steps)


def _unless_gone(action: Callable[[], object]) -> None:
    try:
        action()
    except ClientError as error:
        if not is_gone(error) and code_of(error) not in _MISSING:
            raise
