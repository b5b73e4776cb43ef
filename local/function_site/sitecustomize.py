"""Loaded by every function process: the local cloud's time, which may have been moved, and Lambda's memory limit."""

import os
import resource

# Threads' stacks and what malloc keeps in hand count as data here, but are not memory in use on Lambda.
_ALLOWANCE_MEGABYTES = 64

_memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
if _memory:
    _limit = (_memory + _ALLOWANCE_MEGABYTES) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (_limit, _limit))

_offset = float(os.environ.pop("LOCAL_CLOCK_OFFSET", "0"))
if _offset:
    import datetime as dt

    import time_machine

    time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_offset), tick=True).start()
