"""AWS's codes and words for what is missing, there already, in use or in progress; and what may be deleted."""

from __future__ import annotations

from typing import Any

import pytest

from local.stack import REGION
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, Room, refusal
from tests.end_to_end.tide import eventually


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "errors")


def arn(room: Room, resource: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{room.account.id}:{resource}"


MISSING = {
    "describe_endpoint": ("EndpointName", 'Could not find endpoint "{}".', "endpoint/missing"),
    "delete_endpoint": ("EndpointName", 'Could not find endpoint "{}".', "endpoint/missing"),
    "describe_endpoint_config": (
        "EndpointConfigName",
        'Could not find endpoint configuration "{}".',
        "endpoint-config/missing",
    ),
    "delete_endpoint_config": (
        "EndpointConfigName",
        'Could not find endpoint configuration "{}".',
        "endpoint-config/missing",
    ),
    "describe_model": ("ModelName", 'Could not find model "{}".', "model/missing"),
    "delete_model": ("ModelName", 'Could not find model "{}".', "model/missing"),
    "describe_training_job": ("TrainingJobName", "Requested resource not found.", ""),
    "stop_training_job": ("TrainingJobName", "Requested resource not found.", ""),
    "delete_training_job": ("TrainingJobName", "Requested resource not found.", ""),
}


@pytest.mark.parametrize("operation", MISSING)
def test_what_is_missing_is_a_validation_exception_told_apart_by_its_words(room: Room, operation: str) -> None:
    member, words, resource = MISSING[operation]

    found = refusal(getattr(room.sagemaker, operation), **{member: "Missing"})

    assert found == ("ValidationException", words.format(arn(room, resource)))


def test_an_endpoint_needs_a_config_and_a_config_its_model(room: Room) -> None:
    variant = {"VariantName": "a", "ModelName": "Missing", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}

    for call, arguments, resource in (
        (room.sagemaker.create_endpoint, {"EndpointName": "e", "EndpointConfigName": "missing"}, "endpoint-config"),
        (
            room.sagemaker.create_endpoint_config,
            {"EndpointConfigName": "c", "ProductionVariants": [variant]},
            "model",
        ),
    ):
        code, message = refusal(call, **arguments)
        assert code == "ValidationException"
        assert f'"{arn(room, resource)}/missing"' in message


def test_names_are_taken_in_any_capitals_and_arns_are_lower_case(room: Room) -> None:
    assert room.model("Taken") == arn(room, "model/taken")
    assert room.config("Taken", "Taken") == arn(room, "endpoint-config/taken")
    created = room.sagemaker.create_endpoint(EndpointName="Taken", EndpointConfigName="Taken")
    assert created["EndpointArn"] == arn(room, "endpoint/taken")

    for operation, what, more in (
        ("create_endpoint", "endpoint", {"EndpointName": "TAKEN", "EndpointConfigName": "Taken"}),
        (
            "create_endpoint_config",
            "endpoint configuration",
            {
                "EndpointConfigName": "taken",
                "ProductionVariants": [
                    {
                        "VariantName": "a",
                        "ModelName": "Taken",
                        "InstanceType": "ml.m5.large",
                        "InitialInstanceCount": 1,
                    }
                ],
            },
        ),
        (
            "create_model",
            "model",
            {"ModelName": "Taken", "ExecutionRoleArn": room.role, "PrimaryContainer": {"Image": IMAGE}},
        ),
    ):
        code, message = refusal(getattr(room.sagemaker, operation), **more)
        assert code == "ValidationException"
        kind = {"endpoint configuration": "endpoint-config"}.get(what, what)
        assert message == f'Cannot create already existing {what} "{arn(room, f"{kind}/taken")}".'


def test_an_endpoint_is_invoked_under_its_exact_name_only(room: Room) -> None:
    room.deployed("Mixed-Case")
    runtime = room.client("sagemaker-runtime")

    answer = runtime.invoke_endpoint(EndpointName="Mixed-Case", ContentType="text/csv", Body="1,2")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    code, message = refusal(runtime.invoke_endpoint, EndpointName="mixed-case", ContentType="text/csv", Body="1,2")
    assert (code, "not found" in message) == ("ValidationError", True)


def test_a_job_name_is_taken_for_ever_until_the_job_is_deleted(room: Room) -> None:
    room.sagemaker.create_training_job(**room.job("once"))
    code, message = refusal(room.sagemaker.create_training_job, **room.job("once"))
    assert code == "ResourceInUse"
    assert message == (
        "Job name must be unique within an AWS account and region, and a job with this name already exists "
        f"({arn(room, 'training-job/once')})"
    )
    assert refusal(room.sagemaker.delete_training_job, TrainingJobName="once")[0] == "ResourceInUse"

    assert room.job_ended("once")["TrainingJobStatus"] == "Completed"
    assert refusal(room.sagemaker.create_training_job, **room.job("once"))[0] == "ResourceInUse"
    code, message = refusal(room.sagemaker.stop_training_job, TrainingJobName="once")
    assert (code, message) == (
        "ValidationException",
        "The request was rejected because the training job is in status Completed.",
    )
    room.sagemaker.delete_training_job(TrainingJobName="once")
    assert room.sagemaker.describe_training_job(TrainingJobName="once")["TrainingJobStatus"] == "Deleting"

    eventually(lambda: gone(room, "once"), "the job deleted")
    assert room.sagemaker.create_training_job(**room.job("once"))["TrainingJobArn"].endswith("/once")


def gone(room: Room, job: str) -> bool:
    found = room.sagemaker.list_training_jobs(NameContains=job)["TrainingJobSummaries"]
    return not found


def test_a_config_and_a_model_in_use_may_be_deleted_and_the_endpoint_serves_on(room: Room) -> None:
    room.deployed("bare")

    room.sagemaker.delete_endpoint_config(EndpointConfigName="bare")
    room.sagemaker.delete_model(ModelName="bare")

    described = room.sagemaker.describe_endpoint(EndpointName="bare")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "bare")
    answer = room.client("sagemaker-runtime").invoke_endpoint(EndpointName="bare", ContentType="text/csv", Body="1,2")
    assert answer["Body"].read()
    room.sagemaker.delete_endpoint(EndpointName="bare")
    assert room.sagemaker.describe_endpoint(EndpointName="bare")["EndpointStatus"] == "Deleting"
    eventually(lambda: missing_endpoint(room, "bare"), "the endpoint gone")


def test_deleting_a_model_removes_the_entry_and_neither_artifact_nor_role(room: Room) -> None:
    """AWS documents: DeleteModel "doesn't delete model artifacts, inference code, or the IAM role"."""
    room.model("entry")

    room.sagemaker.delete_model(ModelName="entry")

    assert room.client("s3").head_object(Bucket=room.bucket, Key="model.tar.gz")["ContentLength"]
    assert room.client("iam").get_role(RoleName=room.role.rpartition("/")[2])["Role"]["Arn"] == room.role
    assert room.model("entry")


def missing_endpoint(room: Room, name: str) -> bool:
    found = room.sagemaker.list_endpoints(NameContains=name)["Endpoints"]
    return not found


DATA: dict[str, tuple[dict[str, Any], str]] = {
    "no object": ({"uri": "nothing-here/"}, "No S3 objects found under S3 URL"),
    "no bucket": ({"bucket": "no-such-bucket-anywhere"}, "No S3 objects found under S3 URL"),
}


@pytest.mark.parametrize("case", DATA)
def test_a_job_whose_data_cannot_be_found_is_not_accepted(room: Room, case: str) -> None:
    given, expected = DATA[case]
    request = room.job("no-data")
    uri = f"s3://{given.get('bucket', room.bucket)}/{given.get('uri', 'train/')}"
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = uri

    code, message = refusal(room.sagemaker.create_training_job, **request)

    assert code == "ValidationException"
    assert message.startswith(f'{expected} "{uri}" given in input data source.')
    assert f'the role "{room.role}" has "s3:ListBucket" permissions' in message


def test_a_model_whose_artifact_is_missing_is_not_accepted(room: Room) -> None:
    url = f"s3://{room.bucket}/none.tar.gz"
    container = {"Image": IMAGE, "ModelDataUrl": url}

    code, message = refusal(
        room.sagemaker.create_model, ModelName="none", ExecutionRoleArn=room.role, PrimaryContainer=container
    )

    assert (code, message) == ("ValidationException", f"Could not find model data at {url}.")
