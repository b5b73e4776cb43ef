"""CloudWatch in memory, as strict as AWS: what is asked wrongly, or is not there yet, gives no datapoints, no error."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.emulated.fake_sagemaker import client_error

MOST_QUERIES = 500
PAGE = 100  # series on a page
MINUTE, FIVE_MINUTES, HOUR = 60, 300, 3600
_KEPT = (
    (MINUTE, dt.timedelta(days=15)),
    (FIVE_MINUTES, dt.timedelta(days=63)),
    (HOUR, dt.timedelta(days=455)),
)
Series = tuple[str, str, frozenset[tuple[str, str]]]
Point = tuple[float, float, float]  # when it happened, its value, since when it shows
_TOO_MANY = "The value for parameter MetricDataQueries has more than 500 members."


@dataclass
class FakeCloudWatch:
    """`now`: the real time. `blind`: spans in which nothing shows. `partial`: how many answers are cut short next.

    `asked`: how many metrics were asked for, which is what AWS bills; `calls`: in how many calls.
    """

    now: Callable[[], dt.datetime]
    points: dict[Series, list[Point]] = field(default_factory=lambda: defaultdict(list))
    blind: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    partial: int = 0
    asked: int = 0
    calls: int = 0

    def record(
        self, namespace: str, metric: str, dimensions: dict[str, str], value: float, delay: dt.timedelta
    ) -> None:
        """Something happens now, and shows after the delay."""
        series = (namespace, metric, frozenset(dimensions.items()))
        now = self.now().timestamp()
        insort(self.points[series], (now, value, now + delay.total_seconds()))

    @property
    def is_blind(self) -> bool:
        return any(since <= self.now() < until for since, until in self.blind)

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        queries, start, end = asked["MetricDataQueries"], asked["StartTime"], asked["EndTime"]
        if len(queries) > MOST_QUERIES:
            raise client_error("ValidationError", _TOO_MANY)
        if not start < end:
            raise client_error("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
        if len({query["Id"] for query in queries}) < len(queries):
            raise client_error("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")
        self.asked += len(queries)
        self.calls += 1
        return {"MetricDataResults": [self._result(query, start, end) for query in queries]}

    def get_paginator(self, operation: str) -> Paginator:
        assert operation == "get_metric_data", operation
        return Paginator(self)

    def _result(self, query: dict[str, Any], start: dt.datetime, end: dt.datetime) -> dict[str, Any]:
        if not query["Id"][0].islower():
            raise client_error("ValidationError", "The id must start with a lowercase letter.")
        found = {} if self.is_blind else self._sums(query["MetricStat"], start.timestamp(), end.timestamp())
        status = "Complete"
        if self.partial:
            self.partial -= 1
            status, found = "PartialData", dict(list(found.items())[:1])
        shown = sorted(found.items(), reverse=True)
        times = [dt.datetime.fromtimestamp(at, dt.UTC) for at, _ in shown]
        return {
            "Id": query["Id"],
            "Timestamps": times,
            "Values": [value for _, value in shown],
            "StatusCode": status,
        }

    def _sums(self, stat: dict[str, Any], start: float, end: float) -> dict[float, float]:
        """By period. A period that is shorter than what is still kept of a point does not find it."""
        metric, period, now = stat["Metric"], stat["Period"], self.now()
        dimensions = frozenset((each["Name"], each["Value"]) for each in metric["Dimensions"])
        points = self.points.get((metric["Namespace"], metric["MetricName"], dimensions), [])
        oldest = _oldest(period, now)
        sums: dict[float, float] = {}
        place = bisect_left(points, (max(oldest, start // MINUTE * MINUTE),))
        while place < len(points) and points[place][0] < end:
            at, value, shows = points[place]
            if shows <= now.timestamp():
                begins = at // period * period
                sums[begins] = sums.get(begins, 0) + (value if stat["Stat"] == "Sum" else 1)
            place += 1
        return sums


@dataclass(frozen=True)
class Paginator:
    client: FakeCloudWatch

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        results = self.client.get_metric_data(**asked)["MetricDataResults"]
        for start in range(0, len(results), PAGE):
            yield {"MetricDataResults": results[start : start + PAGE]}


def _oldest(period: int, now: dt.datetime) -> float:
    """That a period still finds."""
    if period % MINUTE:
        raise ClientError({"Error": {"Code": "ValidationError", "Message": "Period must be 60"}}, "GetMetricData")
    kept = max(age for shortest, age in _KEPT if period % shortest == 0)
    return (now - kept).timestamp()
