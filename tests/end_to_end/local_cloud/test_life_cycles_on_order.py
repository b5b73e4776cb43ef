"""What goes wrong only now and then on AWS goes wrong here on order, and only then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sagemaker import endpoint_changes
from local.sagemaker.errors import Invalid
from tests.end_to_end.local_cloud.sagemaker_room import IMAGE, SERVERLESS
from tests.end_to_end.local_cloud.stage import ROLE, Stage, make_stage
from tests.end_to_end.tide import eventually


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    stage = make_stage(monkeypatch, tmp_path)
    yield stage
    stage.jobs_may_end.set()
    stage.cloud.stopping.set()


IN_PROGRESS = 'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/e".'


def refuses_changes(stage: Stage) -> bool:
    update = stage.refused("UpdateEndpoint", EndpointName="e", EndpointConfigName="old")
    delete = stage.refused("DeleteEndpoint", EndpointName="e")
    return update == delete == ("ValidationException", IN_PROGRESS)


def test_an_order_is_checked_and_can_be_taken_back(stage: Stage) -> None:
    for name, value in (
        ("no_such_order", True),
        ("fail_update", True),
        ("fail_update", "loudly"),
        ("stuck_creating", "yes"),
        ("stuck_creating", 1),
        ("events", "thrice"),
        ("system_updating", True),
        ("quotas", {"instances": 1}),
        ("quotas", {"training": 1}),
        ("quotas", {"endpoints": -1}),
        ("config_delay", "long"),
        ("role_delay", 0),
    ):
        with pytest.raises(ValueError, match=name):
            stage.cloud.misbehave(name, value)
    assert stage.cloud.misbehaviour == {}
    stage.cloud.misbehave("events", "twice")
    stage.cloud.misbehave("events", None)
    stage.cloud.misbehave("events", None)
    assert stage.cloud.misbehaviour == {}


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("reason", "InService", True),
        ("silent", "InService", False),
        ("rollback_failed", "UpdateRollbackFailed", True),
    ],
)
def test_a_failed_update_ends_on_the_old_config(stage: Stage, how: str, status: str, *, said: bool) -> None:
    stage.endpoint("e", stage.config("old"))
    stage.config("new")
    stage.cloud.misbehave("fail_update", how)

    stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="new")
    endpoint = stage.until("e", status)

    assert endpoint["EndpointConfigName"] == "old"
    assert ("FailureReason" in endpoint) == said
    assert "PendingDeploymentSummary" not in endpoint
    ends = {"InService": "IN_SERVICE", "UpdateRollbackFailed": "UPDATE_ROLLBACK_FAILED"}[status]
    assert stage.statuses("e") == ["CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", ends]
    assert not stage.hosts[0].closed
    stage.cloud.misbehave("fail_update", None)
    stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="new")
    after = stage.until("e", "InService")
    assert (after["EndpointConfigName"], "FailureReason" in after) == ("new", False)


def test_an_update_whose_container_does_not_start_rolls_back_with_the_containers_reason(stage: Stage) -> None:
    stage.endpoint("e", stage.config("old"))
    stage.broken.add(stage.config("new"))

    stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="new")

    assert "ping health check" in stage.until("e", "InService")["FailureReason"]


def test_an_update_closes_what_served_before(stage: Stage) -> None:
    stage.endpoint("e", stage.config("old"))
    stage.config("new")

    stage.call("UpdateEndpoint", EndpointName="e", EndpointConfigName="new")
    stage.until("e", "InService")

    eventually(lambda: [host.closed for host in stage.hosts] == [True, False], "the old host closed")


@pytest.mark.parametrize("ordered", [True, "The image 492215442770… does not exist."])
def test_a_creation_fails_and_keeps_its_name_until_deleted(stage: Stage, ordered: Any) -> None:
    stage.config("old")
    stage.cloud.misbehave("fail_creation", ordered)

    failed = stage.endpoint("e", "old", "Failed")

    assert failed["FailureReason"] == (ordered if ordered is not True else failed["FailureReason"])
    assert stage.statuses("e") == ["CREATING", "FAILED"]
    assert "already existing" in stage.refused("CreateEndpoint", EndpointName="E", EndpointConfigName="old")[1]
    assert "failed endpoint" in stage.refused("UpdateEndpoint", EndpointName="e", EndpointConfigName="old")[1]
    stage.cloud.misbehave("fail_creation", None)
    stage.call("DeleteEndpoint", EndpointName="e")
    eventually(lambda: "e" not in stage.world.endpoints, "the name free")
    stage.endpoint("e", "old")


def test_a_long_reason_is_cut_at_1024_characters(stage: Stage) -> None:
    stage.cloud.misbehave("fail_creation", "x" * 2000)

    assert len(stage.endpoint("e", stage.config("old"), "Failed")["FailureReason"]) == 1024


def test_a_creation_that_is_stuck_can_be_neither_updated_nor_deleted(stage: Stage) -> None:
    stage.config("old")
    stage.cloud.misbehave("stuck_creating", True)
    stage.endpoint("e", "old", "Creating")
    deadline = time.monotonic() + 20 * stage.cloud.settings.endpoint_seconds

    while time.monotonic() < deadline:
        assert refuses_changes(stage)
    stage.cloud.misbehave("stuck_creating", None)
    stage.until("e", "InService")


def test_a_system_update_serves_and_refuses_changes_until_it_ends(stage: Stage) -> None:
    stage.endpoint("e", stage.config("old"))
    stage.endpoint("other", "old")
    stage.cloud.misbehave("system_updating", "e")
    endpoint_changes.maintain(stage.cloud)

    assert stage.call("DescribeEndpoint", EndpointName="e")["EndpointStatus"] == "SystemUpdating"
    assert stage.call("DescribeEndpoint", EndpointName="other")["EndpointStatus"] == "InService"
    assert refuses_changes(stage)
    stage.cloud.misbehave("system_updating", None)
    endpoint_changes.maintain(stage.cloud)
    assert stage.statuses("e")[-2:] == ["SYSTEM_UPDATING", "IN_SERVICE"]
    stage.call("DeleteEndpoint", EndpointName="e")


def test_endpoint_events_can_be_switched_off_alone(stage: Stage) -> None:
    stage.cloud.misbehave("endpoint_events", "off")

    stage.endpoint("e", stage.config("old"))
    stage.call("CreateTrainingJob", **stage.job("j"))

    kinds = [kind for kind, _ in stage.events]
    assert kinds == [f"SageMaker {what} State Change" for what in ("Model", "Endpoint Config", "Training Job")]


def test_every_event_can_come_twice(stage: Stage) -> None:
    stage.cloud.misbehave("events", "twice")

    stage.endpoint("e", stage.config("old"))

    eventually(lambda: stage.statuses("e") == ["CREATING", "CREATING", "IN_SERVICE", "IN_SERVICE"], "all events")
    assert [kind for kind, _ in stage.events].count("SageMaker Model State Change") == 2


def test_a_config_may_be_seen_late(stage: Stage) -> None:
    stage.config("old")
    stage.cloud.misbehave("config_delay", 0.2)

    code, message = stage.refused("CreateEndpoint", EndpointName="e", EndpointConfigName="old")
    assert (code, "Could not find endpoint configuration" in message) == ("ValidationException", True)
    assert stage.call("DescribeEndpointConfig", EndpointConfigName="old")
    eventually(lambda: created(stage), "the config seen")


def test_a_model_may_be_seen_late(stage: Stage) -> None:
    stage.cloud.misbehave("model_delay", 0.2)
    stage.call("CreateModel", ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})

    variants = [{"VariantName": "v", "ModelName": "m", "ServerlessConfig": SERVERLESS}]
    code, message = stage.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants)
    assert (code, message.startswith('Could not find model "arn:aws:sagemaker:')) == ("ValidationException", True)
    assert stage.call("DescribeModel", ModelName="m")
    time.sleep(0.2)
    stage.call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants)


def test_the_metrics_of_a_job_may_be_shown_late(stage: Stage) -> None:
    ended = {"TrainingJobStatus": "Completed", "TrainingEndTime": time.time(), "FinalMetricDataList": [{"Value": 1.0}]}
    stage.world.jobs["j"] = ended
    assert stage.call("DescribeTrainingJob", TrainingJobName="j") == ended
    stage.cloud.misbehave("final_metrics_delay", 60)
    assert "FinalMetricDataList" not in stage.call("DescribeTrainingJob", TrainingJobName="j")


def created(stage: Stage) -> bool:
    try:
        stage.call("CreateEndpoint", EndpointName="e", EndpointConfigName="old")
    except Invalid:
        return False
    return True


def test_a_host_that_breaks_in_an_unknown_way_fails_the_endpoint(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(*_: Any) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(endpoint_changes, "prepare", prepare)

    assert "by chance" in stage.endpoint("e", stage.config("old"), "Failed")["FailureReason"]
