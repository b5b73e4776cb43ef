"""What confirm_endpoint leaves for the tear-down to go by: calls of its own that CloudWatch has to show later."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field, replace

from ebb.endpoint_row import Control, EndpointRow
from ebb.ledger import iso
from ebb.settings.model_settings import Idle

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


@dataclass(frozen=True)
class Watch:
    """Of a config that has just answered behind the model's own endpoint. `idle`: its [idle]."""

    variant: str
    control: Control
    idle: Idle

    def known(self, row: EndpointRow) -> EndpointRow:
        """In the row of an endpoint that was live already."""
        return replace(
            row,
            variant=self.variant,
            control=self.control,
            idle_after=self.idle.after_minutes or 0,
            keep=self.idle.keep,
        )

    def begun(self, row: EndpointRow) -> EndpointRow:
        """In the row of one that is live from now on: nothing of what was seen of it before counts any more."""
        return unwatched(self.known(row))


def unwatched(row: EndpointRow) -> EndpointRow:
    """Without what was seen of an endpoint that is not there any more, or has changed."""
    return replace(row, last_call="", knocked_at="", answered_at="", put_off="", told="")
