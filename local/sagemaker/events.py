"""State changes on the bus, in the shapes AWS sends: integer epoch milliseconds, nulls, tags as a plain map."""

from __future__ import annotations

import re

from local.adapters import bridge
from local.sagemaker.state import Record, World


def training_job_changed(world: World, job: Record) -> None:
    detail = {
        "TrainingJobName": job["TrainingJobName"],
        "TrainingJobArn": job["TrainingJobArn"],
        "TrainingJobStatus": job["TrainingJobStatus"],
        "SecondaryStatus": job["SecondaryStatus"],
        "FailureReason": job.get("FailureReason"),
        "HyperParameters": job["HyperParameters"],
        "AlgorithmSpecification": {
            name: job["AlgorithmSpecification"][name] for name in ("TrainingImage", "TrainingInputMode")
        },
        "RoleArn": job["RoleArn"],
        "InputDataConfig": job["InputDataConfig"],
        "OutputDataConfig": job["OutputDataConfig"],
        "ResourceConfig": job["ResourceConfig"],
        "StoppingCondition": job["StoppingCondition"],
        "ModelArtifacts": job.get("ModelArtifacts"),
        "CreationTime": _milliseconds(job["CreationTime"]),
        "TrainingStartTime": _milliseconds(job.get("TrainingStartTime")),
        "TrainingEndTime": _milliseconds(job.get("TrainingEndTime")),
        "LastModifiedTime": _milliseconds(job["LastModifiedTime"]),
        "SecondaryStatusTransitions": [
            transition
            | {name: _milliseconds(transition[name]) for name in ("StartTime", "EndTime") if name in transition}
            for transition in job["SecondaryStatusTransitions"]
        ],
        "Tags": world.tags.get(job["TrainingJobArn"], {}),
    }
    bridge.put_event(world.scope, "SageMaker Training Job State Change", detail, job["TrainingJobArn"])


def endpoint_changed(world: World, endpoint: Record) -> None:
    detail = {
        "EndpointName": endpoint["EndpointName"],
        "EndpointArn": endpoint["EndpointArn"],
        "EndpointConfigName": endpoint["EndpointConfigName"],
        "EndpointStatus": _upper_snake(endpoint["EndpointStatus"]),
        "CreationTime": _milliseconds(endpoint["CreationTime"]),
        "LastModifiedTime": _milliseconds(endpoint["LastModifiedTime"]),
        "Tags": world.tags.get(endpoint["EndpointArn"], {}),
    }
    bridge.put_event(world.scope, "SageMaker Endpoint State Change", detail, endpoint["EndpointArn"])


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _upper_snake(status: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
