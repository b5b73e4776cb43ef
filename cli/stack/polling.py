"""Waiting until something is so, or the time is over: often at first, then less often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_FIRST, _SLOWER, _LONGEST = 0.1, 1.5, 2.0


@dataclass
class Patience:
    """`rounds` gives the seconds gone by before each look; the last look comes when the time is over."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], object] = time.sleep
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    @property
    def gone(self) -> float:
        return self.clock() - self._since

    @property
    def left(self) -> float:
        return max(self.seconds - self.gone, 0.0)

    def rounds(self) -> Iterator[float]:
        pause = _FIRST
        while True:
            yield self.gone
            if not self.left:
                return
            self.rest(min(pause, self.left))
            pause = min(pause * _SLOWER, _LONGEST)
