"""What an endpoint refuses on its way, and how it may be updated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sagemaker import endpoint_changes
from tests.end_to_end.local_cloud.stage import Stage, make_stage

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
ROLLING = {
    "RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 0}
}
IN_PROGRESS = (
    "ValidationException",
    'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/e".',
)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    """An endpoint `e` in service on the config `old`, with another config `new`; being changed takes long."""
    stage = make_stage(monkeypatch, tmp_path)
    stage.endpoint("e", stage.config("old"))
    stage.config("new")
    yield stage
    stage.jobs_may_end.set()
    stage.cloud.stopping.set()


def refuses_changes(stage: Stage) -> None:
    assert stage.refused("UpdateEndpoint", EndpointName="e", EndpointConfigName="old") == IN_PROGRESS
    assert stage.refused("DeleteEndpoint", EndpointName="e") == IN_PROGRESS


def slow(stage: Stage, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """The cloud stays in that status until it stops."""
    wait = stage.cloud.wait

    def held(seconds: float) -> bool:
        while stage.world.endpoints["e"]["EndpointStatus"] == status:
            if not wait(0.01):
                return False
        return wait(seconds)

    monkeypatch.setattr(stage.cloud, "wait", held)


@pytest.mark.parametrize("status", ["Updating", "RollingBack", "Deleting"])
def test_an_endpoint_on_its_way_refuses_update_and_delete(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    slow(stage, monkeypatch, status)
    stage.cloud.misbehave("fail_update", "reason")

    if status == "Deleting":
        stage.call("DeleteEndpoint", EndpointName="e")
    else:
        stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="new")
    stage.until("e", status)

    refuses_changes(stage)


def test_a_serverless_endpoint_takes_no_rolling_deployment_and_a_real_time_one_does(stage: Stage) -> None:
    """AWS documents: rolling deployments are for real-time endpoints."""
    update = {"EndpointName": "e", "EndpointConfigName": "new", "DeploymentConfig": ROLLING}
    refused = stage.refused("UpdateEndpoint", **update)
    assert refused == ("ValidationException", "Serverless Inference does not support rolling deployments.")
    assert stage.call("DescribeEndpoint", EndpointName="e")["EndpointStatus"] == "InService"

    stage.endpoint("r", stage.config("instances", **INSTANCES))
    stage.config("more", **INSTANCES)
    stage.call("UpdateEndpoint", EndpointName="r", EndpointConfigName="more", DeploymentConfig=ROLLING)
    assert stage.until("r", "InService")["EndpointConfigName"] == "more"


@pytest.mark.parametrize("more", [{"RetainAllVariantProperties": True}, {}])
def test_an_update_may_keep_its_config_and_its_variants_properties(stage: Stage, more: dict[str, Any]) -> None:
    """Neither is documented as refused for serverless; RetainAllVariantProperties is about counts and weights."""
    stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="old", **more)

    assert stage.until("e", "InService")["EndpointConfigName"] == "old"
    assert stage.statuses("e")[-2:] == ["UPDATING", "IN_SERVICE"]
    assert endpoint_changes.HOST not in stage.call("DescribeEndpoint", EndpointName="e")
