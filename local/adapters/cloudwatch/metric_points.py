"""The datapoints CloudWatch still has: kept by age and period, found by exact dimensions, hidden on order.

ministack forgets everything after two weeks, and answers a query without dimensions from every metric of the name.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from ministack.services import cloudwatch

from local.adapters.cloudwatch.metric_protocols import RefusedError
from local.adapters.replacing import replace
from local.clock import parse_duration

DAY = 86400
Point = dict[str, Any]
Series = list[tuple[int, list[Point]]]
# "Data points with a period of 60 seconds are available for 15 days, 300 seconds for 63, 3,600 seconds for 455."
_KEPT = ((3 * 3600, 1), (15 * DAY, 60), (63 * DAY, 300), (455 * DAY, 3600))
_EVICTION_SECONDS = 3600.0


class Eyesight:
    """How CloudWatch misbehaves: `clear`, `blind` (no datapoints, no error), `partial`, `failing`, or `late 15m`."""

    def __init__(self) -> None:
        self.mode, self.late_seconds = "clear", 0.0

    def set(self, value: str) -> None:
        mode, _, duration = value.partition(" ")
        if mode not in ("clear", "blind", "partial", "failing", "late") or bool(duration) != (mode == "late"):
            raise ValueError("metrics are clear, blind, partial, failing, or late <duration>")
        self.late_seconds = parse_duration(duration) if duration else 0.0
        self.mode = mode

    def described(self) -> str:
        return f"{self.mode} {self.late_seconds:g}s" if self.mode == "late" else self.mode


EYESIGHT = Eyesight()


def install() -> None:
    evicted_at = time.time()

    def evict() -> None:
        nonlocal evicted_at
        if time.time() - evicted_at > _EVICTION_SECONDS:
            evicted_at = time.time()
            _evict(evicted_at - _KEPT[-1][0])

    replace(cloudwatch, "_evict_old_metrics", lambda _: evict)


def _evict(before: float) -> None:
    for key, points in list(cloudwatch._metrics.items()):
        cloudwatch._metrics[key] = [point for point in points if point["Timestamp"] >= before]


def check_period(period: int) -> None:
    if period not in (1, 5, 10, 30) and (period < 60 or period % 60):
        raise RefusedError("InvalidParameterValue", "The parameter Period must be 1, 5, 10, 30 or a multiple of 60.")


def time_range(request: dict[str, Any]) -> tuple[float, float]:
    start, end = (cloudwatch._parse_ts(request.get(name)) for name in ("StartTime", "EndTime"))
    if start is None or end is None:
        raise RefusedError("MissingParameter", "The request must contain the parameters StartTime and EndTime.")
    if start >= end:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise RefusedError("InvalidParameterValue", message)
    return start, end


def series(metric: dict[str, Any], period: int, start: float, end: float, unit: str | None = None) -> Series:
    """(start of each period, its points), oldest first, of the one metric with exactly these dimensions."""
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = (metric.get("Namespace"), metric.get("MetricName"), cloudwatch._dims_key(dimensions))
    periods: dict[int, list[Point]] = defaultdict(list)
    for point in list(cloudwatch._metrics.get(key) or []):
        at = point["Timestamp"]
        if start <= at < end and unit in (None, point["Unit"]) and _is_kept(at, period) and _is_seen(at):
            periods[int(at // period) * period].append(point)
    return sorted(periods.items())


def _is_kept(at: float, period: int) -> bool:
    """A point at this age is returned only to a query whose period is a multiple of what is still kept."""
    age = time.time() - at
    return any(age <= kept_seconds and period % step == 0 for kept_seconds, step in _KEPT)


def _is_seen(at: float) -> bool:
    return EYESIGHT.mode != "blind" and time.time() - at >= EYESIGHT.late_seconds
