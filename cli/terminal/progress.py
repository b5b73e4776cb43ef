"""How far the reading of a file is, in one line of a terminal that is written over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TextIO

from cli.terminal.screen import Screen
from ebb.datasets.source import Source

_PATIENCE = 0.5
_EVERY = 0.1
_STEP = 64 * 1024  # packed, this may be megabytes of text
_MB = 1_000_000
_BAR = 20
_PASSES = ("reading", "reading again")


@dataclass
class Progress:
    """Nothing is shown of what takes less than half a second, nor where a line cannot be written over."""

    screen: Screen
    stream: TextIO | None
    clock: Callable[[], float] = time.monotonic
    _shown_at: float = field(init=False)
    _shown: bool = field(init=False, default=False)

    def __enter__(self) -> Self:
        self._shown_at = self.clock() + _PATIENCE - _EVERY
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            self._write("")

    def of(self, source: Source, name: str | None = None) -> WatchedSource:
        return WatchedSource(source, self, name or source.name)

    def show(self, number: int, done: int, size: int, since: float) -> None:
        """`number`: which pass over the file it is, from 0."""
        now = self.clock()
        if not self.screen.moves or now - self._shown_at < _EVERY:
            return
        self._shown_at, self._shown = now, True
        self._write(self.screen.text(_line(number, done, size, max(now - since, 0.001), self.screen.width - 1)))

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may go away; the reading goes on
            if self.stream is not None:
                self.stream.write(f"\r{line}\x1b[K")
                self.stream.flush()


@dataclass
class WatchedSource:
    """A source that reports what is read of it, under another name if need be."""

    source: Source
    progress: Progress
    name: str
    passes: int = 0

    @property
    def size(self) -> int:
        return self.source.size

    def blocks(self) -> Iterator[bytes]:
        number, done, size, since = self.passes, 0, self.size, self.progress.clock()
        self.passes += 1
        for block in self.source.blocks():
            for start in range(0, len(block), _STEP):
                yield block[start : start + _STEP]
                done += len(block[start : start + _STEP])
                self.progress.show(number, done, size, since)


def _line(number: int, done: int, size: int, seconds: float, width: int) -> str:
    """The least important parts are left out first."""
    part = min(done / size, 1) if size else 1.0
    speed = done / seconds
    minutes, left = divmod(round(max(size - done, 0) / speed) if speed else 0, 60)
    label = _PASSES[min(number, len(_PASSES) - 1)]
    full = round(part * _BAR)
    bar = "█" * full + "░" * (_BAR - full)
    digits = 0 if size >= 10 * _MB else 1
    amount = f"{done / _MB:,.{digits}f} of {size / _MB:,.{digits}f} MB"
    pieces = [f"{label} {part:4.0%}", amount, f"{speed / _MB:,.0f} MB/s", f"{minutes}:{left:02} left", bar]
    while len(pieces) > 1 and len("  ".join(pieces)) > width:
        pieces.pop()
    return "  ".join(pieces)
