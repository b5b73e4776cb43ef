"""`POST /_local/misbehave`: what anybody can order from outside, with what a client then sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SAGEMAKER_TRUST, Room, execution_statements, refusal
from tests.end_to_end.tide import eventually


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "doors")


@pytest.fixture(scope="module")
def config(room: Room) -> str:
    room.model("doors")
    room.config("doors", "doors")
    return "doors"


@contextmanager
def ordered(room: Room, name: str, value: Any) -> Iterator[None]:
    room.account.cloud.door("misbehave", {"name": name, "value": value})
    try:
        yield
    finally:
        room.account.cloud.door("misbehave", {"name": name, "value": None})


def tap(room: Room, endpoint: str) -> Any:
    pattern = {"source": ["aws.sagemaker"], "detail": {"EndpointName": [endpoint]}}
    return room.account.tap(f"{endpoint}-events", pattern)


def create(room: Room, name: str, config: str) -> None:
    room.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)


def test_an_update_rolls_back_without_a_word(room: Room, config: str) -> None:
    create(room, "doors-silent", config)
    room.endpoint_in("doors-silent", "InService")
    room.config("doors-other", "doors")
    with ordered(room, "fail_update", "silent"):
        room.sagemaker.update_endpoint(EndpointName="doors-silent", EndpointConfigName="doors-other")
        endpoint = room.endpoint_in("doors-silent", "InService")

    assert (endpoint["EndpointConfigName"], "FailureReason" in endpoint) == ("doors", False)
    room.sagemaker.delete_endpoint(EndpointName="doors-silent")


def test_a_creation_is_stuck_until_the_order_is_taken_back(room: Room, config: str) -> None:
    with ordered(room, "stuck_creating", value=True):
        create(room, "doors-stuck", config)
        room.account.cloud.advance("1h")
        room.sagemaker.create_training_job(**room.job("doors-meanwhile"))
        room.job_ended("doors-meanwhile")
        assert room.sagemaker.describe_endpoint(EndpointName="doors-stuck")["EndpointStatus"] == "Creating"
        assert "in-progress" in refusal(room.sagemaker.delete_endpoint, EndpointName="doors-stuck")[1]

    room.endpoint_in("doors-stuck", "InService")
    room.sagemaker.delete_endpoint(EndpointName="doors-stuck")


def test_every_event_comes_twice(room: Room, config: str) -> None:
    next_event = tap(room, "doors-twice")
    with ordered(room, "events", "twice"):
        create(room, "doors-twice", config)
        room.endpoint_in("doors-twice", "InService")

    statuses = [next_event()["detail"]["EndpointStatus"] for _ in range(4)]
    assert sorted(statuses) == ["CREATING", "CREATING", "IN_SERVICE", "IN_SERVICE"]
    room.sagemaker.delete_endpoint(EndpointName="doors-twice")


def test_no_endpoint_event_comes_at_all(room: Room, config: str) -> None:
    next_event = tap(room, "doors-quiet")
    with ordered(room, "endpoint_events", "off"):
        create(room, "doors-quiet", config)
        room.endpoint_in("doors-quiet", "InService")

    room.sagemaker.delete_endpoint(EndpointName="doors-quiet")
    assert next_event()["detail"]["EndpointStatus"] == "DELETING"  # the first that was heard of it


def test_a_quota_of_zero(room: Room, config: str) -> None:
    request = {"EndpointName": "doors-none", "EndpointConfigName": config}
    with ordered(room, "quotas", {"endpoints": 0, "training": {"ml.m5.large": 0}}):
        code, message = refusal(room.sagemaker.create_endpoint, **request)
        assert code == "ResourceLimitExceeded"
        assert message.startswith("The account-level service limit 'Maximum number of serverless endpoints' is 0 None")
        assert refusal(room.sagemaker.create_training_job, **room.job("doors-none"))[0] == "ResourceLimitExceeded"

    assert room.sagemaker.create_endpoint(**request)
    room.endpoint_in("doors-none", "InService")
    room.sagemaker.delete_endpoint(EndpointName="doors-none")


def test_a_fresh_role_cannot_be_assumed_yet(room: Room) -> None:
    """Seen: "Could not assume role" for a while after the role was made."""
    role = room.account.role("doors-fresh", *execution_statements(), trust=SAGEMAKER_TRUST)
    job = room.job("doors-fresh", RoleArn=role)
    with ordered(room, "role_delay", 3600):
        code, message = refusal(room.sagemaker.create_training_job, **job)
        assert (code, message.partition(".")[0]) == ("ValidationException", f"Could not assume role {role}")
        assert "Could not access model data" in refusal(room.model, name="doors-fresh", ExecutionRoleArn=role)[1]
        room.account.cloud.advance("61m")
        room.sagemaker.create_training_job(**job)

    assert room.job_ended("doors-fresh")["TrainingJobStatus"] == "Completed"


def test_an_endpoint_whose_role_is_too_young_fails(room: Room) -> None:
    role = room.account.role("doors-young", *execution_statements(), trust=SAGEMAKER_TRUST)
    room.model("doors-young", ExecutionRoleArn=role)
    room.config("doors-young", "doors-young")
    with ordered(room, "role_delay", 3600):
        create(room, "doors-young", "doors-young")
        endpoint = room.endpoint_in("doors-young", "Failed", "InService")

    assert endpoint["EndpointStatus"] == "Failed"
    assert endpoint["FailureReason"].startswith(f"Could not assume role {role}.")
    room.sagemaker.delete_endpoint(EndpointName="doors-young")
    eventually(lambda: not room.sagemaker.list_endpoints(NameContains="doors-young")["Endpoints"], "gone")


def test_an_order_that_is_none_is_refused(room: Room) -> None:
    with pytest.raises(OSError, match="400"):
        room.account.cloud.door("misbehave", {"name": "role_delay", "value": "soon"})
