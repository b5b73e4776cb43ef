"""The cloud's clock: real time plus an offset that only grows, for this process and the functions it starts."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable

import time_machine

_LONGEST_SECONDS = 10 * 365 * 86400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Clock:
    """Moves `time` and `datetime` of this process; `monotonic` and sleeps stay real.

    The time functions are replaced only at the first move: a clock that nobody moves costs nothing.
    """

    def __init__(self) -> None:
        self.offset = 0.0
        self._lock = threading.Lock()
        self._travel: time_machine.Traveller | None = None
        self._after_move: list[Callable[[float], None]] = []

    def after_each_move(self, call: Callable[[float], None]) -> None:
        """Call this after every move, with its seconds: for example to tell the new time to others."""
        self._after_move.append(call)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock moves forward only")
        with self._lock:
            if self._travel is None:
                self._travel = time_machine.travel(dt.datetime.now(dt.UTC), tick=True).start()
            self._travel.shift(dt.timedelta(seconds=seconds))
            self.offset += seconds
        for call in self._after_move:
            call(seconds)

    def wait(self, seconds: float, stopped: threading.Event) -> bool:
        """Wait in the cloud's own time; False when `stopped` came first."""
        deadline = time.time() + seconds
        while (left := deadline - time.time()) > 0:
            if stopped.wait(min(left, 0.05)):
                return False
        return not stopped.is_set()


def real_time() -> float:
    """Seconds since the epoch as the machine tells them, however far the clock was moved."""
    return float(time_machine.escape_hatch.time.time())


def parse_duration(text: str) -> float:
    """Seconds in `90`, `90s`, `15m`, `24h` or `30d`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if match is None:
        raise ValueError(f"not a duration: {text!r}; write for example 90s, 15m, 24h or 30d")
    seconds = float(match.group(1)) * _UNITS[match.group(2) or "s"]
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"longer than ten years: {text[:40]!r}")
    return seconds
