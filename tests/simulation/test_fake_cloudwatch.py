"""The fake CloudWatch is as strict as AWS: asked wrongly or too early it shows nothing, and says that is complete."""

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.stack import NOW
from tests.simulation.fake_cloudwatch import FIVE_MINUTES, HOUR, MINUTE, FakeCloudWatch

SERIES = {"EndpointName": "ebb-abalone", "VariantName": "v-1"}


class Clock:
    now = NOW


def called(clock: Clock, delay: int = 60) -> FakeCloudWatch:
    cloudwatch = FakeCloudWatch(lambda: clock.now)
    cloudwatch.record("AWS/SageMaker", "Invocations", SERIES, 1, dt.timedelta(seconds=delay))
    return cloudwatch


def query(number: int, period: int = MINUTE, dimensions: Any = None, stat: str = "Sum") -> dict[str, Any]:
    told = [{"Name": name, "Value": value} for name, value in (dimensions or SERIES).items()]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": told}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}, "ReturnData": True}


def found(cloudwatch: FakeCloudWatch, asked: dict[str, Any]) -> list[float]:
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[asked], StartTime=NOW - dt.timedelta(hours=1), EndTime=NOW + dt.timedelta(hours=1)
    )
    (result,) = answer["MetricDataResults"]
    assert result["StatusCode"] == "Complete"
    return list(result["Values"])


def test_a_call_shows_when_its_delay_is_over() -> None:
    clock = Clock()
    cloudwatch = called(clock)
    clock.now = NOW + dt.timedelta(seconds=59)
    assert found(cloudwatch, query(0)) == []
    clock.now = NOW + dt.timedelta(seconds=60)
    assert found(cloudwatch, query(0)) == [1]


@pytest.mark.parametrize(
    "dimensions", [{"EndpointName": "ebb-abalone"}, {"VariantName": "v-1"}, SERIES | {"VariantName": "v-2"}]
)
def test_other_dimensions_match_nothing(dimensions: dict[str, str]) -> None:
    assert found(called(Clock(), delay=0), query(0, dimensions=dimensions)) == []


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (14, [MINUTE, FIVE_MINUTES, HOUR]),
        (16, [FIVE_MINUTES, HOUR]),
        (62, [FIVE_MINUTES, HOUR]),
        (64, [HOUR]),
        (456, []),
    ],
)
def test_old_points_are_kept_in_long_periods_only(days: int, shown: list[int]) -> None:
    clock = Clock()
    cloudwatch = called(clock)
    clock.now = NOW + dt.timedelta(days=days)
    assert [period for period in (MINUTE, FIVE_MINUTES, HOUR) if found(cloudwatch, query(0, period))] == shown


def test_blind_it_shows_nothing_and_says_it_is_complete() -> None:
    cloudwatch = called(Clock(), delay=0)
    cloudwatch.blind.append((NOW, NOW + dt.timedelta(hours=1)))
    assert found(cloudwatch, query(0)) == []


def test_a_partial_answer_says_so() -> None:
    cloudwatch = called(Clock(), delay=0)
    cloudwatch.partial = 1
    with pytest.raises(AssertionError):
        found(cloudwatch, query(0))
    assert found(cloudwatch, query(0)) == [1]


def test_no_more_than_500_are_asked_at_once() -> None:
    asked = {"StartTime": NOW - dt.timedelta(hours=1), "EndTime": NOW}
    with pytest.raises(ClientError, match="500"):
        called(Clock()).get_metric_data(MetricDataQueries=[query(number) for number in range(501)], **asked)
