"""Times as rows of the ledger have them, or as JSON writes them, for people."""

from __future__ import annotations

import datetime as dt
import re

from ebb.times import UNREADABLE, parsed

_SPAN = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?", re.IGNORECASE | re.ASCII)
_UNITS = (("d", 86400), ("h", 3600), ("min", 60))
_FEW = 2  # the first unit in which there are two or more is exact enough to read


Time = dt.datetime | str | None


def moment(when: Time) -> dt.datetime | None:
    """None for what is no time. Without a zone it is UTC, as everything that Ebb writes."""
    if isinstance(when, dt.datetime):
        return None if when == UNREADABLE else when
    found = parsed(when or "")
    return None if found == UNREADABLE else found


def stamp(when: Time) -> str:
    """`2026-11-22 16:00 UTC`; what is no time stays as it is."""
    found = moment(when)
    return found.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC") if found else _as_it_is(when)


def ago(when: Time, now: dt.datetime) -> str:
    """`3 h ago`; nothing for no time."""
    found = moment(when)
    return f"{span(now - found)} ago" if found else _as_it_is(when)


def ahead(when: Time, now: dt.datetime) -> str:
    """`in 3 h`, or `at the next tick` when it is over."""
    found = moment(when)
    if found is None:
        return _as_it_is(when)
    return f"in {span(found - now)}" if found > now else "at the next tick"


def _as_it_is(when: Time) -> str:
    return "a time that cannot be read" if isinstance(when, dt.datetime) else when or ""


def span(length: dt.timedelta) -> str:
    """`40 min`, `26 h`, `3 d`, whichever is exact enough to read."""
    seconds = max(length.total_seconds(), 0)
    for unit, size in _UNITS:
        if seconds >= _FEW * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // 60)} min"


def span_of(text: str) -> dt.timedelta:
    """Of `90m`, `8h`, `2d`, `1w` and what is put together of them; ValueError for anything else."""
    match = _SPAN.fullmatch(text.strip())
    parts = [int(part or 0) for part in match.groups()] if match else [0]
    if not any(parts):
        raise ValueError(f"{text!r} is no length of time: write it like 90m, 8h, 2d or 1w")
    weeks, days, hours, minutes = parts
    try:
        return dt.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except OverflowError as error:
        raise ValueError(f"{text!r} is too long") from error
