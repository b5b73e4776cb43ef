"""Loaded by every function process: the local cloud's time, which may have been moved, and Lambda's memory limit."""

from __future__ import annotations

import os
import resource
import sys

TYPE_CHECKING = False  # typing's own costs each function its import
if TYPE_CHECKING:
    from typing import Any

# Threads' stacks and what malloc keeps in hand count as data here, but are not memory in use on Lambda.
_ALLOWANCE_MEGABYTES = 64

_memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
if _memory:
    _limit = (_memory + _ALLOWANCE_MEGABYTES) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (_limit, _limit))


class _Clock:
    """What the cloud writes into the file is how far its clock has been moved by now."""

    def __init__(self, path: str) -> None:
        self._path, self._offset = path, 0.0
        self._travel: Any = None
        self.catch_up()

    def catch_up(self) -> None:
        with open(self._path) as file:  # noqa: PTH123  (the less is imported here, the sooner the function starts)
            offset = float(file.read())
        if offset == self._offset:
            return
        import datetime as dt

        import time_machine

        if self._travel is None:
            self._travel = time_machine.travel(dt.datetime.now(dt.UTC), tick=True).start()
        self._travel.shift(dt.timedelta(seconds=offset - self._offset))
        self._offset = offset


class _Events:
    """Standard input, of which each line begins an invocation: it begins with the cloud's time."""

    def __init__(self, stream: Any, clock: _Clock) -> None:
        self._stream, self._clock = stream, clock

    def readline(self) -> str:
        line: str = self._stream.readline()
        self._clock.catch_up()
        return line


if "LOCAL_CLOCK" in os.environ:
    sys.stdin = _Events(sys.stdin, _Clock(os.environ.pop("LOCAL_CLOCK")))
