"""How long an endpoint may be idle, and when the tear-down has to look at it next: by settings, tags and the ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ebb.aws.tags import IDLE_AFTER_TAG
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.times import FOR_EVER, LONG_AGO, UNREADABLE, later, parsed

MOST_MINUTES = 43_200
_MINUTES = re.compile(r"[0-9]{1,5}")
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


def minutes_of(tag: str) -> int | None:
    """Of `ebb:idle-after`; None when it is no whole number of minutes from 1 to 43,200."""
    text = tag.strip()
    return int(text) if _MINUTES.fullmatch(text) and 1 <= int(text) <= MOST_MINUTES else None


def kept_until(tag: str | None, now: dt.datetime) -> dt.datetime | None:
    """Of `ebb:keep`: None is not kept. `false` is not kept, an ISO time until then; anything else is kept for ever."""
    if tag is None or tag.strip().lower() == "false":
        return None
    until = parsed(tag.strip())
    if until == UNREADABLE:
        return FOR_EVER
    return until if now < until else None


@dataclass(frozen=True)
class IdleRules:
    """`idle_after`, unless a model's own settings or a tag say otherwise. `margin`: how late metrics may be."""

    stack: str
    idle_after: dt.timedelta
    margin: dt.timedelta
    purge_after: dt.timedelta

    def window(self, row: EndpointRow, tags: Mapping[str, str] = _NO_TAGS) -> dt.timedelta:
        """With the margin. An unreadable tag is for `judge` to tell; minutes that nobody may ask for are the most."""
        asked = row.idle_after if 0 <= row.idle_after <= MOST_MINUTES else MOST_MINUTES
        minutes = minutes_of(tags.get(IDLE_AFTER_TAG, "")) or asked
        return (dt.timedelta(minutes=minutes) if minutes else self.idle_after) + self.margin

    def judged_at(self, row: EndpointRow) -> dt.datetime | None:
        """When it has to be asked about: then it may be idle, or its probe must show. None: not as it stands."""
        if row.falls_asleep:
            return row.since or LONG_AGO
        if row.state is not State.LIVE:
            return None
        if row.knocked_at:
            ripe = later(max(row.knocked_at, row.answered_at or LONG_AGO), self.margin)
        else:
            ripe = later(idle_since(row), self.window(row))
        return max(ripe, row.not_before or LONG_AGO)

    def purged_at(self, row: EndpointRow) -> dt.datetime | None:
        """When configs and models that nobody uses have been kept for long enough."""
        ripe = []
        if row.state is State.ASLEEP and not row.falls_asleep and not row.purged and row.live_run:
            ripe.append(later(row.since or LONG_AGO, self.purge_after))
        if row.previous_run and row.superseded_at and row.state in (State.LIVE, State.ASLEEP):
            ripe.append(later(row.superseded_at, self.purge_after))
        return min(ripe, default=None)

    def due(self, row: EndpointRow) -> dt.datetime | None:
        """When the tick has to look at this row next; None when it never has to.

        In whole seconds: the index of the ledger compares texts.
        """
        times = [at for at in (self.judged_at(row), self.purged_at(row)) if at is not None]
        if is_worked_on(row) or row.state is State.BROKEN:
            times.append(row.since or LONG_AGO)
        if row.state is State.ASLEEP:  # also purged it is listed, and told of when its image is to be retired
            times.append(FOR_EVER)
        return min(times).replace(microsecond=0) if times else None


def idle_since(row: EndpointRow) -> dt.datetime:
    """As far as the ledger knows."""
    return max(row.since or LONG_AGO, row.last_call or LONG_AGO)


def is_worked_on(row: EndpointRow) -> bool:
    """Somebody is at work on it, or has to finish what was begun."""
    return bool(row.busy or row.pending or row.needs_cleanup or row.candidate)
