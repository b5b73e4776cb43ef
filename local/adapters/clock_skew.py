"""Signature age against both clocks: people sign with the machine's time, functions with the moved one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ministack.core import sigv4

from local.adapters.replacing import replace
from local.clock import Clock, real_time


def install(clock: Clock) -> None:
    def accept_either(check: Any) -> Any:
        def check_both(signature: Any, *, now: dt.datetime | None = None) -> Any:
            refused = check(signature, now=now)
            if refused and clock.offset:
                return check(signature, now=dt.datetime.fromtimestamp(real_time(), dt.UTC))
            return refused

        return check_both

    replace(sigv4, "request_time_failure", accept_either)
