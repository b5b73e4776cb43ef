"""IAM as AWS asks it: each action on its own resources and keys; what AWS never matches is not matched here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.local_cloud.callers import allow, arn, caller, denied, owning_room
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room

ANY = "arn:aws:sagemaker:*:*:*"


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return owning_room(account, "owned")


LISTS: dict[str, dict[str, Any]] = {
    "list_endpoints": {},
    "list_endpoint_configs": {},
    "list_models": {},
    "list_training_jobs": {},
    "search": {"Resource": "Endpoint"},
}


@pytest.mark.parametrize("operation", LISTS)
def test_what_takes_no_resource_is_allowed_on_everything_only(room: Room, operation: str) -> None:
    action = "sagemaker:" + operation.title().replace("_", "")
    narrow, wide = caller(room, allow(action, ANY)), caller(room, allow(action))
    by_tag = caller(room, allow(action, StringEquals={"aws:ResourceTag/team": "red"}))

    for client in (narrow, by_tag):
        assert denied(getattr(client, operation), **LISTS[operation]) == f"{action} on resource: *"
    assert denied(getattr(wide, operation), **LISTS[operation]) is None


DESCRIBED = {
    "describe_endpoint": ("EndpointName", "endpoint"),
    "describe_endpoint_config": ("EndpointConfigName", "endpoint-config"),
    "describe_model": ("ModelName", "model"),
    "describe_training_job": ("TrainingJobName", "training-job"),
}


@pytest.mark.parametrize("operation", DESCRIBED)
def test_a_description_goes_by_resource_and_by_its_tags(room: Room, operation: str) -> None:
    member, kind = DESCRIBED[operation]
    action = "sagemaker:" + operation.title().replace("_", "")
    request = {member: "owned"}

    assert denied(getattr(caller(room, allow(action, arn(room, f"{kind}/owned"))), operation), **request) is None
    for statement in (
        allow(action, arn(room, f"{kind}/other")),
        allow(action, arn(room, f"{kind}/OWNED")),
        allow(action, StringEquals={"aws:ResourceTag/team": "blue"}),
        allow(action, StringEquals={"aws:RequestTag/team": "red"}),
    ):
        assert denied(getattr(caller(room, statement), operation), **request)
    for key in ("aws:ResourceTag/team", "sagemaker:ResourceTag/team"):
        client = caller(room, allow(action, StringEquals={key: "red"}))
        assert denied(getattr(client, operation), **request) is None


def test_list_tags_goes_by_resource_and_never_by_tags(room: Room) -> None:
    resource = arn(room, "endpoint/owned")

    by_tag = caller(room, allow("sagemaker:ListTags", StringEquals={"aws:ResourceTag/team": "red"}))
    assert denied(by_tag.list_tags, ResourceArn=resource) == f"sagemaker:ListTags on resource: {resource}"
    by_name = caller(room, allow("sagemaker:ListTags", resource))
    assert denied(by_name.list_tags, ResourceArn=resource) is None


def test_tags_are_changed_by_their_keys_and_by_what_the_resource_has(room: Room) -> None:
    resource = arn(room, "model/owned")
    ours = caller(
        room,
        allow(
            ["sagemaker:AddTags", "sagemaker:DeleteTags"],
            StringEquals={"aws:ResourceTag/team": "red"},
            ForAllValues__StringEquals={"aws:TagKeys": ["note"]},
        ),
    )

    assert denied(ours.add_tags, ResourceArn=resource, Tags=[{"Key": "note", "Value": "1"}]) is None
    assert denied(ours.add_tags, ResourceArn=resource, Tags=[{"Key": "team", "Value": "1"}])
    assert denied(ours.delete_tags, ResourceArn=resource, TagKeys=["team"])
    assert denied(ours.delete_tags, ResourceArn=resource, TagKeys=["note"]) is None


def test_an_endpoint_is_invoked_by_name_and_by_its_tags(room: Room) -> None:
    """AWS documents: policies by tags cannot restrict ListTags, Search and the lists. This is none of them."""
    request = {"EndpointName": "owned", "ContentType": "text/csv", "Body": "1,2"}
    for statement, passes in (
        (allow("sagemaker:InvokeEndpoint", arn(room, "endpoint/own*")), True),
        (allow("sagemaker:InvokeEndpoint", arn(room, "endpoint/Own*")), False),
        (allow("sagemaker:InvokeEndpoint", StringEquals={"aws:ResourceTag/team": "red"}), True),
        (allow("sagemaker:InvokeEndpoint", StringEquals={"aws:ResourceTag/team": "blue"}), False),
        (allow("sagemaker:InvokeEndpoint", arn(room, "endpoint/*"), Null={"aws:ResourceTag/team": "false"}), True),
        (allow("sagemaker:InvokeEndpoint", arn(room, "endpoint/*"), Null={"aws:ResourceTag/none": "false"}), False),
    ):
        runtime = caller(room, statement, service="sagemaker-runtime")
        assert (denied(runtime.invoke_endpoint, **request) is None) == passes


@pytest.mark.parametrize("operation", ["describe_endpoint", "delete_endpoint"])
def test_an_endpoint_is_found_by_having_a_tag_at_all(room: Room, operation: str) -> None:
    """As an endpoint is adopted, whatever its name: a key with a colon, and any value."""
    name = f"{operation.partition('_')[0]}-adopted"
    room.deployed(name, **{"ebb:idle-after": "60"})
    room.deployed(f"{name}-not")
    action = "sagemaker:" + operation.title().replace("_", "")
    adopted = caller(room, allow(action, arn(room, "endpoint/*"), Null={"aws:ResourceTag/ebb:idle-after": "false"}))

    assert denied(getattr(adopted, operation), EndpointName=f"{name}-not")
    assert denied(getattr(adopted, operation), EndpointName=name) is None
