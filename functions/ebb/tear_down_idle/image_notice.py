"""An endpoint that sleeps wakes from the image that trained its model: some time before that is retired, it is told.

Asleep, nothing holds a copy of the image: SageMaker keeps one only until the last endpoint that uses it is deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ebb.announcements.outbox import Saying, Voice
from ebb.announcements.sleep_events import Subject, image_retires
from ebb.aws.clients import Clients
from ebb.environment import TearDownIdleSettings
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.names import ModelName, endpoint_name
from ebb.times import iso

TOLD = "image"
NOTICE = dt.timedelta(days=60)


@dataclass(frozen=True)
class ImagePatches:
    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime

    def to_tell(self, rows: Iterable[EndpointRow]) -> Iterator[EndpointRow]:
        """Those that sleep with an image whose end is near, and of which that was not said yet."""
        ends = ends_of(self.settings.image_patches_until)
        for row in rows:
            until = ends.get(row.image)
            is_near = until is not None and self.now >= until - NOTICE
            is_quiet = not (row.busy or row.falls_asleep or row.unsaid or row.told == TOLD)
            if row.state is State.ASLEEP and is_near and is_quiet:
                yield row

    def tell(self, row: EndpointRow) -> None:
        """Once for each sleep."""
        name = endpoint_name(self.settings.prefix, ModelName(row.model))
        until = ends_of(self.settings.image_patches_until)[row.image].date()
        about = Subject(row.model, row.live_run, name, row.live_config)
        said = image_retires(about, asleep_since=row.since, image=row.image, until=until.isoformat())
        told = replace(row, told=TOLD, unsaid=Saying(said, [], iso(self.now)).as_json())
        Voice(self.clients, self.settings, self.now).write(told)


def ends_of(text: str) -> dict[str, dt.datetime]:
    """By version of the image: `3.2-0=2027-05-13,3.0-5=2026-11-17`. A version without a date has none."""
    pairs = (part.partition("=")[::2] for part in text.split(","))
    return {version: dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC) for version, date in pairs if date}
