"""Quotas: what is at work counts, and the refusal is AWS's sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.local_cloud.sagemaker_room import SERVERLESS
from tests.end_to_end.local_cloud.stage import Stage, make_stage
from tests.end_to_end.tide import eventually

SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 3600},
}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    stage = make_stage(
        monkeypatch,
        tmp_path,
        training_instances=2,
        hosting_instances=2,
        serverless_endpoints=2,
        serverless_concurrency=10,
    )
    yield stage
    stage.jobs_may_end.set()
    stage.cloud.stopping.set()


def sentence(words: str, limit: int, used: int, delta: int, unit: str = "Instances") -> tuple[str, str]:
    return "ResourceLimitExceeded", (
        f"The account-level service limit '{words}' is {limit} {unit}, with current utilization of {used} {unit} "
        f"and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase for this quota. "
        "If AWS Service Quotas is not available, contact AWS support to request an increase for this quota."
    )


def test_jobs_at_work_count_by_instance_type(stage: Stage) -> None:
    stage.call("CreateTrainingJob", **stage.job("a"))
    stage.call("CreateTrainingJob", **stage.job("b"))
    stage.call("CreateTrainingJob", **stage.job("other", "ml.c5.xlarge"))
    stage.call("CreateTrainingJob", **stage.job("spot", **SPOT))

    refused = stage.refused("CreateTrainingJob", **stage.job("c"))

    assert refused == sentence("ml.m5.large for training job usage", 2, 2, 1)
    assert "c" not in stage.world.jobs
    stage.jobs_may_end.set()
    eventually(lambda: not any(job["TrainingJobStatus"] == "InProgress" for job in stage.world.jobs.values()), "ends")
    stage.call("CreateTrainingJob", **stage.job("c"))


def test_a_request_beyond_the_whole_quota_says_so(stage: Stage) -> None:
    refused = stage.refused("CreateTrainingJob", **stage.job("wide", count=3))

    assert refused == sentence("ml.m5.large for training job usage", 2, 0, 3)


def test_spot_has_a_quota_of_its_own(stage: Stage) -> None:
    refused = stage.refused("CreateTrainingJob", **stage.job("wide", count=3, **SPOT))

    assert refused == sentence("ml.m5.large for spot training job usage", 2, 0, 3)


def test_a_quota_can_be_zero_on_order(stage: Stage) -> None:
    stage.cloud.misbehave("quotas", {"training": {"ml.m5.xlarge": 0}})

    refused = stage.refused("CreateTrainingJob", **stage.job("never", "ml.m5.xlarge"))

    assert refused == sentence("ml.m5.xlarge for training job usage", 0, 0, 1)
    stage.call("CreateTrainingJob", **stage.job("still"))


ENDPOINTS = "Maximum number of serverless endpoints"
CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"


def test_serverless_endpoints_are_counted_until_they_are_gone(stage: Stage) -> None:
    stage.config("small")
    for name in ("a", "b"):
        stage.endpoint(name, "small")

    request = {"EndpointName": "c", "EndpointConfigName": "small"}
    assert stage.refused("CreateEndpoint", **request) == sentence(ENDPOINTS, 2, 2, 1, "None")
    assert "c" not in stage.world.endpoints
    stage.call("DeleteEndpoint", EndpointName="a")
    eventually(lambda: "a" not in stage.world.endpoints, "a place free")
    stage.call("CreateEndpoint", **request)


def test_concurrency_is_counted_over_all_endpoints_and_updates_take_the_difference(stage: Stage) -> None:
    stage.config("eight", ServerlessConfig=SERVERLESS | {"MaxConcurrency": 8})
    stage.config("three", ServerlessConfig=SERVERLESS | {"MaxConcurrency": 3})
    stage.config("ten", ServerlessConfig=SERVERLESS | {"MaxConcurrency": 10})
    stage.config("eleven", ServerlessConfig=SERVERLESS | {"MaxConcurrency": 11})
    stage.endpoint("a", "eight")

    refused = stage.refused("CreateEndpoint", EndpointName="b", EndpointConfigName="three")
    assert refused == sentence(CONCURRENCY, 10, 8, 3, "None")
    refused = stage.refused("UpdateEndpoint", EndpointName="a", EndpointConfigName="eleven")
    assert refused == sentence(CONCURRENCY, 10, 8, 3, "None")
    stage.call("UpdateEndpoint", EndpointName="a", EndpointConfigName="ten")
    stage.cloud.misbehave("quotas", {"concurrency": 20, "endpoints": 1})
    refused = stage.refused("CreateEndpoint", EndpointName="b", EndpointConfigName="three")
    assert refused == sentence(ENDPOINTS, 1, 1, 1, "None")


def test_instances_behind_endpoints_have_a_quota_too(stage: Stage) -> None:
    stage.config("three", InstanceType="ml.m5.large", InitialInstanceCount=3)

    refused = stage.refused("CreateEndpoint", EndpointName="a", EndpointConfigName="three")

    assert refused == sentence("ml.m5.large for endpoint usage", 2, 0, 3)
