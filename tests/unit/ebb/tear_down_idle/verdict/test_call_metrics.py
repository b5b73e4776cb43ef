"""CloudWatch is asked under both dimensions, about at least what is meant, and only a complete answer counts as one."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from mypy_boto3_cloudwatch import CloudWatchClient

from ebb.tear_down_idle.verdict.call_metrics import (
    HOUR,
    MINUTE,
    Question,
    ask,
    errors_of,
    of_known_calls,
    of_window,
    series,
)
from ebb.tear_down_idle.verdict.verdict import Answer

NOW = dt.datetime(2026, 11, 22, 16, 7, 31, tzinfo=dt.UTC)
ONE_MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=24)
HERE = series("ebb-abalone", "v-1")
moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
UNKNOWN = Answer(complete=False)


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
    *values: float, status: str = "Complete", at: Sequence[dt.datetime] | None = None, number: int = 0
) -> dict[str, Any]:
    times = at or [NOW - dt.timedelta(hours=1 + hour) for hour in range(len(values))]
    return {"Id": f"q{number}", "Values": list(values), "Timestamps": list(times), "StatusCode": status}


def _question(since: dt.timedelta = DAY, until: dt.timedelta = dt.timedelta(), period: int = HOUR) -> Question:
    return Question(HERE, NOW - since, NOW - until, period)


@pytest.mark.parametrize(
    ("window", "period", "start", "end"),
    [
        (DAY, HOUR, "2026-11-21T16:00", "2026-11-22T17:00"),
        (dt.timedelta(hours=6), HOUR, "2026-11-22T10:00", "2026-11-22T17:00"),
        (dt.timedelta(hours=5, minutes=59), MINUTE, "2026-11-22T10:08", "2026-11-22T16:08"),
        (ONE_MINUTE, MINUTE, "2026-11-22T16:06", "2026-11-22T16:08"),
    ],
)
def test_a_series_is_asked_under_both_dimensions_for_the_whole_window(
    cloudwatch: CloudWatchClient, stub: Stubber, window: dt.timedelta, period: int, start: str, end: str
) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "ebb-abalone"}, {"Name": "VariantName", "Value": "v-1"}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    query = {"Id": "q0", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, "ReturnData": True}
    begin, over = (dt.datetime.fromisoformat(f"{text}+00:00") for text in (start, end))
    stub.add_response(
        "get_metric_data", _page(_result()), {"MetricDataQueries": [query], "StartTime": begin, "EndTime": over}
    )
    assert ask(cloudwatch, [of_window(HERE, window, NOW)]) == [Answer()]


@given(moments, st.timedeltas(ONE_MINUTE, 31 * DAY))
def test_rounding_only_ever_widens_a_window(now: dt.datetime, window: dt.timedelta) -> None:
    asked = of_window(HERE, window, now)
    assert now - window - dt.timedelta(seconds=asked.period) < asked.start <= now - window
    assert now <= asked.end < now + dt.timedelta(seconds=asked.period)
    assert (asked.end - asked.start).total_seconds() % asked.period == 0
    assert asked.start.timestamp() % asked.period == 0


def test_errors_are_counted_by_their_sum_which_is_all_that_aws_documents() -> None:
    asked = errors_of(_question())
    assert [(one.metric, one.statistic) for one in asked] == [
        ("Invocation4XXErrors", "Sum"),
        ("Invocation5XXErrors", "Sum"),
    ]
    assert {(one.start, one.end, one.period, str(one.dimensions)) for one in asked} == {
        (_question().start, _question().end, HOUR, str(HERE))
    }


@pytest.mark.parametrize(
    ("age", "period"),
    [
        (dt.timedelta(hours=1), 60),
        (dt.timedelta(days=14, hours=22), 60),
        (dt.timedelta(days=14, hours=23), 300),
        (dt.timedelta(days=15), 300),
        (dt.timedelta(days=62, hours=22), 300),
        (dt.timedelta(days=62, hours=23), 3600),
        (dt.timedelta(days=454), 3600),
    ],
)
def test_known_calls_are_asked_for_in_the_shortest_period_that_is_kept(age: dt.timedelta, period: int) -> None:
    """AWS documents: minutes for 15 days, five minutes for 63; a shorter period than what is kept finds nothing."""
    asked = of_known_calls(HERE, NOW - age, NOW - age + ONE_MINUTE, NOW)
    assert asked.period == period
    assert asked.start <= NOW - age
    assert asked.end >= NOW - age + 2 * ONE_MINUTE


def test_only_datapoints_of_its_own_span_count(cloudwatch: CloudWatchClient, stub: Stubber) -> None:
    """Questions in one call share one span, the widest."""
    short = _question(2 * ONE_MINUTE, period=MINUTE)
    at = [short.start - ONE_MINUTE, short.start, short.end - ONE_MINUTE, short.end]
    results = [_result(1, 2, 4, 8, at=at), _result(1, 2, 4, 8, at=at, number=1)]
    stub.add_response("get_metric_data", _page(*results))
    first, second = ask(cloudwatch, [short, _question(dt.timedelta(hours=1), period=MINUTE)])
    assert (first.count, first.newest) == (6, short.end)
    assert second.count == 7


def test_the_newest_call_is_when_its_period_ends_and_no_datapoint_of_zero(
    cloudwatch: CloudWatchClient, stub: Stubber
) -> None:
    at = [dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC) for hour in (14, 9, 15)]
    stub.add_response("get_metric_data", _page(_result(1, 2, 0, at=at)))
    assert ask(cloudwatch, [_question()]) == [Answer(3, dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC))]


def test_calls_of_all_pages_are_added_up(cloudwatch: CloudWatchClient, stub: Stubber) -> None:
    stub.add_response("get_metric_data", _page(_result(1, 2), _result(number=1), token="more"))
    stub.add_response("get_metric_data", _page(_result(4, number=1), _result(8)))
    assert [answer.count for answer in ask(cloudwatch, [_question(), _question()])] == [11, 4]


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_one_that_is_not_answered_completely_is_not_complete_and_the_others_are(
    cloudwatch: CloudWatchClient, stub: Stubber, status: str
) -> None:
    stub.add_response("get_metric_data", _page(_result(status=status), _result(1, number=1), token="more"))
    stub.add_response("get_metric_data", _page(_result(), _result(1, number=1)))
    first, second, missing = ask(cloudwatch, [_question(), _question(), _question()])
    assert (first.complete, second.complete, second.count) == (False, True, 2)
    assert missing == UNKNOWN


def test_nothing_is_asked_for_nothing() -> None:
    assert _calls([]) == []


class FakeCloudWatch:
    """Has one call of each series in the last minute, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "FakeCloudWatch":
        assert operation == "get_metric_data"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        for query in asked["MetricDataQueries"]:
            number = int(query["Id"].removeprefix("q"))
            yield _page(_result(number + 1, number=number, at=[NOW.replace(minute=0, second=0) - DAY]))


def _calls(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """What is asked in each call, after a look at the answers: each is the one to its own question."""
    cloudwatch: Any = FakeCloudWatch()
    answers = ask(cloudwatch, questions)
    at = NOW.replace(minute=0, second=0) - DAY
    counts = [number + 1 if one.start <= at < one.end else 0 for number, one in enumerate(questions)]
    assert [answer.count for answer in answers] == counts
    assert all(answer.complete for answer in answers)
    return list(cloudwatch.asked)


def _datapoints(call: dict[str, Any]) -> int:
    queries, span = call["MetricDataQueries"], call["EndTime"] - call["StartTime"]
    return sum(-(-int(span.total_seconds()) // query["MetricStat"]["Period"]) for query in queries)


@pytest.mark.parametrize(("asked", "calls"), [(1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3)])
def test_five_hundred_series_go_into_one_call(asked: int, calls: int) -> None:
    told = _calls([_question()] * asked)
    assert [len(call["MetricDataQueries"]) for call in told][:-1] == [500] * (calls - 1)
    assert len(told) == calls


def test_no_call_asks_for_more_than_may_be_answered() -> None:
    """A window of 31 days has 745 hours, one of 359 minutes 361 minutes."""
    told = _calls([_question(31 * DAY)] * 400 + [_question(359 * ONE_MINUTE, period=MINUTE)] * 400)
    assert [len(call["MetricDataQueries"]) for call in told] == [135, 135, 130, 279, 121]
    assert max(map(_datapoints, told)) <= 100_800


def test_a_series_that_is_short_is_asked_for_as_long_as_the_longest_beside_it() -> None:
    """All of one call have one span: what begins later and ends earlier costs as much as the others."""
    long, short = _question(10_000 * ONE_MINUTE, period=MINUTE), _question(9000 * ONE_MINUTE, 8990 * ONE_MINUTE, MINUTE)
    told = _calls([long, *[short] * 30])
    assert len(told) == 2
    assert max(map(_datapoints, told)) <= 100_800


questions = st.builds(
    _question,
    st.timedeltas(dt.timedelta(), 40 * DAY),
    st.timedeltas(-ONE_MINUTE, dt.timedelta()),
    st.sampled_from([MINUTE, 300, HOUR]),
)


@given(st.lists(questions, max_size=40))
def test_each_call_has_one_period_covers_what_it_asks_and_is_not_too_large(asked: list[Question]) -> None:
    calls = _calls(asked)
    found = [int(query["Id"].removeprefix("q")) for call in calls for query in call["MetricDataQueries"]]
    assert sorted(found) == list(range(len(asked)))
    for call in calls:
        of_call = [asked[int(query["Id"].removeprefix("q"))] for query in call["MetricDataQueries"]]
        assert len({question.period for question in of_call}) == 1
        assert call["StartTime"] <= min(question.start for question in of_call)
        assert call["EndTime"] >= max(question.end for question in of_call)
        assert _datapoints(call) <= 100_800 or len(of_call) == 1
