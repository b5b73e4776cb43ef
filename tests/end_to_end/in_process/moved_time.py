"""One time for the test's process and for the cloud; it moves forward when the test says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import time_machine

from local.server import Server


@dataclass(frozen=True)
class MovedTime:
    cloud: Server
    traveller: time_machine.Traveller

    def advance(self, seconds: float) -> None:
        self.cloud.advance(f"{seconds:.3f}s")
        self.traveller.shift(dt.timedelta(seconds=round(seconds, 3)))


@contextmanager
def moved_time(cloud: Server) -> Iterator[MovedTime]:
    """The cloud's time; it stays moved for whoever comes next."""
    offset = dt.timedelta(seconds=cloud.door("clock")["offset_seconds"])
    with time_machine.travel(dt.datetime.now(dt.UTC) + offset, tick=True) as traveller:
        yield MovedTime(cloud, traveller)
