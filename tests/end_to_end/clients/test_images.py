"""The image in the request decides: what trains, what serves, what goes into the log, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.clients.conftest import ROW, Desk
from tests.end_to_end.tide import eventually

REPOSITORY = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost"
SERVED = [
    ("old-in-old", "image-old", "1.7-1", "InService"),
    ("new-in-new", "image-new", "3.2-0", "InService"),
    ("new-in-older", "image-new", "3.0-5", "InService"),
    ("old-in-new", "image-old", "3.2-0", "Failed"),
    ("new-in-unknown", "image-new", "9.9-9", "Failed"),
]


def train(desk: Desk, name: str, tag: str) -> None:
    s3, sagemaker = desk.cloud.admin.client("s3"), desk.cloud.admin.client("sagemaker")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.upload_file(str(desk.csv), name, "train.csv")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{name}/train.csv"}
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=desk.execution_role,
        AlgorithmSpecification={"TrainingImage": f"{REPOSITORY}:{tag}", "TrainingInputMode": "File"},
        HyperParameters={"num_round": "3"},
        InputDataConfig=[
            {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}},
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{name}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )


def trained(desk: Desk, name: str) -> Any:
    """The job, ended."""
    sagemaker = desk.cloud.admin.client("sagemaker")

    def look() -> Any:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in ("Completed", "Failed") else None

    return eventually(look, "the job's end")


def deploy(desk: Desk, name: str, job: str, tag: str) -> None:
    sagemaker = desk.cloud.admin.client("sagemaker")
    artifact = f"s3://{job}/output/{job}/output/model.tar.gz"
    without_nginx = {"SAGEMAKER_USE_NGINX": "false"}  # which cannot start on serverless
    container = {"Image": f"{REPOSITORY}:{tag}", "ModelDataUrl": artifact, "Environment": without_nginx}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=desk.execution_role, PrimaryContainer=container)
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    variant = {"VariantName": "v", "ModelName": name, "ServerlessConfig": serverless}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def status(desk: Desk, name: str) -> str:
    """Of the endpoint, in service or failed."""
    sagemaker = desk.cloud.admin.client("sagemaker")

    def look() -> Any:
        found = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
        return found if found != "Creating" else None

    return str(eventually(look, "the endpoint"))


def called(desk: Desk, name: str) -> float:
    runtime = desk.cloud.admin.client("sagemaker-runtime")
    return float(runtime.invoke_endpoint(EndpointName=name, Body=ROW, ContentType="text/csv")["Body"].read())


def log(desk: Desk, group: str) -> str:
    events = desk.cloud.admin.client("logs").filter_log_events(logGroupName=f"/aws/sagemaker/{group}")["events"]
    return "\n".join(event["message"] for event in events)


def test_a_job_with_the_tag_latest_fails_with_the_reason(desk: Desk) -> None:
    """AWS documents: do not use `:latest` or `:1`."""
    train(desk, "image-latest", "latest")
    job = trained(desk, "image-latest")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "not emulated by this local cloud: image tag 'latest', which is XGBoost 0.72, which AWS's documentation says"
    )


@pytest.mark.soak
def test_a_model_belongs_behind_the_image_that_trained_it(desk: Desk) -> None:
    """Seen on the images' own code: 3.2-0 cannot read what 1.7-1 wrote; 3.0-5 misreads what 3.2-0 wrote."""
    train(desk, "image-old", "1.7-1")
    train(desk, "image-new", "3.2-0")
    assert [trained(desk, f"image-{age}")["TrainingJobStatus"] for age in ("old", "new")] == ["Completed"] * 2
    for name, job, tag, _ in SERVED:
        deploy(desk, name, job, tag)
    assert [(name, status(desk, name)) for name, *_ in SERVED] == [(name, becomes) for name, *_, becomes in SERVED]

    assert called(desk, "new-in-new") > 7
    assert called(desk, "new-in-older") < 4, "the intercept is lost, and nothing says so"
    eventually(lambda: "serves 1.7-1 with the installed" in log(desk, "Endpoints/old-in-old"), "the warning")
    assert "the old binary format, which 3.2-0 cannot read" in log(desk, "Endpoints/old-in-new")
    unknown = desk.cloud.admin.client("sagemaker").describe_endpoint(EndpointName="new-in-unknown")
    assert unknown["FailureReason"].startswith("not emulated by this local cloud: image tag '9.9-9'")
    for name, *_ in SERVED:
        desk.cloud.admin.client("sagemaker").delete_endpoint(EndpointName=name)
