"""IAM when something is created: new resources have no tags yet, roles are handed over, limits are conditions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.local_cloud.callers import allow, arn, caller, denied, numbers, owning_room
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, SERVERLESS, Room, refusal


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return owning_room(account, "created")


def model_request(room: Room, **more: Any) -> dict[str, Any]:
    return {
        "ModelName": f"made-{next(numbers)}",
        "ExecutionRoleArn": room.role,
        "PrimaryContainer": {"Image": IMAGE},
        **more,
    }


def test_a_condition_on_tags_that_a_new_resource_cannot_have_never_matches(room: Room) -> None:
    hand_over = allow("iam:PassRole")
    request = model_request(room, Tags=[{"Key": "team", "Value": "red"}])
    by_resource: dict[str, Any] = {"StringEquals": {"aws:ResourceTag/team": "red"}}

    never = caller(room, allow(["sagemaker:CreateModel", "sagemaker:AddTags"], **by_resource), hand_over)
    assert denied(never.create_model, **request) == f"sagemaker:CreateModel on resource: {made(room, request)}"
    taken = {**request, "ModelName": "created"}  # not even when the name is taken, and by a tagged one
    assert denied(never.create_model, **taken) == f"sagemaker:CreateModel on resource: {made(room, taken)}"
    right = caller(
        room,
        allow(["sagemaker:CreateModel", "sagemaker:AddTags"], StringEquals={"aws:RequestTag/team": "red"}),
        hand_over,
    )
    assert denied(right.create_model, **model_request(room, Tags=[{"Key": "team", "Value": "blue"}]))
    assert denied(right.create_model, **model_request(room))
    assert denied(right.create_model, **request) is None


def made(room: Room, request: dict[str, Any]) -> str:
    return arn(room, f"model/{request['ModelName']}")


def test_tags_on_a_new_resource_need_add_tags_for_that_operation(room: Room) -> None:
    both = [allow("sagemaker:CreateModel"), allow("iam:PassRole")]
    request = model_request(room, Tags=[{"Key": "team", "Value": "red"}])

    without = caller(room, *both)
    assert denied(without.create_model, **request) == f"sagemaker:AddTags on resource: {made(room, request)}"
    assert denied(without.create_model, **model_request(room)) is None
    other = allow("sagemaker:AddTags", StringEquals={"sagemaker:TaggingAction": "CreateEndpoint"})
    assert denied(caller(room, *both, other).create_model, **request)
    fitting = allow("sagemaker:AddTags", StringEquals={"sagemaker:TaggingAction": "CreateModel"})
    assert denied(caller(room, *both, fitting).create_model, **request) is None


def test_a_role_is_handed_over_to_sagemaker_only(room: Room) -> None:
    create = allow(["sagemaker:CreateModel", "sagemaker:CreateTrainingJob"])
    for statement, passes in (
        (None, False),
        (allow("iam:PassRole", "arn:aws:iam::*:role/other"), False),
        (allow("iam:PassRole", room.role, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}), False),
        (allow("iam:PassRole", room.role, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"}), True),
        (allow("iam:PassRole", room.role, StringLike={"iam:AssociatedResourceArn": arn(room, "model/*")}), True),
    ):
        client = caller(room, create, *([statement] if statement else []))
        found = denied(client.create_model, **model_request(room))
        assert found == (None if passes else f"iam:PassRole on resource: {room.role}")
    job = room.job("handed-over")
    assert denied(caller(room, create).create_training_job, **job) == f"iam:PassRole on resource: {room.role}"


@pytest.mark.parametrize("operation", ["create_endpoint", "update_endpoint"])
def test_an_endpoint_is_changed_with_rights_on_itself_and_on_its_config(room: Room, operation: str) -> None:
    action = "sagemaker:" + operation.title().replace("_", "")
    request = {"EndpointName": "other", "EndpointConfigName": "created"}
    endpoint, config = arn(room, "endpoint/other"), arn(room, "endpoint-config/created")

    assert denied(getattr(caller(room, allow(action, endpoint)), operation), **request) == (
        f"{action} on resource: {config}"
    )
    assert denied(getattr(caller(room, allow(action, config)), operation), **request) == (
        f"{action} on resource: {endpoint}"
    )


def test_an_update_by_tags_needs_them_on_both(room: Room) -> None:
    room.config("untagged", "created")
    client = caller(room, allow("sagemaker:UpdateEndpoint", StringEquals={"aws:ResourceTag/team": "red"}))

    refused = denied(client.update_endpoint, EndpointName="created", EndpointConfigName="untagged")

    assert refused == f"sagemaker:UpdateEndpoint on resource: {arn(room, 'endpoint-config/untagged')}"
    code, message = refusal(client.update_endpoint, EndpointName="created", EndpointConfigName="created-not")
    assert (code, "endpoint-config/created-not" in message) == ("AccessDeniedException", True)


JOB_LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "instance types": (
        {"ForAllValues__StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*"]}},
        {},
        {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}},
    ),
    "longest run": (
        {"NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": "600"}},
        {},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 601}},
    ),
    "isolation": (
        {"Bool": {"sagemaker:NetworkIsolation": "true"}},
        {"EnableNetworkIsolation": True},
        {"EnableNetworkIsolation": False},
    ),
    "isolation pending": ({"Bool": {"sagemaker:NetworkIsolation": "true"}}, {"EnableNetworkIsolation": True}, {}),
    "output key": (
        {"StringEquals": {"sagemaker:OutputKmsKey": "ours"}},
        {"OutputDataConfig": {"S3OutputPath": "s3://b/c", "KmsKeyId": "ours"}},
        {"OutputDataConfig": {"S3OutputPath": "s3://b/c", "KmsKeyId": "theirs"}},
    ),
}


@pytest.mark.parametrize("case", JOB_LIMITS)
def test_a_job_is_limited_by_conditions(room: Room, case: str) -> None:
    condition, fitting, breaking = JOB_LIMITS[case]
    client = caller(room, allow("sagemaker:CreateTrainingJob", **condition))

    # Without the right to pass the role nothing is ever started.
    accepted = denied(client.create_training_job, **room.job("limited", **fitting))
    refused = denied(client.create_training_job, **room.job("limited", **breaking))

    assert accepted == f"iam:PassRole on resource: {room.role}"
    assert refused == f"sagemaker:CreateTrainingJob on resource: {arn(room, 'training-job/limited')}"


def test_several_instance_types_need_a_set_operator(room: Room) -> None:
    client = caller(room, allow("sagemaker:CreateTrainingJob", StringLike={"sagemaker:InstanceTypes": "ml.m5.*"}))

    refused = denied(client.create_training_job, **room.job("limited"))

    assert refused == f"sagemaker:CreateTrainingJob on resource: {arn(room, 'training-job/limited')}"


def test_a_serverless_config_is_limited_by_conditions(room: Room) -> None:
    limits = {"sagemaker:ServerlessMaxConcurrency": "5", "sagemaker:ServerlessMemorySize": "2048"}
    client = caller(room, allow("sagemaker:CreateEndpointConfig", NumericLessThanEquals=limits))

    def request(**changed: int) -> dict[str, Any]:
        variant = {"VariantName": "a", "ModelName": "created", "ServerlessConfig": SERVERLESS | changed}
        return {"EndpointConfigName": f"limited-{next(numbers)}", "ProductionVariants": [variant]}

    assert denied(client.create_endpoint_config, **request()) is None
    assert denied(client.create_endpoint_config, **request(MaxConcurrency=6))
    assert denied(client.create_endpoint_config, **request(MemorySizeInMB=3072))
