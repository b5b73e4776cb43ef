"""Every operation of the README answers in the API's own shapes, patterns included; the client checks each answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from local.sagemaker import shapes
from tests.end_to_end.local_cloud import answers
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room, refusal
from tests.end_to_end.tide import eventually

README = Path(__file__).parents[3] / "local/README.md"
NAME = "answers"


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, NAME)


def published() -> set[str]:
    """The operations that the README lists."""
    section = README.read_text().partition("These operations exist")[2].partition("\n\n")[2].partition("\n\n")[0]
    return set(re.findall(r"`([A-Z]\w+)`", section))


def test_the_answer_of_every_operation_was_checked(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    monkeypatch.setattr(answers, "SEEN", seen)

    trained_and_deployed(room)
    looked_at(room)
    taken_down(room)

    assert seen == published()


def trained_and_deployed(room: Room) -> None:
    tags = [{"Key": "team:a", "Value": "Größe 1"}]
    arn = room.sagemaker.create_training_job(**room.job(NAME, Tags=tags, Environment={"A": "b"}))["TrainingJobArn"]
    room.job_ended(NAME)
    room.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "more", "Value": ""}])
    room.sagemaker.list_tags(ResourceArn=arn)
    room.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["more"])
    room.sagemaker.create_training_job(**room.job(f"{NAME}-stopped"))
    room.sagemaker.stop_training_job(TrainingJobName=f"{NAME}-stopped")
    room.job_ended(f"{NAME}-stopped")
    room.deployed(NAME, team="red")
    room.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    room.sagemaker.describe_endpoint(EndpointName=NAME)
    room.endpoint_in(NAME, "InService")
    for accept in ("text/csv", "application/json"):
        answer = room.runtime.invoke_endpoint(EndpointName=NAME, ContentType="text/csv", Accept=accept, Body="1,2")
        assert answer["Body"].read()
    for endpoint, body in (("nobody", "1,2"), (NAME, "a,b,c")):  # errors are checked too
        refusal(room.runtime.invoke_endpoint, EndpointName=endpoint, ContentType="text/csv", Body=body)


def looked_at(room: Room) -> None:
    sagemaker = room.sagemaker
    sagemaker.describe_endpoint_config(EndpointConfigName=NAME)
    sagemaker.describe_model(ModelName=NAME)
    for call in ("list_endpoints", "list_endpoint_configs", "list_models", "list_training_jobs"):
        getattr(sagemaker, call)(NameContains=NAME, MaxResults=1)
    for resource in ("Endpoint", "TrainingJob"):
        sagemaker.search(Resource=resource)


def taken_down(room: Room) -> None:
    sagemaker = room.sagemaker
    sagemaker.delete_endpoint(EndpointName=NAME)
    sagemaker.delete_endpoint_config(EndpointConfigName=NAME)
    sagemaker.delete_model(ModelName=NAME)
    sagemaker.delete_training_job(TrainingJobName=NAME)
    eventually(lambda: not sagemaker.list_endpoints(NameContains=NAME)["Endpoints"], "the endpoint gone")


ANSWER: dict[str, Any] = {
    "EndpointName": "e",
    "EndpointArn": "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/e",
    "EndpointStatus": "InService",
    "CreationTime": 1.5,
    "LastModifiedTime": 1.5,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"EndpointName": "under_score"}, "EndpointName is 'under_score', not "),
        ({"EndpointArn": "endpoint/e"}, "EndpointArn is 'endpoint/e', not "),
        ({"EndpointStatus": "IN_SERVICE"}, "not in its enum"),
        ({"CreationTime": "2026-01-01"}, "not a timestamp"),
        ({"Nonsense": 1}, "Nonsense is not expected"),
        ({"FailureReason": "x" * 1025}, "FailureReason is out of bounds"),
        ({"EndpointName": None}, "not a string"),
    ],
)
def test_the_check_finds_an_answer_of_another_shape(change: dict[str, Any], said: str) -> None:
    model = shapes.operation_model("DescribeEndpoint")
    assert model is not None
    assert model.output_shape is not None

    assert list(answers.deviations(model.output_shape, ANSWER, "answer")) == []
    assert any(said in found for found in answers.deviations(model.output_shape, ANSWER | change, "answer"))
