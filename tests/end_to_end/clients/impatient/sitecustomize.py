"""Clients sleep 10 to 120 s between two looks at a job or an endpoint; with this on PYTHONPATH, they only think so.

A long sleep lasts a moment, and `time.time` goes on as if it had been slept to its end: the SageMaker SDK looks again
after 30 s of that clock. What they ask, and how often, is as it was; signatures are dated by `datetime`, untouched.
"""

import time
from typing import SupportsIndex

_sleep, _time, _LONGEST = time.sleep, time.time, 0.1
_skipped = 0.0


def _nap(seconds: float | SupportsIndex) -> None:
    global _skipped  # noqa: PLW0603  (there is one clock)
    asked = float(seconds)
    _skipped += max(asked - _LONGEST, 0.0)
    _sleep(min(asked, _LONGEST))


time.sleep = _nap
time.time = lambda: _time() + _skipped
