"""A person wants a model gone: nothing of it is left in SageMaker, and everything that it takes to deploy it again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from ebb.messaging.requests import Request
from ebb.names import ModelName
from ebb.times import parsed
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, NOW, TABLE, Stack

FIRST, SECOND, THIRD = run_named(1), run_named(2), run_named(3)
DELETE = Request("Delete", ModelName("abalone"))


@pytest.fixture
def two(runs: Deployments) -> Deployments:
    for number in (1, 2):
        runs.was_live(number)
    return runs


def delete(runs: Deployments, asked: Request = DELETE) -> dict[str, Any]:
    """What waits is delivered again."""
    for _ in range(5):
        try:
            return runs.deploying.work_on(asked)
        except WaitError:
            runs.stack.sagemaker.settle_all()
    raise AssertionError("no end to it")


def left(stack: Stack) -> list[str]:
    return [*stack.sagemaker.endpoints, *stack.sagemaker.configs, *stack.sagemaker.models]


def test_nothing_of_it_is_left_and_what_is_kept_is_said(two: Deployments) -> None:
    kept = two.stack.listed()
    with pytest.raises(WaitError, match=f"{ENDPOINT} to be gone"):
        two.deploying.work_on(DELETE)
    assert (two.row.state, two.row.live_run, two.said()) == (State.NONE, "", [])
    assert delete(two)["outcome"] == "deleted"
    assert left(two.stack) == []
    (said,) = two.stack.announcements()
    assert (said["name"], said["by"], said["run"], said["removed"]) == (
        "EndpointPurged",
        "request",
        SECOND,
        [FIRST, SECOND],
    )
    assert said["wake"] == "ebb retry abalone"
    assert set(kept) <= set(two.stack.listed())
    assert two.stack.read_json("runs/abalone/latest.json")["stage"] == "deleted"
    row = two.row
    assert (row.state, row.live_config, row.previous_run, row.wanted, row.due) == (State.NONE, "", "", None, None)
    assert delete(two) == {"outcome": "nothing to delete", "model": "abalone"}
    assert two.said() == []


def test_its_logs_are_gone_too(two: Deployments) -> None:
    names = [f"/aws/sagemaker/Endpoints/{name}" for name in (ENDPOINT, SECOND, "ebb-wine")]
    for name in names:
        two.stack.clients.logs.create_log_group(logGroupName=name)
    delete(two)
    groups = {group["logGroupName"] for group in two.stack.clients.logs.describe_log_groups()["logGroups"]}
    assert groups.intersection(names) == {names[2]}


def test_a_run_on_its_way_ends_here_and_is_not_begun_again(two: Deployments) -> None:
    ended = two.trained(3)
    two.deploying.work_on(ended)
    delete(two)
    two.calm()
    assert (left(two.stack), two.stage(3)) == ([], "superseded")
    assert two.deploying.work_on(ended)["outcome"] == "already decided"
    assert two.said() == ["EndpointPurged"]


def test_a_run_on_its_way_whose_row_was_lost_ends_here_too(two: Deployments) -> None:
    ended = two.trained(3)
    two.deploying.work_on(ended)
    key: Any = {"model": {"S": "abalone"}, "record": {"S": f"run#{THIRD}"}}
    two.stack.clients.dynamodb.delete_item(TableName=TABLE, Key=key)
    delete(two)
    assert (two.stage(3), two.deploying.work_on(ended)["outcome"]) == ("superseded", "already decided")


@pytest.mark.parametrize("stage", ["checked", "waiting", "training"])
def test_a_run_that_is_not_trained_yet_ends_here_too(two: Deployments, stage: str) -> None:
    two.stack.ledger.record_run("abalone", THIRD, stage, NOW)
    delete(two)
    assert two.stage(3) == "superseded"
    latest = two.stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"]) == (THIRD, "deleted")
    assert "the model was deleted while it was on its way" in latest["sentence"]
    assert two.deploying.work_on(two.trained(3))["outcome"] == "already decided"
    assert left(two.stack) == []


def test_a_run_of_a_later_upload_goes_on(two: Deployments) -> None:
    """The second run was uploaded on 2026-11-22 at 00:00:02, the third a second later."""
    two.stack.ledger.record_run("abalone", THIRD, "training", NOW)
    delete(two, replace(DELETE, at=parsed("2026-11-22T00:00:02Z")))
    assert two.stage(3) == "training"
    two.deploying.work_on(two.trained(3))
    two.calm()
    assert (two.row.state, two.row.live_run) == (State.LIVE, THIRD)


def test_what_was_decided_of_earlier_runs_stays(two: Deployments) -> None:
    two.stack.ledger.record_run("abalone", FIRST, "rolled-back", NOW)
    delete(two)
    assert (two.stage(1), two.stage(2)) == ("rolled-back", "live")


@pytest.mark.parametrize("prepare", [Deployments.falls_asleep, Deployments.loses_its_row])
def test_what_sleeps_or_was_forgotten_is_deleted_too(two: Deployments, prepare: Callable[[Deployments], None]) -> None:
    prepare(two)
    assert delete(two)["outcome"] == "deleted"
    assert (left(two.stack), two.row.state) == ([], State.NONE)


def test_a_model_whose_name_begins_like_it_stays(two: Deployments) -> None:
    sagemaker = two.stack.sagemaker
    run = "ebb-abalone-2-261122000001-k3v7q"
    tags = [{"Key": "ebb:stack", "Value": "ebb"}]
    sagemaker.create_model(ModelName=run, Tags=tags)
    variant = {"VariantName": "v-1", "ModelName": run}
    sagemaker.create_endpoint_config(EndpointConfigName=run, ProductionVariants=[variant], Tags=tags)
    sagemaker.create_endpoint(EndpointName="ebb-abalone-2", EndpointConfigName=run, Tags=tags)
    delete(two)
    assert left(two.stack) == ["ebb-abalone-2", run, run]


def test_what_is_not_ours_stays(two: Deployments) -> None:
    two.stack.sagemaker.tags[two.stack.sagemaker.arn("model", FIRST)]["ebb:stack"] = "other"
    delete(two)
    assert left(two.stack) == [FIRST]


def test_a_config_that_somebody_elses_endpoint_uses_stays_with_its_model(two: Deployments) -> None:
    two.stack.sagemaker.create_endpoint(EndpointName="theirs", EndpointConfigName=FIRST, Tags=[])
    two.stack.sagemaker.settle("theirs")
    delete(two)
    assert left(two.stack) == ["theirs", FIRST, FIRST]


def test_while_it_is_being_changed_it_waits(two: Deployments) -> None:
    busy = client_error("ValidationException", 'Cannot update in-progress endpoint "arn".', "DeleteEndpoint")
    two.stack.sagemaker.refuse("delete_endpoint", busy)
    with pytest.raises(WaitError, match="in-progress"):
        two.deploying.work_on(DELETE)
    assert delete(two)["outcome"] == "deleted"


def test_a_wake_that_comes_meanwhile_brings_nothing_back(two: Deployments) -> None:
    with pytest.raises(WaitError):
        two.deploying.work_on(DELETE)
    wake = two.deploying.work_on(Request("Wake", ModelName("abalone")))
    assert wake == {"outcome": "no such model", "model": "abalone"}
    assert delete(two)["outcome"] == "deleted"


def test_a_look_that_comes_meanwhile_brings_nothing_back(two: Deployments) -> None:
    with pytest.raises(WaitError):
        two.deploying.work_on(DELETE)
    two.confirm()
    assert two.row.state is State.NONE
    delete(two)
    two.confirm()
    assert (left(two.stack), two.row.state) == ([], State.NONE)


def test_what_was_uploaded_after_the_request_is_not_what_was_meant(two: Deployments) -> None:
    """The second run was uploaded on 2026-11-22 at 00:00:02."""
    early, late = (replace(DELETE, at=parsed(f"2026-11-22T00:00:{second}Z")) for second in ("01", "02"))
    assert delete(two, early) == {"outcome": "out of date", "model": "abalone", "reason": f"{SECOND} is newer"}
    assert (two.row.state, ENDPOINT in two.stack.sagemaker.endpoints) == (State.LIVE, True)
    assert delete(two, late)["outcome"] == "deleted"


def test_an_upload_makes_the_model_anew(two: Deployments) -> None:
    delete(two)
    two.deploying.work_on(two.trained(3))
    two.calm()
    assert (two.row.live_run, two.row.previous_run, two.said()) == (THIRD, "", ["EndpointPurged", "EndpointLive"])


def test_its_newest_run_can_be_deployed_again_without_training(two: Deployments) -> None:
    delete(two)
    jobs = dict(two.stack.sagemaker.jobs)
    two.deploying.work_on(Request("Retry", ModelName("abalone"), run=SECOND))
    two.calm()
    assert (two.row.state, two.row.live_run, two.served()) == (State.LIVE, SECOND, SECOND)
    assert two.stack.sagemaker.jobs == jobs
