"""Every change of state is an event on the bus, in the shape AWS sends it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.stack import REGION
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, SERVERLESS, Room

RED = [{"Key": "team", "Value": "red"}]


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "events")


def tap(room: Room, name: str, what: str, member: str) -> Any:
    """The next event about the one that is called `events-…`."""
    detail_type = f"SageMaker {what} State Change"
    pattern = {"source": ["aws.sagemaker"], "detail-type": [detail_type], "detail": {member: [{"prefix": "events-"}]}}
    return room.account.tap(name, pattern)


def until(next_event: Any, member: str, last: str) -> list[dict[str, Any]]:
    events = [next_event()]
    while events[-1]["detail"][member] != last:
        events.append(next_event())
    return events


def test_a_job_announces_each_step(room: Room) -> None:
    next_event = tap(room, "job-steps", "Training Job", "TrainingJobName")
    created = room.sagemaker.create_training_job(**room.job("events-job", Tags=RED))

    events = until(next_event, "TrainingJobStatus", "Completed")

    secondary = [event["detail"]["SecondaryStatus"] for event in events]
    assert secondary == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    first, last = events[0], events[-1]
    assert first["resources"] == [created["TrainingJobArn"]]
    assert (first["account"], first["region"], first["version"]) == (room.account.id, REGION, "0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["time"])
    assert first["detail"]["Tags"] == {"team": "red"}
    assert first["detail"]["FailureReason"] is None
    assert first["detail"]["TrainingStartTime"] is None
    assert first["detail"]["AlgorithmSpecification"] == {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
    assert isinstance(last["detail"]["TrainingEndTime"], int)
    assert last["detail"]["TrainingEndTime"] > 1_500_000_000_000
    assert isinstance(last["detail"]["SecondaryStatusTransitions"][0]["StartTime"], int)
    absent = {"FinalMetricDataList", "BillableTimeInSeconds", "Environment", "MetricDefinitions"}
    assert not absent & last["detail"].keys()


def test_a_failed_and_a_stopped_job_say_so(room: Room) -> None:
    next_event = tap(room, "job-ends", "Training Job", "TrainingJobName")
    room.sagemaker.create_training_job(**room.job("events-failing", HyperParameters={"num_round": "0"}))
    failed = until(next_event, "TrainingJobStatus", "Failed")[-1]["detail"]
    assert failed["FailureReason"].startswith("AlgorithmError: ")

    room.sagemaker.create_training_job(**room.job("events-stopped"))
    room.sagemaker.stop_training_job(TrainingJobName="events-stopped")
    statuses = [event["detail"]["TrainingJobStatus"] for event in until(next_event, "TrainingJobStatus", "Stopped")]
    assert statuses[-2:] == ["Stopping", "Stopped"]


def test_models_configs_and_endpoints_announce_their_changes(room: Room) -> None:
    models = tap(room, "model-changes", "Model", "ModelName")
    configs = tap(room, "config-changes", "Endpoint Config", "EndpointConfigName")
    endpoints = tap(room, "endpoint-changes", "Endpoint", "EndpointName")
    room.model("events-model", Tags=RED)
    config = room.config("events-config", "events-model")
    arn = room.sagemaker.create_endpoint(EndpointName="events-One", EndpointConfigName="events-config", Tags=RED)

    model = models()["detail"]
    assert model["PrimaryContainer"]["ContainerHostname"] == "container_1"
    assert (model["ExecutionRoleArn"], model["Tags"]) == (room.role, {"team": "red"})
    created = configs()
    assert (created["resources"], created["detail"]["Tags"]) == ([config], {})
    variant = created["detail"]["ProductionVariants"][0]
    assert (variant["ServerlessConfig"], variant["InstanceType"]) == (SERVERLESS, None)

    events = until(endpoints, "EndpointStatus", "IN_SERVICE")
    assert [event["detail"]["EndpointStatus"] for event in events] == ["CREATING", "IN_SERVICE"]
    assert events[0]["resources"] == [arn["EndpointArn"]]
    detail = events[0]["detail"]
    assert (detail["EndpointName"], detail["EndpointArn"]) == ("events-One", arn["EndpointArn"])
    assert detail["EndpointArn"].endswith("endpoint/events-one")
    assert isinstance(detail["CreationTime"], int)
    assert detail["Tags"] == {"team": "red"}

    room.sagemaker.update_endpoint(EndpointName="events-One", EndpointConfigName="events-config")
    statuses = [event["detail"]["EndpointStatus"] for event in until(endpoints, "EndpointStatus", "IN_SERVICE")]
    assert statuses == ["UPDATING", "IN_SERVICE"]
    room.sagemaker.delete_endpoint(EndpointName="events-One")
    room.sagemaker.delete_endpoint_config(EndpointConfigName="events-config")
    room.sagemaker.delete_model(ModelName="events-model")
    assert endpoints()["detail"]["EndpointStatus"] == "DELETING"
    assert configs()["detail"].keys() == created["detail"].keys()  # nothing in it tells that it was deleted
    assert models()["detail"] == model


def test_a_rule_with_the_apis_spelling_never_matches(room: Room) -> None:
    detail = {"EndpointName": ["events-spelling"], "EndpointStatus": ["InService"]}
    room.account.tap("spelling-wrong", {"source": ["aws.sagemaker"], "detail": detail})
    right = room.account.tap(
        "spelling-right",
        {"source": ["aws.sagemaker"], "detail": {**detail, "EndpointStatus": ["IN_SERVICE"]}},
    )
    room.deployed("events-spelling")

    assert right()["detail"]["EndpointName"] == "events-spelling"
    sqs = room.client("sqs")
    queue = sqs.get_queue_url(QueueName="spelling-wrong")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    room.sagemaker.delete_endpoint(EndpointName="events-spelling")
