"""Lists and searches: page sizes, tokens, filters and sort orders, and ListTrainingJobs' odd status filter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room, refusal
from tests.end_to_end.tide import eventually

FAR = timedelta(days=4000)  # other tests move the clock
CONFIGS = 12
JOBS = ("lists-job-a", "lists-job-b", "lists-job-c")


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    """One model, twelve configs, three jobs of which the middle one failed, one endpoint."""
    room = Room(account, "lists")
    room.model("lists-model")
    for number in range(CONFIGS):
        room.config(f"lists-{number:02}", "lists-model")
    for name in JOBS:
        room.sagemaker.create_training_job(
            **room.job(name, HyperParameters={"num_round": "0" if "b" in name[-1] else "2"})
        )
    room.config("lists-config", "lists-model")
    room.sagemaker.create_endpoint(
        EndpointName="lists-endpoint", EndpointConfigName="lists-config", Tags=[{"Key": "team:a", "Value": "blue"}]
    )
    for name in JOBS:
        room.job_ended(name)
    room.endpoint_in("lists-endpoint", "InService")
    return room


def configs(room: Room, **request: Any) -> list[str]:
    found = room.sagemaker.list_endpoint_configs(NameContains="lists-", **request)
    return [config["EndpointConfigName"] for config in found["EndpointConfigs"]]


def test_a_page_has_ten_unless_asked_for_more_and_at_most_a_hundred(room: Room) -> None:
    assert len(configs(room)) == 10
    assert len(configs(room, MaxResults=100)) == CONFIGS + 1
    code, message = refusal(room.sagemaker.list_endpoint_configs, MaxResults=101)
    assert (code, "less than or equal to 100" in message) == ("ValidationException", True)
    assert refusal(room.sagemaker.list_endpoint_configs, MaxResults=0)[0] == "ValidationException"


def test_newest_first_unless_asked_otherwise(room: Room) -> None:
    assert configs(room, MaxResults=2) == ["lists-config", "lists-11"]
    assert configs(room, MaxResults=2, SortOrder="Ascending") == ["lists-00", "lists-01"]
    assert configs(room, MaxResults=2, SortBy="Name", SortOrder="Ascending") == ["lists-00", "lists-01"]
    assert configs(room, MaxResults=1, SortBy="Name") == ["lists-config"]


def test_pages_follow_each_other_even_when_something_is_deleted_between_them(room: Room) -> None:
    room.config("lists-13-brief", "lists-model")
    request = {"NameContains": "lists-", "MaxResults": 5}
    first = room.sagemaker.list_endpoint_configs(**request)
    room.sagemaker.delete_endpoint_config(EndpointConfigName="lists-13-brief")

    second = room.sagemaker.list_endpoint_configs(**request, NextToken=first["NextToken"])

    last, next_one = first["EndpointConfigs"][-1], second["EndpointConfigs"][0]
    assert (last["EndpointConfigName"], next_one["EndpointConfigName"]) == ("lists-09", "lists-08")


def test_a_token_that_is_none_is_refused(room: Room) -> None:
    for token in ("nonsense", "W10x", "e30="):
        assert refusal(room.sagemaker.list_models, NextToken=token)[0] == "ValidationException"


def test_times_filter(room: Room) -> None:
    now = datetime.now(UTC)

    assert configs(room, CreationTimeAfter=now + FAR) == []
    assert configs(room, CreationTimeBefore=now - FAR) == []
    assert len(configs(room, CreationTimeAfter=now - timedelta(hours=1), CreationTimeBefore=now + FAR)) == 10
    found = room.sagemaker.list_endpoints(LastModifiedTimeAfter=now + FAR)["Endpoints"]
    assert found == []


def test_an_endpoint_is_listed_without_config_and_tags(room: Room) -> None:
    listed = room.sagemaker.list_endpoints(NameContains="lists-", StatusEquals="InService")["Endpoints"]

    members = {"EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"}
    assert [endpoint.keys() for endpoint in listed] == [members]
    assert room.sagemaker.list_endpoints(NameContains="lists-", StatusEquals="Failed")["Endpoints"] == []


def jobs(room: Room, **request: Any) -> tuple[list[str], bool]:
    found = room.sagemaker.list_training_jobs(NameContains="lists-job", **request)
    return [job["TrainingJobName"] for job in found["TrainingJobSummaries"]], "NextToken" in found


def test_training_jobs_come_oldest_first(room: Room) -> None:
    assert jobs(room)[0] == list(JOBS)
    assert jobs(room, SortOrder="Descending")[0] == list(JOBS[::-1])


def test_the_status_of_training_jobs_is_filtered_after_the_page_was_cut(room: Room) -> None:
    assert jobs(room, StatusEquals="Failed")[0] == ["lists-job-b"]
    assert jobs(room, StatusEquals="Failed", MaxResults=1) == ([], True)
    assert jobs(room, StatusEquals="Failed", MaxResults=2) == (["lists-job-b"], True)


def search(room: Room, *filters: dict[str, str], resource: str = "Endpoint", **request: Any) -> list[dict[str, Any]]:
    expression = {"SearchExpression": {"Filters": list(filters), **request.pop("expression", {})}} if filters else {}
    found = room.sagemaker.search(Resource=resource, **expression, **request)
    assert found["TotalHits"]["Value"] >= len(found["Results"])
    return [record[resource] for record in found["Results"]]


OURS = {"Name": "EndpointName", "Operator": "Contains", "Value": "lists-"}
MATCHING = [
    {"Name": "EndpointName", "Value": "lists-endpoint"},
    {"Name": "EndpointConfigName", "Operator": "Equals", "Value": "lists-config"},
    {"Name": "EndpointStatus", "Operator": "In", "Value": "Failed,InService"},
    {"Name": "EndpointStatus", "Operator": "NotEquals", "Value": "Failed"},
    {"Name": "Tags.team:a", "Operator": "Equals", "Value": "blue"},
    {"Name": "Tags.team:a", "Operator": "Exists"},
    {"Name": "Tags.none", "Operator": "NotExists"},
    {"Name": "FailureReason", "Operator": "NotExists"},
    {"Name": "CreationTime", "Operator": "GreaterThan", "Value": "2020-01-01T00:00:00"},
    {
        "Name": "ProductionVariants.CurrentServerlessConfig.MaxConcurrency",
        "Operator": "LessThanOrEqualTo",
        "Value": "2",
    },
]
OTHER = [
    {"Name": "EndpointName", "Value": "lists-endpoin"},
    {"Name": "EndpointStatus", "Operator": "In", "Value": "Failed,Creating"},
    {"Name": "Tags.team:a", "Operator": "NotEquals", "Value": "blue"},
    {"Name": "Tags.team:a", "Operator": "NotExists"},
    {"Name": "CreationTime", "Operator": "LessThan", "Value": "2020-01-01T00:00:00"},
]


@pytest.mark.parametrize("condition", MATCHING, ids=lambda each: f"{each['Name']}-{each.get('Operator')}")
def test_search_finds_an_endpoint_by(room: Room, condition: dict[str, str]) -> None:
    found = search(room, OURS, condition)

    assert [endpoint["EndpointName"] for endpoint in found] == ["lists-endpoint"]
    assert found[0]["EndpointConfigName"] == "lists-config"
    assert found[0]["Tags"] == [{"Key": "team:a", "Value": "blue"}]


@pytest.mark.parametrize("condition", OTHER, ids=lambda each: f"{each['Name']}-{each.get('Operator')}")
def test_search_does_not_find_it_by(room: Room, condition: dict[str, str]) -> None:
    assert search(room, OURS, condition) == []


def test_search_combines_filters_with_or_and_nests_expressions(room: Room) -> None:
    nothing = {"Name": "EndpointName", "Value": "nothing"}
    assert len(search(room, OURS, nothing, expression={"Operator": "Or"})) == 1
    nested = {"SubExpressions": [{"Filters": [nothing, OURS], "Operator": "Or"}]}
    assert len(search(room, OURS, expression=nested)) == 1


def test_search_pages_through_training_jobs(room: Room) -> None:
    ours = {"Name": "TrainingJobName", "Operator": "Contains", "Value": "lists-job"}
    request = {"Resource": "TrainingJob", "SearchExpression": {"Filters": [ours]}, "MaxResults": 2}
    request |= {"SortBy": "TrainingJobName", "SortOrder": "Ascending"}

    first = room.sagemaker.search(**request)
    second = room.sagemaker.search(**request, NextToken=first["NextToken"])

    found = [record["TrainingJob"]["TrainingJobName"] for page in (first, second) for record in page["Results"]]
    assert found == list(JOBS)
    assert "NextToken" not in second
    by_metric = {"Name": "HyperParameters.num_round", "Operator": "GreaterThan", "Value": "1"}
    assert len(search(room, ours, by_metric, resource="TrainingJob")) == 2


def test_search_refuses_what_it_cannot_answer(room: Room) -> None:
    for request, expected in (
        ({"Resource": "Pipeline"}, "does not emulate Search for Pipeline"),
        ({"Resource": "Endpoint", "MaxResults": 101}, "less than or equal to 100"),
        ({"Resource": "Endpoint", "SearchExpression": {"Filters": [{"Name": "Colour"}]}}, "Unknown property name"),
        ({"Resource": "Endpoint", "SearchExpression": {"Filters": [OURS] * 21}}, "less than or equal to 20"),
        (
            {
                "Resource": "Endpoint",
                "SearchExpression": {"SubExpressions": [{"Filters": [OURS] * 20}] * 3},
            },
            "up to 50",
        ),
        (
            {
                "Resource": "Endpoint",
                "SearchExpression": {"Filters": [{**OURS, "Operator": "GreaterThan"}]},
            },
            "not supported for text properties",
        ),
    ):
        code, message = refusal(room.sagemaker.search, **request)
        assert (code, expected in message) == ("ValidationException", True), message


def test_a_deleted_endpoint_is_no_longer_found(room: Room) -> None:
    room.config("lists-gone", "lists-model")
    room.sagemaker.create_endpoint(EndpointName="gone-endpoint", EndpointConfigName="lists-gone")
    room.endpoint_in("gone-endpoint", "InService")

    room.sagemaker.delete_endpoint(EndpointName="gone-endpoint")

    eventually(lambda: not search(room, {"Name": "EndpointName", "Value": "gone-endpoint"}), "nothing found")
