"""TODO-DOC functions/ebb/times.py."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ebb.ledger.endpoint_row import Control


def iso(moment: dt.datetime) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Clock:
    """`seconds` never go back; `now` may."""

    now: Callable[[], dt.datetime] = _now
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def moment(text: str) -> dt.datetime:
    """A time as the ledger has it, in UTC; long ago where there is none, or none that can be read."""
    try:
        found = dt.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return LONG_AGO


def later(when: dt.datetime, span: dt.timedelta) -> dt.datetime:
    """Also of a time that is not known, and of one that is further away than any."""
    try:
        return when + span if when > LONG_AGO else when
    except OverflowError:
        return FOR_EVER


def spelled(span: dt.timedelta) -> str:
    """`45 minutes`, `24 hours`, `7 days`, whichever is exact enough to read."""
    minutes = int(span.total_seconds() // 60)
    for size, noun in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes / size:.3g} {noun}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Stopwatch:
    """What time it is while a function works that began at `start`."""

    start: dt.datetime
    begun: float = field(default_factory=time.monotonic)

    def now(self) -> dt.datetime:
        return self.start + dt.timedelta(seconds=time.monotonic() - self.begun)

    def control(self, since: dt.datetime, calls: int) -> Control:
        """Of calls that were just made: the whole seconds that hold them all."""
        return Control(iso(since), iso(self.now() + _SECOND), calls)
