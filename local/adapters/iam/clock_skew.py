"""Signature age against every time from the machine's to the moved one.

People sign with the machine's time, functions with the moved one, and a function that is at work while the clock moves
with the time from before.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ministack.core import sigv4

from local.adapters.replacing import replace
from local.clock import Clock, real_time


def install(clock: Clock) -> None:
    def accept_between(check: Any) -> Any:
        def check_between(signature: Any, *, now: dt.datetime | None = None) -> Any:
            refused = check(signature, now=now)
            if not refused or not clock.offset:
                return refused
            earliest = dt.datetime.fromtimestamp(real_time(), dt.UTC)
            signed_at = sigv4._amz_datetime(signature.amz_date)
            if signed_at and earliest <= signed_at <= dt.datetime.now(dt.UTC):
                return None
            return check(signature, now=earliest)

        return check_between

    replace(sigv4, "request_time_failure", accept_between)
