"""What is waited for, in one line of a terminal that is written over; nothing anywhere else."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TextIO

from cli.terminal.screen import Screen
from cli.terminal.text import cut, visible


@dataclass
class StatusLine:
    stream: TextIO | None
    screen: Screen
    _shown: bool = False

    @classmethod
    def on(cls, stream: TextIO | None, *, quiet: bool) -> Self:
        """`quiet`: a program reads what is printed, and nobody waits before the screen."""
        return cls(None if quiet else stream, Screen.of(stream))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            self._write("")

    def show(self, text: str) -> None:
        if self.screen.moves:
            self._shown = True
            self._write(self.screen.text(cut(visible(text), self.screen.width - 1)))

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may go away; the waiting goes on
            if self.stream is not None:
                self.stream.write(f"\r{line}\x1b[K")
                self.stream.flush()
