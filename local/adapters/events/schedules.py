"""Schedules are looked at twice a second instead of every ten: a minute's schedule fires when its minute is over."""

from __future__ import annotations

from ministack.services import scheduler

from local.adapters.replacing import replace

_INTERVAL_SECONDS = 0.5


def install() -> None:
    replace(scheduler, "_SCHEDULE_TICK_INTERVAL", lambda _: _INTERVAL_SECONDS)
