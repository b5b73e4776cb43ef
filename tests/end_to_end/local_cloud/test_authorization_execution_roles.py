"""What an execution role may not do, the job or the endpoint cannot do either, and says so in its FailureReason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.stack import REGION
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import (
    EXECUTION_PERMISSIONS,
    SAGEMAKER_TRUST,
    Room,
    execution_statements,
    refusal,
)

# Without the right to list, or to be assumed, the request itself is refused.
AT_ONCE = ("list",)


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "executing")


def role_without(room: Room, permission: str) -> str:
    return room.account.role(
        f"executing-without-{permission}", *execution_statements(but=permission), trust=SAGEMAKER_TRUST
    )


def first(permission: str) -> str:
    action = EXECUTION_PERMISSIONS[permission][0]
    return action if isinstance(action, str) else action[0]


@pytest.fixture(scope="module")
def failed_jobs(room: Room) -> dict[str, dict[str, Any]]:
    """One job for each permission that its role lacks, all at the same time."""
    lacking = [permission for permission in EXECUTION_PERMISSIONS if permission not in AT_ONCE]
    for permission in lacking:
        request = room.job(f"without-{permission}", RoleArn=role_without(room, permission))
        room.sagemaker.create_training_job(**request)
    return {permission: room.job_ended(f"without-{permission}") for permission in lacking}


@pytest.mark.parametrize("permission", [name for name in EXECUTION_PERMISSIONS if name not in AT_ONCE])
def test_a_job_fails_without_each_permission_of_its_role(
    failed_jobs: dict[str, dict[str, Any]], permission: str
) -> None:
    job = failed_jobs[permission]

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    names = {"read": "HeadObject", "write": "PutObject"}
    assert names.get(permission, first(permission).partition(":")[2]) in job["FailureReason"]
    assert job["SecondaryStatusTransitions"][-1]["Status"] == "Failed"


def test_a_job_is_not_accepted_when_its_role_may_not_list_the_data(room: Room) -> None:
    role = role_without(room, "list")

    code, message = refusal(room.sagemaker.create_training_job, **room.job("unlisted", RoleArn=role))

    assert code == "ValidationException"
    assert f'the role "{role}" has "s3:ListBucket" permissions on bucket "{room.bucket}".' in message


UNTRUSTING: dict[str, dict[str, Any]] = {
    "another account": {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}},
    "another region": {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:us-east-1:123456789012:*"}}},
    "another service": {"Principal": {"Service": "lambda.amazonaws.com"}},
}


@pytest.mark.parametrize("case", UNTRUSTING)
def test_a_role_that_does_not_trust_sagemaker_here_is_refused(room: Room, case: str) -> None:
    name = f"executing-{case.replace(' ', '-')}"
    role = room.account.role(name, *execution_statements(), trust={**SAGEMAKER_TRUST, **UNTRUSTING[case]})

    code, message = refusal(room.sagemaker.create_training_job, **room.job("untrusted", RoleArn=role))
    assert (code, message.partition(".")[0]) == ("ValidationException", f"Could not assume role {role}")
    url = f"s3://{room.bucket}/model.tar.gz"
    code, message = refusal(room.model, name="untrusted", ExecutionRoleArn=role)
    assert (code, message.partition(".")[0]) == (
        "ValidationException",
        f"Could not access model data at {url.partition('.')[0]}",
    )


def test_a_role_of_this_account_by_condition_is_accepted(room: Room) -> None:
    source = f"arn:aws:sagemaker:{REGION}:{room.account.id}:*"
    condition = {
        "Condition": {
            "StringEquals": {"aws:SourceAccount": room.account.id},
            "ArnLike": {"aws:SourceArn": source},
        }
    }
    role = room.account.role("executing-here", *execution_statements(), trust={**SAGEMAKER_TRUST, **condition})

    room.model("trusted", ExecutionRoleArn=role)


def test_a_model_is_not_accepted_when_its_role_may_not_read_it(room: Room) -> None:
    role = room.account.role("executing-unreading", *execution_statements(but="read"), trust=SAGEMAKER_TRUST)

    code, message = refusal(room.model, name="unread", ExecutionRoleArn=role)

    assert code == "ValidationException"
    assert message.startswith(f"Could not access model data at s3://{room.bucket}/model.tar.gz. Please ensure")
    assert f'the role "{role}" exists' in message


NEEDED_TO_SERVE = [name for name in EXECUTION_PERMISSIONS if name != "write"]


@pytest.fixture(scope="module")
def failed_endpoints(room: Room) -> dict[str, dict[str, Any]]:
    """One endpoint for each permission that is taken from its role after the model was accepted."""
    iam = room.client("iam")
    for permission in NEEDED_TO_SERVE:
        name = f"serving-without-{permission}"
        role = room.account.role(name, *execution_statements(), trust=SAGEMAKER_TRUST)
        room.model(name, ExecutionRoleArn=role)
        room.config(name, name)
        document = {"Version": "2012-10-17", "Statement": execution_statements(but=permission)}
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(document))
        room.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return {
        permission: room.endpoint_in(f"serving-without-{permission}", "Failed", "InService")
        for permission in NEEDED_TO_SERVE
    }


@pytest.mark.parametrize("permission", NEEDED_TO_SERVE)
def test_an_endpoint_fails_without_each_permission_of_its_role(
    failed_endpoints: dict[str, dict[str, Any]], permission: str
) -> None:
    endpoint = failed_endpoints[permission]

    assert endpoint["EndpointStatus"] == "Failed"
    names = {"read": "model data"}
    assert names.get(permission, first(permission).partition(":")[2]) in endpoint["FailureReason"]
