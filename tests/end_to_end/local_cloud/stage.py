"""The local SageMaker in this process, without its containers and without the bus: what it would say is kept."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.adapters import services
from local.clock import Clock
from local.sagemaker import endpoint_changes, models, training_jobs, training_request
from local.sagemaker.errors import SageMakerError
from local.sagemaker.hosting import HostingFailedError
from local.sagemaker.service import OPERATIONS
from local.sagemaker.state import Cloud, Record, World
from local.settings import Settings
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, SERVERLESS
from tests.end_to_end.tide import eventually

SCOPE = services.Scope("123456789012", "eu-central-1")
ROLE = "arn:aws:iam::123456789012:role/execution"


@dataclass
class FakeHost:
    """What serves an endpoint, as far as its life cycle goes."""

    config: Record
    closed: bool = False

    def summaries(self) -> list[Record]:
        return [{"VariantName": variant["VariantName"]} for variant in self.config["ProductionVariants"]]

    def close(self) -> None:
        self.closed = True


@dataclass
class Stage:
    cloud: Cloud
    world: World
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    hosts: list[FakeHost] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)  # configs that cannot be brought into service
    jobs_may_end: threading.Event = field(default_factory=threading.Event)
    _numbers: Any = field(default_factory=itertools.count)

    def call(self, operation: str, **request: Any) -> Record:
        return OPERATIONS[operation](self.cloud, self.world, request)

    def refused(self, operation: str, **request: Any) -> tuple[str, str]:
        with pytest.raises(SageMakerError) as refused:
            self.call(operation, **request)
        return refused.value.code, refused.value.message

    def config(self, name: str, **variant: Any) -> str:
        """With a model of its own; serverless unless the variant has an InstanceType."""
        model = f"model-{next(self._numbers)}"
        self.call("CreateModel", ModelName=model, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
        kind = {} if "InstanceType" in variant else {"ServerlessConfig": SERVERLESS}
        asked = {"VariantName": "AllTraffic", "ModelName": model, **kind, **variant}
        self.call("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=[asked])
        return name

    def endpoint(self, name: str, config: str, status: str = "InService") -> Record:
        self.call("CreateEndpoint", EndpointName=name, EndpointConfigName=config)
        return self.until(name, status)

    def until(self, name: str, status: str) -> Record:
        def look() -> Record | None:
            found = self.call("DescribeEndpoint", EndpointName=name)
            return found if found["EndpointStatus"] == status else None

        return eventually(look, f"{name} {status}", seconds=45)

    def job(self, name: str, instance: str = "ml.m5.large", count: int = 1, **more: Any) -> Record:
        return {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": instance, "InstanceCount": count, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def statuses(self, endpoint: str) -> list[str]:
        """Of its events, in order."""
        return [detail["EndpointStatus"] for _, detail in list(self.events) if detail.get("EndpointName") == endpoint]


def make_stage(patch: pytest.MonkeyPatch, folder: Path, **settings: Any) -> Stage:
    quick = Settings(training_seconds=0, endpoint_seconds=0.01, delete_seconds=0.01)
    cloud = Cloud(Settings(**{**vars(quick), **settings}), Clock(), folder)
    stage = Stage(cloud, cloud.world(SCOPE))

    def put_event(_: services.Scope, detail_type: str, detail: dict[str, Any], __: str) -> None:
        stage.events.append((detail_type, detail))

    def prepare(_: Cloud, world: World, __: str, config: str) -> FakeHost:
        if config in stage.broken:
            raise HostingFailedError("The primary container did not pass the ping health check.")
        stage.hosts.append(FakeHost(models.CONFIG.existing(world, config)))
        return stage.hosts[-1]

    class WaitingRun:
        def __init__(self, _: Cloud, __: World, job: Record) -> None:
            self._job = job

        def run(self) -> None:
            stage.jobs_may_end.wait(10)
            self._job["TrainingJobStatus"] = "Completed"

    patch.setattr(services, "put_event", put_event)
    patch.setattr(endpoint_changes, "prepare", prepare)
    patch.setattr(training_jobs, "TrainingRun", WaitingRun)
    patch.setattr(training_request, "must_find_its_data", lambda *_: None)
    return stage
