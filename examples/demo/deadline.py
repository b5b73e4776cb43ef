"""Every wait of the demo has an end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Overdue(BaseException):
    """What was expected did not happen in time.

    Not an Exception: it is raised in the middle of anything, and boto3 would try again after one.
    """


@contextmanager
def deadline(seconds: float, expected: str) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Overdue(f"Expected within {seconds:.0f} s, but it did not happen: {expected}.")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
