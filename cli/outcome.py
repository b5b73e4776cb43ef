"""How a command ended: for the shell, for a program and for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cli.terminal.screen import Screen


class ExitCode(IntEnum):
    """The contract of every command. `FAILED` is also a refusal."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    WAITING = 4
    INTERRUPTED = 130


@dataclass(frozen=True)
class Outcome:
    """`document` is what `--json` prints; `lines` says the same on a screen."""

    code: ExitCode
    document: dict[str, Any]
    lines: Callable[[Screen], Iterable[str]]


class CommandError(Exception):
    """A command cannot do what it was asked; the message is a sentence for the person who asked."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code

    @property
    def document(self) -> dict[str, Any]:
        return {"error": {"code": self.code.name.lower(), "message": str(self)}}
