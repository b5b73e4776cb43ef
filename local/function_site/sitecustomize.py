"""Loaded by every function process: gives it the local cloud's time, which may have been moved."""

import os

_offset = float(os.environ.pop("LOCAL_CLOCK_OFFSET", "0"))
if _offset:
    import datetime as dt

    import time_machine

    time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_offset), tick=True).start()
