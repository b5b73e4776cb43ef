"""CloudWatch is read as strictly as AWS's: the tear-down's safety rests on it."""

from __future__ import annotations

import datetime as dt
import http.client
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.server import Server
from tests.end_to_end.local_cloud.conftest import Account

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def now(cloud: Server) -> dt.datetime:
    """The cloud's own, which other tests have moved, in the middle of a minute."""
    moved = dt.timedelta(seconds=cloud.door("clock")["offset_seconds"])
    return (dt.datetime.now(dt.UTC) + moved).replace(second=30, microsecond=0) - dt.timedelta(minutes=1)


def put(account: Account, name: str, *times: dt.datetime, **dimensions: str) -> None:
    given = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    data = [{"MetricName": name, "Value": 1.0, "Timestamp": time, "Dimensions": given} for time in times]
    account.client("cloudwatch").put_metric_data(Namespace="Calls", MetricData=data)


def query(name: str, period: int = 60, id_: str = "q0", **dimensions: str) -> dict[str, Any]:
    given = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "Calls", "MetricName": name, "Dimensions": given}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}}


def ask(account: Account, queries: list[dict[str, Any]], end: dt.datetime, back: dt.timedelta, **more: Any) -> Any:
    return account.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=end - back, EndTime=end + HOUR, **more
    )


@pytest.mark.parametrize(
    ("days", "periods"), [(1, {60, 300, 3600}), (16, {300, 3600}), (62, {300, 3600}), (64, {3600}), (456, set())]
)
def test_points_are_kept_by_age_and_period(account: Account, now: dt.datetime, days: int, periods: set[int]) -> None:
    """AWS documents: 60 s for 15 days, 300 s for 63 days, 3,600 s for 455 days; finer queries return nothing."""
    put(account, f"Aged{days}", now - days * DAY)

    queries = [query(f"Aged{days}", period, f"p{period}") for period in (60, 300, 3600)]
    found = ask(account, queries, now, (days + 1) * DAY)["MetricDataResults"]

    assert {int(result["Id"][1:]) for result in found if result["Values"] == [1.0]} == periods
    assert {result["StatusCode"] for result in found} == {"Complete"}


def test_a_query_finds_the_metric_with_exactly_its_dimensions(account: Account, now: dt.datetime) -> None:
    """AWS documents: no traffic gives no datapoints, and one dimension of two matches nothing."""
    put(account, "Exact", now, EndpointName="e", VariantName="v")

    queries = [
        query("Exact", id_="both", EndpointName="e", VariantName="v"),
        query("Exact", id_="one", EndpointName="e"),
        query("Exact", id_="none"),
    ]
    found = {result["Id"]: result["Values"] for result in ask(account, queries, now, HOUR)["MetricDataResults"]}
    assert found == {"both": [1.0], "one": [], "none": []}

    statistics = account.client("cloudwatch").get_metric_statistics(
        Namespace="Calls", MetricName="Exact", StartTime=now - HOUR, EndTime=now + HOUR, Period=60, Statistics=["Sum"]
    )
    assert statistics["Datapoints"] == []


def test_the_newest_point_comes_first_unless_asked_otherwise(account: Account, now: dt.datetime) -> None:
    put(account, "Ordered", now - HOUR, now)

    newest = ask(account, [query("Ordered")], now, DAY)["MetricDataResults"][0]["Timestamps"]
    oldest = ask(account, [query("Ordered")], now, DAY, ScanBy="TimestampAscending")["MetricDataResults"][0]

    assert newest == sorted(newest, reverse=True)
    assert oldest["Timestamps"] == newest[::-1]


def test_pages_are_partial_until_the_last_one(account: Account, now: dt.datetime) -> None:
    put(account, "Paged", *(now - number * HOUR for number in range(3)))
    put(account, "Paged2", now)
    queries = [query("Paged"), query("Paged2", id_="q1")]

    first = ask(account, queries, now, DAY, MaxDatapoints=2)
    last = ask(account, queries, now, DAY, MaxDatapoints=2, NextToken=first["NextToken"])

    def shape(page: Any) -> list[tuple[str, int, str]]:
        return [(found["Id"], len(found["Values"]), found["StatusCode"]) for found in page["MetricDataResults"]]

    assert shape(first) == [("q0", 2, "PartialData")]
    assert shape(last) == [("q0", 1, "Complete"), ("q1", 1, "Complete")]
    assert "NextToken" not in last


def test_a_page_holds_100800_datapoints(account: Account, now: dt.datetime) -> None:
    """AWS documents: a call returns up to 100,800 datapoints; what does not fit comes with the next token."""
    minutes = [now - number * dt.timedelta(minutes=1) for number in range(202)]
    put(account, "Wide", *minutes)
    queries = [query("Wide", id_=f"q{number}") for number in range(500)]

    first = ask(account, queries, now, DAY)
    last = ask(account, queries, now, DAY, NextToken=first["NextToken"])

    counts = [sum(len(found["Values"]) for found in page["MetricDataResults"]) for page in (first, last)]
    assert counts == [100_800, 200]
    assert "NextToken" not in last


@pytest.mark.parametrize("most", [0, 100_801])
def test_more_than_100800_datapoints_cannot_be_asked_for(account: Account, now: dt.datetime, most: int) -> None:
    with pytest.raises(ClientError, match="MaxDatapoints"):
        ask(account, [query("X")], now, HOUR, MaxDatapoints=most)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([query("X", id_=f"q{number}") for number in range(501)], "between 1 and 500"),
        ([query("X", id_="Upper")], "is not matching"),
        ([query("X", id_="my-endpoint")], "is not matching"),
        ([query("X"), query("X")], "not unique"),
        ([query("X", 45)], "multiple of 60"),
        ([query("X", 90)], "multiple of 60"),
        ([{"Id": "q0"}], "MetricStat or Expression"),
    ],
    ids=["501 queries", "upper-case id", "name as id", "equal ids", "period 45", "period 90", "no metric"],
)
def test_queries_that_aws_refuses_are_refused(
    account: Account, now: dt.datetime, queries: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        ask(account, queries, now, HOUR)


def test_a_window_must_begin_before_it_ends(account: Account, now: dt.datetime) -> None:
    with pytest.raises(ClientError, match="StartTime must be less than"):
        ask(account, [query("X")], now, -2 * HOUR)


def test_statistics_are_limited_to_1440_datapoints(account: Account, now: dt.datetime) -> None:
    asked = {"Namespace": "Calls", "MetricName": "Limited", "Period": 60, "Statistics": ["Sum"], "EndTime": now}
    cloudwatch = account.client("cloudwatch")

    assert cloudwatch.get_metric_statistics(**asked, StartTime=now - DAY)["Datapoints"] == []
    with pytest.raises(ClientError, match=r"requested up to 1,441 datapoints, which exceeds the limit of 1,440"):
        cloudwatch.get_metric_statistics(**asked, StartTime=now - DAY - dt.timedelta(minutes=1))


def test_metrics_are_listed_500_a_page_and_silent_ones_not_at_all(account: Account, now: dt.datetime) -> None:
    cloudwatch = account.client("cloudwatch")
    for name, age in (("Fresh", dt.timedelta()), ("Quiet", 4 * HOUR), ("Silent", 15 * DAY)):
        data = [{"MetricName": name, "Value": 1.0, "Timestamp": now - age}]
        cloudwatch.put_metric_data(Namespace="Listed", MetricData=data)
    many = [{"MetricName": f"M{number}", "Value": 1.0, "Timestamp": now} for number in range(501)]
    cloudwatch.put_metric_data(Namespace="Many", MetricData=many)

    def names(**asked: str) -> set[str]:
        return {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="Listed", **asked)["Metrics"]}

    assert names() == {"Fresh", "Quiet"}
    assert names(RecentlyActive="PT3H") == {"Fresh"}
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="Many"))
    assert [len(page["Metrics"]) for page in pages] == [500, 1]


@pytest.mark.parametrize(
    ("misbehaviour", "values", "status"),
    [
        ("blind", [], "Complete"),
        ("partial", [1.0], "PartialData"),
        ("failing", [], "InternalError"),
        ("late 30m", [1.0], "Complete"),
        ("clear", [1.0, 1.0], "Complete"),
    ],
)
def test_cloudwatch_misbehaves_on_order(
    account: Account, now: dt.datetime, misbehaviour: str, values: list[float], status: str
) -> None:
    name = misbehaviour.partition(" ")[0].title()
    put(account, name, now - HOUR, now)
    account.cloud.door("misbehave", {"name": "metrics", "value": misbehaviour})
    try:
        found = ask(account, [query(name)], now, DAY)["MetricDataResults"][0]
    finally:
        account.cloud.door("misbehave", {"name": "metrics", "value": None})

    assert (found["Values"], found["StatusCode"]) == (values, status)


def test_the_query_protocol_gets_the_same_answers(account: Account, now: dt.datetime) -> None:
    """As older SDKs and the AWS CLI speak it."""
    put(account, "Spoken", now, EndpointName="e")
    prefix = "MetricDataQueries.member.1"
    window = {"StartTime": f"{now - HOUR:%Y-%m-%dT%H:%M:%SZ}", "EndTime": f"{now + HOUR:%Y-%m-%dT%H:%M:%SZ}"}
    asked = {
        "Action": "GetMetricData",
        f"{prefix}.Id": "q0",
        f"{prefix}.MetricStat.Metric.Namespace": "Calls",
        f"{prefix}.MetricStat.Metric.MetricName": "Spoken",
        f"{prefix}.MetricStat.Metric.Dimensions.member.1.Name": "EndpointName",
        f"{prefix}.MetricStat.Metric.Dimensions.member.1.Value": "e",
        f"{prefix}.MetricStat.Period": "60",
        f"{prefix}.MetricStat.Stat": "Sum",
        **window,
    }

    status, answer = say(account.cloud, asked)
    assert status == 200
    assert "<Values><member>1.0</member></Values>" in answer
    assert "<StatusCode>Complete</StatusCode>" in answer
    status, answer = say(account.cloud, {**asked, f"{prefix}.Id": "Q"})
    assert (status, "<Code>ValidationError</Code>" in answer) == (400, True)
    assert "<MetricName>Spoken</MetricName>" in say(account.cloud, {"Action": "ListMetrics", "Namespace": "Calls"})[1]


def say(cloud: Server, members: dict[str, str]) -> tuple[int, str]:
    body = urlencode({**members, "Version": "2010-08-01"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", cloud.settings.endpoint_url + "/", data=body, headers=headers)
    keys = Credentials(cloud.settings.access_key, cloud.settings.secret)
    SigV4Auth(keys, "monitoring", "eu-central-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=60)
    connection.request("POST", "/", body, dict(request.headers))
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found
