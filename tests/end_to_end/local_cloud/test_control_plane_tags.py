"""Tags: fifty on each resource, overwritten by key, `aws:` refused, gone with what they were on."""

from __future__ import annotations

from typing import Any

import pytest

from local.stack import REGION
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room, refusal

KINDS = ("model", "endpoint-config", "endpoint", "training-job")


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    """One resource of each kind, all named tagged."""
    room = Room(account, "tags")
    room.deployed("tagged")
    room.sagemaker.create_training_job(**room.job("tagged"))
    return room


def arn(room: Room, kind: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{room.account.id}:{kind}/tagged"


def tags(room: Room, resource: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in room.sagemaker.list_tags(ResourceArn=resource)["Tags"]}


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_added_overwritten_and_deleted(room: Room, kind: str) -> None:
    resource = arn(room, kind)

    room.sagemaker.add_tags(ResourceArn=resource, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b:c", "Value": ""}])
    room.sagemaker.add_tags(ResourceArn=resource, Tags=[{"Key": "a", "Value": "2"}])
    assert tags(room, resource) == {"a": "2", "b:c": ""}

    room.sagemaker.delete_tags(ResourceArn=resource, TagKeys=["a", "never"])
    assert tags(room, resource) == {"b:c": ""}
    room.sagemaker.delete_tags(ResourceArn=resource, TagKeys=["b:c"])


def test_there_are_at_most_fifty(room: Room) -> None:
    resource = arn(room, "model")
    fifty = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]

    room.sagemaker.add_tags(ResourceArn=resource, Tags=fifty)
    room.sagemaker.add_tags(ResourceArn=resource, Tags=fifty[:1])  # overwriting is no 51st
    code, _ = refusal(room.sagemaker.add_tags, ResourceArn=resource, Tags=[{"Key": "more", "Value": "x"}])

    assert code == "ValidationException"
    assert len(tags(room, resource)) == 50
    too_many = [*fifty, {"Key": "more", "Value": "x"}]
    assert "length less than or equal to 50" in refusal(room.sagemaker.add_tags, ResourceArn=resource, Tags=too_many)[1]
    room.sagemaker.delete_tags(ResourceArn=resource, TagKeys=[tag["Key"] for tag in fifty])


@pytest.mark.parametrize("key", ["aws:mine", "AWS:mine"])
def test_keys_that_begin_with_aws_are_reserved(room: Room, key: str) -> None:
    tagged = [{"Key": key, "Value": "x"}]

    assert refusal(room.sagemaker.add_tags, ResourceArn=arn(room, "model"), Tags=tagged)[0] == "ValidationException"
    request = room.job("reserved", Tags=tagged)
    assert refusal(room.sagemaker.create_training_job, **request)[0] == "ValidationException"
    assert refusal(room.sagemaker.describe_training_job, TrainingJobName="reserved")[0] == "ValidationException"


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("Größe", "é 1 _.:/=+-@", True),
        ("no#hash", "x", False),
        ("x", "no|bar", False),
        ("", "x", False),
        ("k" * 129, "x", False),
        ("x", "v" * 257, False),
    ],
)
def test_keys_and_values_have_an_alphabet_and_a_length(room: Room, key: str, value: str, *, accepted: bool) -> None:
    resource = arn(room, "endpoint-config")
    tagged = [{"Key": key, "Value": value}]

    if accepted:
        room.sagemaker.add_tags(ResourceArn=resource, Tags=tagged)
        assert tags(room, resource) == {key: value}
        room.sagemaker.delete_tags(ResourceArn=resource, TagKeys=[key])
    else:
        assert refusal(room.sagemaker.add_tags, ResourceArn=resource, Tags=tagged)[0] == "ValidationException"


def test_a_page_of_tags_has_at_least_fifty(room: Room) -> None:
    resource = arn(room, "endpoint")

    code, message = refusal(room.sagemaker.list_tags, ResourceArn=resource, MaxResults=49)

    assert (code, "greater than or equal to 50" in message) == ("ValidationException", True)
    assert room.sagemaker.list_tags(ResourceArn=resource, MaxResults=50)["Tags"] == []


@pytest.mark.parametrize("operation", ["add_tags", "list_tags", "delete_tags"])
def test_an_unknown_resource_has_no_tags(room: Room, operation: str) -> None:
    needed: dict[str, dict[str, Any]] = {"add_tags": {"Tags": []}, "delete_tags": {"TagKeys": ["a"]}}
    more = needed.get(operation, {})

    code, _ = refusal(getattr(room.sagemaker, operation), ResourceArn=arn(room, "model") + "-not", **more)

    assert code == "ValidationException"
    assert refusal(getattr(room.sagemaker, operation), ResourceArn="tagged", **more)[0] == "ValidationException"


def test_tags_do_not_outlive_their_resource(room: Room) -> None:
    resource = arn(room, "model").replace("tagged", "brief")
    room.model("brief", Tags=[{"Key": "first", "Value": "x"}])
    assert tags(room, resource) == {"first": "x"}

    room.sagemaker.delete_model(ModelName="brief")
    room.model("brief")

    assert tags(room, resource) == {}
