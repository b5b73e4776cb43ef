"""What CreateTrainingJob refuses at once, and the job as it is described from then on."""

from __future__ import annotations

import time
from collections.abc import Iterable

from local.sagemaker import shapes
from local.sagemaker.errors import Invalid
from local.sagemaker.role import must_list_channel
from local.sagemaker.state import Cloud, Record, World

_LONGEST_RUN = 28 * 24 * 3600


def must_be_possible(request: Record) -> None:
    """What the shapes leave open, because other kinds of jobs need less."""
    algorithm, resources = request.get("AlgorithmSpecification", {}), request.get("ResourceConfig", {})
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise Invalid("AlgorithmSpecification must name a TrainingImage or an AlgorithmName, and not both.")
    if "AlgorithmName" in algorithm:
        raise Invalid("The local SageMaker does not emulate AlgorithmName: give a TrainingImage.")
    for member in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
        if not resources.get(member):
            raise Invalid(f"ResourceConfig must have {member}, at least 1 where it is a number.")
    for channel in request.get("InputDataConfig", []):
        _must_be_a_prefix(channel)
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(set(names)) < len(names):
        raise Invalid("Channel names must be unique.")
    _must_end(request)


def _must_be_a_prefix(channel: Record) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise Invalid(f"The local SageMaker emulates only S3DataSource; channel {channel['ChannelName']} has none.")
    if source["S3DataType"] != "S3Prefix":
        raise Invalid(f"The local SageMaker does not emulate S3DataType {source['S3DataType']}.")


def _must_end(request: Record) -> None:
    condition = request.get("StoppingCondition", {})
    if not condition:
        raise Invalid("StoppingCondition must be specified.")
    seconds, waiting = condition.get("MaxRuntimeInSeconds", 86400), condition.get("MaxWaitTimeInSeconds")
    if seconds > _LONGEST_RUN:
        raise Invalid(f"MaxRuntimeInSeconds must be less than or equal to {_LONGEST_RUN}.")
    spot = request.get("EnableManagedSpotTraining", False)
    if spot and (waiting is None or waiting < seconds):
        raise Invalid("MaxWaitTimeInSeconds must be equal to or greater than MaxRuntimeInSeconds for spot training.")
    if spot and waiting > 3600 and "CheckpointConfig" not in request:
        raise Invalid("MaxWaitTimeInSeconds above 3600 is not supported without checkpointing.")
    if not spot and waiting is not None:
        raise Invalid("MaxWaitTimeInSeconds is only for jobs with EnableManagedSpotTraining.")


def must_find_its_data(cloud: Cloud, world: World, request: Record) -> None:
    for channel in request.get("InputDataConfig", []):
        must_list_channel(cloud, world, request["RoleArn"], channel["DataSource"]["S3DataSource"]["S3Uri"])


def artifact_uri(request: Record) -> str:
    base = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return f"{base}/{request['TrainingJobName']}/output/model.tar.gz"


def _described() -> Iterable[str]:
    """Whatever was asked for, DescribeTrainingJob shows, except tags."""
    model = shapes.operation_model("DescribeTrainingJob")
    assert model is not None
    assert model.output_shape is not None
    return model.output_shape.members


def accepted(request: Record, arn: str) -> Record:
    """The new job, with AWS's defaults. Where its artifact will be is known from the start."""
    now = time.time()
    starting = {"Status": "Starting", "StartTime": now, "StatusMessage": "Starting the training job"}
    return {
        **{name: value for name, value in request.items() if name in _described()},
        "HyperParameters": request.get("HyperParameters", {}),
        "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": False, **request["AlgorithmSpecification"]},
        "InputDataConfig": [
            {"CompressionType": "None", "RecordWrapperType": "None", **channel}
            for channel in request.get("InputDataConfig", [])
        ],
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400, **request["StoppingCondition"]},
        "EnableNetworkIsolation": request.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": request.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": request.get("EnableManagedSpotTraining", False),
        "ModelArtifacts": {"S3ModelArtifacts": artifact_uri(request)},
        "TrainingJobArn": arn,
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [starting],
        "CreationTime": now,
        "LastModifiedTime": now,
    }
