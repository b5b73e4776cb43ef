"""A model is served by the image that trained it: some time before that is retired, it is told, awake or asleep.

Asleep, nothing holds a copy of the image: SageMaker keeps one only until the last endpoint that uses it is deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ebb.announcements.outbox import PendingAnnouncement
from ebb.announcements.sleep_events import Subject, image_retires
from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.verdict.idle_rules import is_worked_on
from ebb.times import iso

NOTICE = dt.timedelta(days=60)
Ends = dict[str, dt.datetime]


def ends_of(text: str) -> Ends:
    """By version of the image: `3.2-0=2027-05-13,3.0-5=2026-11-17`. A version without a date has none."""
    pairs = (part.partition("=")[::2] for part in text.split(","))
    return {version: dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC) for version, date in pairs if date}


def rows_to_tell(ends: Ends, rows: Iterable[EndpointRow], now: dt.datetime) -> Iterator[EndpointRow]:
    """Those with an image whose end is near, and of which that was not told yet. Adopted ones are not our models."""
    for row in rows:
        until = ends.get(row.image)
        is_near = until is not None and now >= until - NOTICE
        is_served = row.state in (State.LIVE, State.ASLEEP) and not row.falls_asleep and not row.is_adopted
        if is_near and is_served and row.announced_image != row.image and not is_worked_on(row):
            yield row


def tell_of_image(context: Context[TearDownIdleSettings], ends: Ends, row: EndpointRow) -> EndpointRow:
    """Once for each image of the row, however often it wakes and sleeps."""
    asleep_since = iso(row.since) if row.state is State.ASLEEP and row.since else None
    until = ends[row.image].date().isoformat()
    about = Subject.of(row, context.endpoint_name(row.model))
    told = image_retires(about, asleep_since=asleep_since, image=row.image, until=until)
    pending = PendingAnnouncement(told, [], context.now).as_json()
    return context.outbox.write(replace(row, announced_image=row.image, pending=pending))
