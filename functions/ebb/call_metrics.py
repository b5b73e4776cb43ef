"""How often an endpoint was called, as CloudWatch has it: `AWS/SageMaker Invocations` under both dimensions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.idleness import Calls

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_LONG_WINDOW = dt.timedelta(hours=6)


def period_seconds(window: dt.timedelta) -> int:
    """Hours for long windows: rounding the start down only makes an endpoint more active."""
    return 3600 if window >= _LONG_WINDOW else 60


def count_calls(
    cloudwatch: CloudWatchClient, endpoint: str, variants: list[str], window: dt.timedelta, now: dt.datetime
) -> Calls:
    """The sum over all variants; an endpoint's name alone would match nothing."""
    period = period_seconds(window)
    start = dt.datetime.fromtimestamp((now - window).timestamp() // period * period, dt.UTC)
    queries: list[Any] = [_query(index, endpoint, variant, period) for index, variant in enumerate(variants)]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=start, EndTime=now + dt.timedelta(minutes=1)
    )
    count = 0.0
    missing, complete = {query["Id"] for query in queries}, True
    for page in pages:
        for result in page["MetricDataResults"]:
            missing.discard(result["Id"])
            complete = complete and result["StatusCode"] == "Complete"
            count += sum(result["Values"])
    return Calls(count, complete=complete and not missing)


def _query(index: int, endpoint: str, variant: str, period: int) -> dict[str, Any]:
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    return {"Id": f"q{index}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, "ReturnData": True}
