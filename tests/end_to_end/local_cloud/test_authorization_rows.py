"""The rest of the service authorization reference, row by row: what is stopped, deleted, tagged and limited."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.local_cloud.callers import allow, arn, caller, denied, numbers, owning_room
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, SERVERLESS, Room, refusal


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    """All of its resources are called `rows` and tagged team=red."""
    return owning_room(account, "rows")


ENDED: dict[str, tuple[str, str, str | None]] = {
    # operation: member, kind, what the one that is allowed is told, for it is not there or has ended
    "stop_training_job": ("TrainingJobName", "training-job", "is in status Completed"),
    "delete_training_job": ("TrainingJobName", "training-job", None),
    "delete_endpoint": ("EndpointName", "endpoint", None),
    "delete_endpoint_config": ("EndpointConfigName", "endpoint-config", None),
    "delete_model": ("ModelName", "model", None),
}


@pytest.mark.parametrize("operation", ENDED)
def test_what_is_stopped_and_deleted_goes_by_its_resource_and_by_its_tags(room: Room, operation: str) -> None:
    member, kind, told = ENDED[operation]
    action = "sagemaker:" + operation.title().replace("_", "")
    name, red = f"rows-{operation.replace('_', '-')}", [{"Key": "team", "Value": "red"}]
    make(room, kind, name, red)
    resource, request = arn(room, f"{kind}/{name}"), {member: name}

    for statement in (
        allow(action, arn(room, f"{kind}/rows")),
        allow(action, StringEquals={"aws:ResourceTag/team": "blue"}),
        allow(action, StringEquals={"aws:RequestTag/team": "red"}),
        allow("sagemaker:Describe*"),
    ):
        assert denied(getattr(caller(room, statement), operation), **request) == f"{action} on resource: {resource}"
    by_name = getattr(caller(room, allow(action, resource)), operation)
    by_tag = getattr(caller(room, allow(action, StringEquals={"aws:ResourceTag/team": "red"})), operation)
    for call in (by_name, by_tag):
        if told:
            assert told in refusal(call, **request)[1]
        else:
            assert denied(call, **request) is None
            make_again(room, kind, name, red)


def make(room: Room, kind: str, name: str, tags: list[dict[str, str]]) -> None:
    if kind == "training-job":
        room.sagemaker.create_training_job(**room.job(name, Tags=tags))
        room.job_ended(name)
    elif kind == "endpoint":
        room.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="rows", Tags=tags)
        room.endpoint_in(name, "InService")
    elif kind == "endpoint-config":
        room.config(name, "rows", Tags=tags)
    else:
        room.model(name, Tags=tags)


def make_again(room: Room, kind: str, name: str, tags: list[dict[str, str]]) -> None:
    """Models and configs are gone at once; the others, for their tags alone, need not be there a second time."""
    if kind in ("model", "endpoint-config"):
        make(room, kind, name, tags)


def test_a_config_is_created_on_its_own_resource(room: Room) -> None:
    variant = {"VariantName": "a", "ModelName": "rows", "ServerlessConfig": SERVERLESS}
    action, name = "sagemaker:CreateEndpointConfig", f"rows-{next(numbers)}"
    request = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    resource = arn(room, f"endpoint-config/{name}")

    for narrow in (arn(room, "endpoint-config/other"), arn(room, f"endpoint/{name}"), arn(room, "model/rows")):
        client = caller(room, allow(action, narrow))
        assert denied(client.create_endpoint_config, **request) == f"{action} on resource: {resource}"
    assert denied(caller(room, allow(action, resource)).create_endpoint_config, **request) is None


TAGGING: dict[str, dict[str, Any]] = {
    "add_tags": {"Tags": [{"Key": "note", "Value": "1"}]},
    "delete_tags": {"TagKeys": ["note"]},
}


@pytest.mark.parametrize("kind", ["training-job", "model", "endpoint-config", "endpoint"])
@pytest.mark.parametrize("operation", TAGGING)
def test_tags_are_changed_on_the_tagged_resource_only(room: Room, operation: str, kind: str) -> None:
    action = "sagemaker:" + operation.title().replace("_", "")
    request = {"ResourceArn": arn(room, f"{kind}/rows"), **TAGGING[operation]}

    for narrow in (arn(room, f"{kind}/other"), arn(room, f"{kind}s/rows")):
        refused = denied(getattr(caller(room, allow(action, narrow)), operation), **request)
        assert refused == f"{action} on resource: {request['ResourceArn']}"
    assert denied(getattr(caller(room, allow(action, request["ResourceArn"])), operation), **request) is None


def test_instance_types_limit_a_config_too(room: Room) -> None:
    action = "sagemaker:CreateEndpointConfig"
    client = caller(room, allow(action, ForAllValues__StringLike={"sagemaker:InstanceTypes": ["ml.m5.*"]}))

    def request(*types: str) -> dict[str, Any]:
        variants = [
            {"VariantName": f"v{number}", "ModelName": "rows", "InstanceType": each, "InitialInstanceCount": 1}
            for number, each in enumerate(types)
        ]
        return {"EndpointConfigName": f"rows-{next(numbers)}", "ProductionVariants": variants}

    assert denied(client.create_endpoint_config, **request("ml.m5.large", "ml.m5.xlarge")) is None
    assert denied(client.create_endpoint_config, **request("ml.p3.2xlarge"))
    assert denied(client.create_endpoint_config, **request("ml.m5.large", "ml.p3.2xlarge"))


def test_network_isolation_is_a_condition_of_a_model(room: Room) -> None:
    isolated = allow("sagemaker:CreateModel", Bool={"sagemaker:NetworkIsolation": "true"})
    client = caller(room, isolated, allow("iam:PassRole"))

    def request(**more: Any) -> dict[str, Any]:
        name = f"rows-{next(numbers)}"
        return {"ModelName": name, "ExecutionRoleArn": room.role, "PrimaryContainer": {"Image": IMAGE}, **more}

    assert denied(client.create_model, **request(EnableNetworkIsolation=True)) is None
    assert denied(client.create_model, **request(EnableNetworkIsolation=False))
    assert denied(client.create_model, **request())


def test_a_denial_by_name_says_so(room: Room) -> None:
    deny = {**allow("sagemaker:DescribeModel", arn(room, "model/rows")), "Effect": "Deny"}
    asked = f"to perform: sagemaker:DescribeModel on resource: {arn(room, 'model/rows')} "

    for statements, why in (
        ([allow("sagemaker:*"), deny], "with an explicit deny in an identity-based policy"),
        ([deny], "with an explicit deny in an identity-based policy"),
        ([allow("sagemaker:List*")], "because no identity-based policy allows the sagemaker:DescribeModel action"),
    ):
        code, message = refusal(caller(room, *statements).describe_model, ModelName="rows")
        assert (code, message.endswith(asked + why)) == ("AccessDeniedException", True), message
