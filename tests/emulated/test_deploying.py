"""A finished job becomes the model's one endpoint: created, updated, or left alone, however often it is tried."""

from collections.abc import Callable

import pytest

from ebb.deploying import Deploying
from ebb.errors import WaitError
from ebb.incoming import TrainingEnded
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT, NEWER, NOW, OLDER, Stack

Train = Callable[[str], TrainingEnded]


@pytest.fixture
def run(stack: Stack, trained: Train) -> TrainingEnded:
    ended = trained("validation = 0.2")
    stack.announcements()
    return ended


def test_the_first_run_creates_model_config_and_endpoint(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    outcome = deploying.work_on(run)
    assert outcome == {
        "outcome": "created",
        "run": run.job,
        "endpoint": ENDPOINT,
        "metrics": {"validation:rmse": 2.1},
    }
    model = stack.sagemaker.models[run.job]["PrimaryContainer"]
    assert model["ModelDataUrl"] == f"s3://{BUCKET}/runs/abalone/{run.job}/output/model.tar.gz"
    (variant,) = stack.sagemaker.configs[run.job]["ProductionVariants"]
    assert (variant["ModelName"], variant["ServerlessConfig"]["MemorySizeInMB"]) == (run.job, 2048)
    assert stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] == run.job


def test_the_endpoint_is_what_the_runs_own_model_toml_asked_for(
    stack: Stack, deploying: Deploying, trained: Train
) -> None:
    ended = trained("[endpoint]\nmemory_mb = 4096\nmax_concurrency = 7")
    stack.upload("datasets/abalone/model.toml", b"[endpoint]\nmemory_mb = 1024")
    deploying.work_on(ended)
    (variant,) = stack.sagemaker.configs[ended.job]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 7}


def test_model_and_config_carry_the_run_and_the_endpoint_does_not(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    deploying.work_on(run)
    shared = {"ebb:stack": "ebb", "ebb:model": "abalone"}
    for kind in ("model", "endpoint-config"):
        assert stack.sagemaker.tags[stack.sagemaker.arn(kind, run.job)] == shared | {"ebb:run": run.job}
    assert stack.sagemaker.tags[stack.sagemaker.arn("endpoint", ENDPOINT)] == shared


def test_what_is_wanted_is_written_before_the_endpoint_is_touched(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    stack.sagemaker.refuse("create_endpoint", client_error("InternalFailure", "try again"))
    with pytest.raises(Exception, match="InternalFailure"):
        deploying.work_on(run)
    row = stack.row("abalone", "endpoint")
    assert (row["state"], row["wanted"], row["since"]) == ("deploying", run.job, "2026-11-22T16:00:00Z")


def test_the_deployment_is_in_latest_json_and_in_the_ledger(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    deploying.work_on(run)
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"], latest["endpoint"]) == (run.job, "deploying", ENDPOINT)
    row = stack.row("abalone", f"run#{run.job}")
    assert (row["stage"], row["deploying_at"]) == ("deploying", "2026-11-22T16:00:00Z")
    assert row["key"] == "datasets/abalone/abalone.csv"


def test_a_newer_run_updates_the_endpoint_in_place(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(OLDER)
    assert deploying.work_on(run)["outcome"] == "updated"
    assert stack.sagemaker.called("update_endpoint") == [ENDPOINT]
    stack.sagemaker.settle(ENDPOINT)
    assert stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] == run.job


@pytest.mark.parametrize("settled", [True, False])
def test_the_same_event_twice_changes_nothing_more(
    stack: Stack, deploying: Deploying, run: TrainingEnded, *, settled: bool
) -> None:
    deploying.work_on(run)
    if settled:
        stack.sagemaker.settle(ENDPOINT)
    assert deploying.work_on(run) == {"outcome": "already there", "run": run.job, "endpoint": ENDPOINT}
    assert (len(stack.sagemaker.models), len(stack.sagemaker.configs), len(stack.sagemaker.endpoints)) == (1, 1, 1)
    assert stack.sagemaker.called("update_endpoint") == []


def test_an_update_under_way_to_this_run_is_left_alone(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(OLDER)
    deploying.work_on(run)
    assert deploying.work_on(run)["outcome"] == "already there"
    assert len(stack.sagemaker.called("update_endpoint")) == 1


@pytest.mark.parametrize("step", ["create_model", "create_endpoint_config", "create_endpoint"])
def test_a_crash_at_any_step_is_mended_by_trying_again(
    stack: Stack, deploying: Deploying, run: TrainingEnded, step: str
) -> None:
    stack.sagemaker.refuse(step, client_error("InternalFailure", "try again"))
    with pytest.raises(Exception, match="InternalFailure"):
        deploying.work_on(run)
    assert deploying.work_on(run)["outcome"] == "created"
    assert (list(stack.sagemaker.models), list(stack.sagemaker.configs)) == ([run.job], [run.job])


@pytest.mark.parametrize("status", ["Creating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_that_is_being_changed_is_waited_for(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None], status: str
) -> None:
    behind(OLDER, status)
    with pytest.raises(WaitError, match=f"{ENDPOINT} is {status}"):
        deploying.work_on(run)
    assert stack.sagemaker.called("update_endpoint") == []
    stack.sagemaker.settle(ENDPOINT)
    assert deploying.work_on(run)["outcome"] == "updated"


def test_an_endpoint_that_was_just_deleted_is_created_anew(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(OLDER, "Deleting")
    with pytest.raises(WaitError):
        deploying.work_on(run)
    del stack.sagemaker.endpoints[ENDPOINT]
    assert deploying.work_on(run)["outcome"] == "created"


@pytest.mark.parametrize("step", ["create_model", "create_endpoint_config", "create_endpoint", "update_endpoint"])
def test_a_throttled_call_is_waited_for(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None], step: str
) -> None:
    behind(OLDER)
    stack.sagemaker.refuse(step, client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(WaitError, match="Rate exceeded"):
        deploying.work_on(run)
    assert deploying.work_on(run)["outcome"] == "updated"


def test_an_endpoint_that_someone_changed_in_between_is_waited_for(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(OLDER)
    stack.sagemaker.refuse(
        "update_endpoint", client_error("ValidationException", 'Cannot update in-progress endpoint "e"')
    )
    with pytest.raises(WaitError, match="in-progress"):
        deploying.work_on(run)


def test_a_failed_endpoint_is_deleted_then_waited_for_then_created(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(OLDER, "Failed")
    with pytest.raises(WaitError):
        deploying.work_on(run)
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]
    with pytest.raises(WaitError, match="Deleting"):
        deploying.work_on(run)
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]
    del stack.sagemaker.endpoints[ENDPOINT]
    assert deploying.work_on(run)["outcome"] == "created"


def test_an_error_that_nobody_knows_escapes(stack: Stack, deploying: Deploying, run: TrainingEnded) -> None:
    stack.sagemaker.refuse("create_endpoint", client_error("ResourceLimitExceeded", "is 50"))
    with pytest.raises(Exception, match="ResourceLimitExceeded"):
        deploying.work_on(run)


def test_a_run_that_the_ledger_knows_to_be_superseded_creates_nothing(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    stack.put_row("abalone", "endpoint", wanted=NEWER, state="live")
    assert deploying.work_on(run) == {"outcome": "superseded", "run": run.job, "by": NEWER}
    assert (stack.sagemaker.models, stack.sagemaker.configs, stack.sagemaker.endpoints) == ({}, {}, {})
    row = stack.row("abalone", f"run#{run.job}")
    assert (row["stage"], row["reason"]) == ("superseded", f"{NEWER} is newer")


@pytest.mark.parametrize("status", ["InService", "Creating"])
def test_a_run_older_than_what_the_endpoint_serves_never_replaces_it(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None], status: str
) -> None:
    behind(NEWER, status)
    assert deploying.work_on(run) == {"outcome": "superseded", "run": run.job, "by": NEWER}
    assert stack.sagemaker.called("update_endpoint") == []


def test_a_ledger_that_lost_the_newer_run_wants_it_again(
    stack: Stack, deploying: Deploying, run: TrainingEnded, behind: Callable[..., None]
) -> None:
    behind(NEWER)
    deploying.work_on(run)
    assert stack.row("abalone", "endpoint")["wanted"] == NEWER


def test_two_runs_that_end_in_the_wrong_order_leave_the_newer_one(
    stack: Stack, deploying: Deploying, trained: Train, run: TrainingEnded
) -> None:
    newer = trained("validation = 0.1")
    order = sorted([run, newer], key=lambda ended: ended.job, reverse=True)
    outcomes = [deploying.work_on(ended)["outcome"] for ended in order]
    assert outcomes == ["created", "superseded"]
    assert stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] == order[0].job


def test_a_late_second_event_does_not_wake_what_sleeps(
    stack: Stack, deploying: Deploying, trained: Callable[[str], TrainingEnded]
) -> None:
    ended = trained("")
    deploying.work_on(ended)
    del stack.sagemaker.endpoints[ENDPOINT]
    deploying.ledger.record_endpoint("abalone", "asleep", NOW)
    assert deploying.work_on(ended)["outcome"] == "asleep"
    assert stack.sagemaker.endpoints == {}
