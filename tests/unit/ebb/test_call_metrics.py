"""CloudWatch is asked under both dimensions, about the whole window, and only a complete answer counts as one."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from mypy_boto3_cloudwatch import CloudWatchClient

from ebb.call_metrics import count_calls, period_seconds
from ebb.idleness import Calls

NOW = dt.datetime(2026, 11, 22, 16, 7, 31, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(hours=24)


@pytest.fixture
def cloudwatch() -> CloudWatchClient:
    return boto3.client(
        "cloudwatch", region_name="eu-central-1", aws_access_key_id="made-up", aws_secret_access_key="made-up"
    )


@pytest.fixture
def stub(cloudwatch: CloudWatchClient) -> Iterator[Stubber]:
    with Stubber(cloudwatch) as stub:
        yield stub
        stub.assert_no_pending_responses()


def _page(*results: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"MetricDataResults": list(results)} | ({"NextToken": token} if token else {})


def _result(
    *values: float, status: str = "Complete", at: dt.datetime = NOW - MINUTE, number: int = 0
) -> dict[str, Any]:
    return {"Id": f"q{number}", "Values": list(values), "Timestamps": [at] * len(values), "StatusCode": status}


def _count(cloudwatch: CloudWatchClient, *variants: str, window: dt.timedelta = DAY) -> Calls:
    return count_calls(cloudwatch, "ebb-abalone", list(variants or ("v-1",)), window, NOW)


def _query(variant: str, number: int, period: int) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": [
            {"Name": "EndpointName", "Value": "ebb-abalone"},
            {"Name": "VariantName", "Value": variant},
        ],
    }
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, "ReturnData": True}


@pytest.mark.parametrize(
    ("window", "period", "start"),
    [
        (DAY, 3600, dt.datetime(2026, 11, 21, 16, 0, tzinfo=dt.UTC)),
        (dt.timedelta(hours=6), 3600, dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)),
        (dt.timedelta(hours=5, minutes=59), 60, dt.datetime(2026, 11, 22, 10, 8, tzinfo=dt.UTC)),
        (MINUTE, 60, dt.datetime(2026, 11, 22, 16, 6, tzinfo=dt.UTC)),
    ],
)
def test_each_variant_is_asked_under_both_dimensions_from_before_the_window_to_after_now(
    cloudwatch: CloudWatchClient, stub: Stubber, window: dt.timedelta, period: int, start: dt.datetime
) -> None:
    asked = {
        "MetricDataQueries": [_query("v-1", 0, period), _query("v-2", 1, period)],
        "StartTime": start,
        "EndTime": NOW + MINUTE,
    }
    stub.add_response("get_metric_data", _page(_result(), _result(number=1)), asked)
    assert _count(cloudwatch, "v-1", "v-2", window=window) == Calls(0, complete=True)
    assert period_seconds(window) == period
    assert start <= NOW - window


def test_calls_of_all_variants_and_pages_are_added_up(cloudwatch: CloudWatchClient, stub: Stubber) -> None:
    stub.add_response("get_metric_data", _page(_result(1, 2), token="more"))
    stub.add_response("get_metric_data", _page(_result(4, number=1, at=NOW - 3 * MINUTE)))
    assert _count(cloudwatch, "v-1", "v-2") == Calls(7, complete=True)


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
@pytest.mark.parametrize("first", [True, False])
def test_one_incomplete_result_makes_the_answer_incomplete(
    cloudwatch: CloudWatchClient, stub: Stubber, status: str, *, first: bool
) -> None:
    results = [_result(status=status), _result(number=1)]
    stub.add_response("get_metric_data", _page(*(results if first else reversed(results))))
    assert not _count(cloudwatch, "v-1", "v-2").complete


def test_an_incomplete_page_is_not_mended_by_the_next(cloudwatch: CloudWatchClient, stub: Stubber) -> None:
    stub.add_response("get_metric_data", _page(_result(status="InternalError"), token="more"))
    stub.add_response("get_metric_data", _page(_result()))
    assert not _count(cloudwatch).complete


@pytest.mark.parametrize("results", [[], [_result()]])
def test_an_answer_that_leaves_a_variant_out_is_incomplete(
    cloudwatch: CloudWatchClient, stub: Stubber, results: list[dict[str, Any]]
) -> None:
    stub.add_response("get_metric_data", _page(*results))
    assert not _count(cloudwatch, "v-1", "v-2").complete
