"""What a job and an endpoint go through on their way, each step by Describe, as a client would wait for it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SERVERLESS, Room, refusal
from tests.end_to_end.tide import eventually

ENDLESS = {"num_round": "100000000", "max_depth": "1"}


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "lives")


def steps(job: dict[str, Any]) -> list[str]:
    return [step["Status"] for step in job["SecondaryStatusTransitions"]]


def test_a_job_goes_through_its_secondary_statuses(room: Room) -> None:
    room.sagemaker.create_training_job(**room.job("whole", Environment={"A": "b"}))

    job = room.job_ended("whole")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert steps(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    times = [(step["StartTime"], step["EndTime"]) for step in job["SecondaryStatusTransitions"]]
    assert all(began <= ended for began, ended in times)
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{room.bucket}/jobs/whole/output/model.tar.gz"
    assert room.client("s3").head_object(Bucket=room.bucket, Key="jobs/whole/output/model.tar.gz")
    assert [metric["MetricName"] for metric in job["FinalMetricDataList"]] == ["train:rmse"]
    assert (job["Environment"], "FailureReason" in job) == ({"A": "b"}, False)


def in_status(room: Room, name: str, secondary: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = dict(room.sagemaker.describe_training_job(TrainingJobName=name))
        return found if found["SecondaryStatus"] == secondary else None

    return eventually(look, f"{name} {secondary}")


def test_a_job_is_stopped_in_the_middle(room: Room) -> None:
    room.sagemaker.create_training_job(**room.job("halted", HyperParameters=ENDLESS))
    in_status(room, "halted", "Training")

    room.sagemaker.stop_training_job(TrainingJobName="halted")

    stopping = room.sagemaker.describe_training_job(TrainingJobName="halted")["TrainingJobStatus"]
    assert stopping in ("Stopping", "Stopped")
    job = room.job_ended("halted")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert steps(job) == ["Starting", "Downloading", "Training", "Stopping", "Stopped"]
    assert "FailureReason" not in job


def test_a_job_is_stopped_before_it_trains(room: Room) -> None:
    room.sagemaker.create_training_job(**room.job("withdrawn"))
    room.sagemaker.stop_training_job(TrainingJobName="withdrawn")
    try:
        room.sagemaker.stop_training_job(TrainingJobName="withdrawn")
    except ClientError as ended:
        assert "is in status Stopped" in str(ended)  # noqa: PT017  (mostly it is still being stopped)

    job = room.job_ended("withdrawn")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Training" not in steps(job)
    assert "TrainingStartTime" not in job
    assert "BillableTimeInSeconds" not in job


def test_a_job_whose_time_is_up_is_stopped_and_not_failed(room: Room) -> None:
    limit = {"MaxRuntimeInSeconds": 1}
    room.sagemaker.create_training_job(**room.job("late", HyperParameters=ENDLESS, StoppingCondition=limit))

    job = room.job_ended("late")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["TrainingTimeInSeconds"] >= 1


def test_what_a_stopped_algorithm_left_is_kept(room: Room) -> None:
    parameters = {**ENDLESS, "save_model_on_termination": "true"}
    limit = {"MaxRuntimeInSeconds": 2}
    room.sagemaker.create_training_job(**room.job("kept", HyperParameters=parameters, StoppingCondition=limit))

    assert room.job_ended("kept")["SecondaryStatus"] == "MaxRuntimeExceeded"

    assert room.client("s3").head_object(Bucket=room.bucket, Key="jobs/kept/output/model.tar.gz")["ContentLength"]


def test_a_failure_reason_has_at_most_1024_characters(room: Room) -> None:
    parameters = {f"{'x' * 200}{number}": "1" for number in range(20)} | {"num_round": "2"}
    room.sagemaker.create_training_job(**room.job("wordy", HyperParameters=parameters))

    job = room.job_ended("wordy")

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert len(job["FailureReason"]) <= 1024


def test_an_endpoint_is_created_updated_and_deleted(room: Room) -> None:
    room.model("cycle")
    provisioned = {**SERVERLESS, "ProvisionedConcurrency": 1}
    room.config("cycle-1", "cycle")
    variant = {"VariantName": "AllTraffic", "ModelName": "cycle", "ServerlessConfig": provisioned}
    room.config("cycle-2", "cycle", ProductionVariants=[variant])

    room.sagemaker.create_endpoint(EndpointName="cycle", EndpointConfigName="cycle-1")
    creating = room.sagemaker.describe_endpoint(EndpointName="cycle")
    assert (creating["EndpointStatus"], creating["EndpointConfigName"]) == ("Creating", "cycle-1")
    assert "ProductionVariants" not in creating
    assert creating["PendingDeploymentSummary"]["EndpointConfigName"] == "cycle-1"
    refused_while_in_progress(room, "cycle", creating["EndpointArn"])
    serving = room.endpoint_in("cycle", "InService")
    assert serving["ProductionVariants"][0]["CurrentServerlessConfig"] == SERVERLESS
    assert "PendingDeploymentSummary" not in serving

    room.sagemaker.update_endpoint(EndpointName="cycle", EndpointConfigName="cycle-2")
    updating = room.sagemaker.describe_endpoint(EndpointName="cycle")
    assert (updating["EndpointStatus"], updating["EndpointConfigName"]) == ("Updating", "cycle-1")
    pending = updating["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "cycle-2"
    assert pending["ProductionVariants"][0]["DesiredServerlessConfig"] == provisioned
    refused_while_in_progress(room, "cycle", creating["EndpointArn"])
    updated = room.endpoint_in("cycle", "InService")
    assert updated["EndpointConfigName"] == "cycle-2"
    assert updated["ProductionVariants"][0]["CurrentServerlessConfig"] == provisioned
    assert updated["ProductionVariants"][0]["DesiredServerlessConfig"] == provisioned
    assert updated["LastModifiedTime"] > updated["CreationTime"] == creating["CreationTime"]

    room.sagemaker.delete_endpoint(EndpointName="cycle")
    _, message = refusal(room.sagemaker.create_endpoint, EndpointName="cycle", EndpointConfigName="cycle-1")
    assert "Cannot create already existing endpoint" in message  # a Deleting endpoint keeps its name
    eventually(lambda: refused_as_missing(room, "cycle"), "the endpoint gone")
    assert room.sagemaker.describe_endpoint_config(EndpointConfigName="cycle-2")
    assert room.sagemaker.describe_model(ModelName="cycle")


def refused_while_in_progress(room: Room, name: str, arn: str) -> None:
    expected = ("ValidationException", f'Cannot update in-progress endpoint "{arn}".')
    assert refusal(room.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName="cycle-1") == expected
    assert refusal(room.sagemaker.delete_endpoint, EndpointName=name) == expected


def refused_as_missing(room: Room, name: str) -> bool:
    found = room.sagemaker.list_endpoints(NameContains=name)["Endpoints"]
    return not found and "Could not find endpoint" in refusal(room.sagemaker.describe_endpoint, EndpointName=name)[1]


def test_serverless_becomes_real_time_and_never_back(room: Room) -> None:
    room.deployed("oneway")
    instances = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    room.config("oneway-rt", "oneway", ProductionVariants=[{"VariantName": "a", "ModelName": "oneway", **instances}])

    room.sagemaker.update_endpoint(EndpointName="oneway", EndpointConfigName="oneway-rt")
    variant = room.endpoint_in("oneway", "InService")["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], "CurrentServerlessConfig" in variant) == (1, False)

    code, message = refusal(room.sagemaker.update_endpoint, EndpointName="oneway", EndpointConfigName="oneway")
    assert (code, "real-time endpoint" in message) == ("ValidationException", True)
    assert room.sagemaker.describe_endpoint(EndpointName="oneway")["EndpointStatus"] == "InService"
    room.sagemaker.delete_endpoint(EndpointName="oneway")


def test_a_config_that_is_deleted_while_it_is_created_fails_the_endpoint(room: Room) -> None:
    room.model("pulled")
    room.config("pulled", "pulled")
    room.config("pulled-2", "pulled")
    room.sagemaker.create_endpoint(EndpointName="pulled", EndpointConfigName="pulled")
    room.sagemaker.delete_endpoint_config(EndpointConfigName="pulled")

    endpoint = room.endpoint_in("pulled", "Failed", "InService")

    assert endpoint["EndpointStatus"] == "Failed"
    assert "Could not find endpoint configuration" in endpoint["FailureReason"]
    _, message = refusal(room.sagemaker.create_endpoint, EndpointName="pulled", EndpointConfigName="pulled-2")
    assert "Cannot create already existing endpoint" in message  # a Failed endpoint keeps its name
    assert refusal(room.sagemaker.update_endpoint, EndpointName="pulled", EndpointConfigName="pulled-2")[0]
    room.sagemaker.delete_endpoint(EndpointName="pulled")


def test_an_update_that_cannot_be_deployed_goes_back_to_the_old_config_with_a_reason(room: Room) -> None:
    room.deployed("back")
    room.model("doomed")
    room.config("doomed", "doomed")
    room.sagemaker.delete_model(ModelName="doomed")

    room.sagemaker.update_endpoint(EndpointName="back", EndpointConfigName="doomed")
    endpoint = room.endpoint_in("back", "InService")

    assert endpoint["EndpointConfigName"] == "back"
    assert "Could not find model" in endpoint["FailureReason"]
    room.sagemaker.delete_endpoint(EndpointName="back")


def test_a_system_update_on_order_serves_and_refuses_changes(room: Room) -> None:
    arn = room.deployed("patched")["EndpointArn"]
    runtime = room.client("sagemaker-runtime")
    room.account.cloud.door("misbehave", {"name": "system_updating", "value": "patched"})
    try:
        room.endpoint_in("patched", "SystemUpdating")
        answer = runtime.invoke_endpoint(EndpointName="patched", ContentType="text/csv", Body="1,2")
        assert answer["Body"].read()
        code, message = refusal(room.sagemaker.delete_endpoint, EndpointName="patched")
        assert (code, message) == ("ValidationException", f'Cannot update in-progress endpoint "{arn}".')
    finally:
        room.account.cloud.door("misbehave", {"name": "system_updating", "value": None})
    room.endpoint_in("patched", "InService")
    room.sagemaker.delete_endpoint(EndpointName="patched")
