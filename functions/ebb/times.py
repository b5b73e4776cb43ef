"""Times: parsed where they come in, `datetime` in UTC inside, ISO 8601 where they go out; and the real clock."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
# A time that is written somewhere and cannot be read. It is before all others; what it was to protect asks for it.
UNREADABLE = LONG_AGO
FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)


def utc_now() -> dt.datetime:
    """In whole seconds, as everything is kept that comes of it. The functions read the real clock here alone."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def iso(when: dt.datetime) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return _iso(when, "seconds")


def exact_iso(when: dt.datetime) -> str:
    """The same with the microseconds that it has: what is compared must come back as it was."""
    return _iso(when, "auto")


def _iso(when: dt.datetime, timespec: str) -> str:
    return when.astimezone(dt.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def parsed(text: str) -> dt.datetime:
    """UTC is meant where no zone is named. UNREADABLE for what is no time."""
    try:
        found = dt.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return UNREADABLE


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


@dataclass(frozen=True)
class Clock:
    """`seconds` never go back; `now` may."""

    now: Callable[[], dt.datetime] = utc_now
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Stopwatch:
    """What time it is while a function works that began at `start`."""

    start: dt.datetime
    begun: float = field(default_factory=time.monotonic)

    def now(self) -> dt.datetime:
        return self.start + dt.timedelta(seconds=time.monotonic() - self.begun)

    def span_since(self, since: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """The whole seconds that hold all that happened since then."""
        return since.replace(microsecond=0), (self.now() + _SECOND).replace(microsecond=0)
