"""State changes on the bus, in the shapes AWS sends: integer epoch milliseconds, nulls, tags as a plain map."""

from __future__ import annotations

import copy
import re
from typing import Any

from local.adapters import services
from local.sagemaker.state import Cloud, Record, World


def training_job_changed(cloud: Cloud, world: World, job: Record) -> None:
    shown = ("TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus", "HyperParameters")
    configured = ("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    times = ("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime")
    with world.lock:
        detail: Record = {
            **{name: job[name] for name in (*shown, *configured)},
            "FailureReason": job.get("FailureReason"),
            "AlgorithmSpecification": {
                name: job["AlgorithmSpecification"][name] for name in ("TrainingImage", "TrainingInputMode")
            },
            "ModelArtifacts": job["ModelArtifacts"],
            **{name: _milliseconds(job.get(name)) for name in times},
            "SecondaryStatusTransitions": [
                step | {name: _milliseconds(step[name]) for name in ("StartTime", "EndTime") if name in step}
                for step in job["SecondaryStatusTransitions"]
            ],
            "Tags": world.tags.get(job["TrainingJobArn"], {}),
        }
        detail = copy.deepcopy(detail)
    _put(cloud, world, "Training Job", detail, job["TrainingJobArn"])


def endpoint_changed(cloud: Cloud, world: World, endpoint: Record) -> None:
    """Statuses in UPPER_SNAKE, unlike the API's."""
    if cloud.misbehaviour.get("endpoint_events") == "off":
        return
    with world.lock:
        detail = {
            "EndpointName": endpoint["EndpointName"],
            "EndpointArn": endpoint["EndpointArn"],
            "EndpointConfigName": endpoint["EndpointConfigName"],
            "EndpointStatus": _upper_snake(endpoint["EndpointStatus"]),
            "CreationTime": _milliseconds(endpoint["CreationTime"]),
            "LastModifiedTime": _milliseconds(endpoint["LastModifiedTime"]),
            "Tags": dict(world.tags.get(endpoint["EndpointArn"], {})),
        }
    _put(cloud, world, "Endpoint", detail, endpoint["EndpointArn"])


def endpoint_config_changed(cloud: Cloud, world: World, config: Record, tags: dict[str, str]) -> None:
    """On creation and deletion; nothing in it tells which."""
    members = ("VariantName", "ModelName", "InitialInstanceCount", "InstanceType", "InitialVariantWeight")
    detail = {
        "EndpointConfigName": config["EndpointConfigName"],
        "EndpointConfigArn": config["EndpointConfigArn"],
        "ProductionVariants": [
            {name: variant.get(name) for name in (*members, "ServerlessConfig")}
            for variant in config["ProductionVariants"]
        ],
        "CreationTime": _milliseconds(config["CreationTime"]),
        "Tags": tags,
    }
    _put(cloud, world, "Endpoint Config", detail, config["EndpointConfigArn"])


def model_changed(cloud: Cloud, world: World, model: Record, tags: dict[str, str]) -> None:
    """On creation and deletion; nothing in it tells which."""
    container = model.get("PrimaryContainer", {})
    detail = {
        "ModelName": model["ModelName"],
        "PrimaryContainer": {
            "ContainerHostname": container.get("ContainerHostname", "container_1"),
            "Image": container.get("Image"),
            "ModelDataUrl": container.get("ModelDataUrl"),
        },
        "ExecutionRoleArn": model.get("ExecutionRoleArn"),
        "CreationTime": _milliseconds(model["CreationTime"]),
        "ModelArn": model["ModelArn"],
        "Tags": tags,
    }
    _put(cloud, world, "Model", detail, model["ModelArn"])


def _put(cloud: Cloud, world: World, what: str, detail: dict[str, Any], arn: str) -> None:
    """AWS may send multiple events for each state change."""
    for _ in range(2 if cloud.misbehaviour.get("events") == "twice" else 1):
        services.put_event(world.scope, f"SageMaker {what} State Change", detail, arn)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _upper_snake(status: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
