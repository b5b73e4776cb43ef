"""Ctrl-C and its kin: the first one ends the demo in order, further ones do not disturb it. Imports nothing heavy."""

from __future__ import annotations

import signal
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    for number in _ENDING:
        signal.signal(number, _end)


def ignore_from_now_on() -> None:
    """The cleaning up is short, and must not be cut short."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end(_number: int, _frame: FrameType | None) -> None:
    ignore_from_now_on()
    raise KeyboardInterrupt
