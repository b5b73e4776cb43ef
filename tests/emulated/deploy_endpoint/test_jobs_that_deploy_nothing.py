"""A job that failed says why; a job that is not ours, or has not ended, is nobody's business."""

from collections.abc import Callable

import pytest

from ebb.errors import WaitError
from ebb.messaging.messages import TrainingEnded
from tests.emulated.deployments import Deploying
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import NOW, Stack

CUT_OFF = "AlgorithmError: framework error: \nTraceback (most recent call last):\n  File"
LOG = [
    "[0]#011train-rmse:8.09",
    "framework error: ",
    "Traceback (most recent call last):",
    '  File "hyperparameter_validation.py", line 81, in validate_range',
    'sagemaker_algorithm_toolkit.exceptions.UserError: Hyperparameter "subsample": 1.7 is not in (0.0, 1.0]',
    "",
    'Hyperparameter "subsample": 1.7 is not in (0.0, 1.0]',
]
SENTENCE = "Hyperparameter  subsample : 1.7 is not in (0.0, 1.0]"  # made safe


@pytest.fixture
def run(stack: Stack, trained: Callable[[str], TrainingEnded]) -> TrainingEnded:
    ended = trained("")
    stack.announcements()
    stack.sagemaker.calls.clear()
    return ended


def _write_log(stack: Stack, job: str, lines: list[str]) -> None:
    group, stream = "/aws/sagemaker/TrainingJobs", f"{job}/algo-1-1795361449"
    at = int(NOW.timestamp() * 1000)
    stack.clients.logs.create_log_group(logGroupName=group)
    stack.clients.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    stack.clients.logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": at + number, "message": line or " "} for number, line in enumerate(lines)],
    )


def _assert_nothing_deployed(stack: Stack) -> None:
    assert (stack.sagemaker.models, stack.sagemaker.configs, stack.sagemaker.endpoints) == ({}, {}, {})


def test_a_failed_job_is_announced_with_the_sentence_of_its_log(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason=CUT_OFF)
    _write_log(stack, run.job, LOG)
    outcome = deploying.work_on(run)
    assert outcome == {"outcome": "training failed", "run": run.job, "reason": SENTENCE}
    (said,) = stack.announcements()
    assert (said["name"], said["model"], said["run"], said["reason"]) == (
        "TrainingFailed",
        "abalone",
        run.job,
        SENTENCE,
    )
    assert said["retry"] is False
    assert f"{SENTENCE}. Nothing was deployed." in said["sentence"]
    _assert_nothing_deployed(stack)


def test_a_failure_is_in_latest_json_and_in_the_ledger(stack: Stack, deploying: Deploying, run: TrainingEnded) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason="CapacityError: none today")
    deploying.work_on(run)
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"]) == (run.job, "failed")
    assert "CapacityError: none today" in latest["sentence"]
    assert "`ebb retry abalone` trains it again" in latest["sentence"]
    row = stack.row("abalone", f"run#{run.job}")
    assert (row["stage"], row["reason"]) == ("failed", "CapacityError: none today")
    assert row["failed_at"] == "2026-11-22T16:00:00Z"


@pytest.mark.parametrize(
    ("secondary", "reason"),
    [("MaxRuntimeExceeded", "raise [training] max_runtime_minutes"), ("Stopped", "it was stopped")],
)
def test_a_stopped_job_is_a_failure_too(
    stack: Stack, deploying: Deploying, run: TrainingEnded, secondary: str, reason: str
) -> None:
    stack.sagemaker.end_job(run.job, "Stopped", secondary)
    assert reason in deploying.work_on(run)["reason"]
    (said,) = stack.announcements()
    assert said["name"] == "TrainingFailed"
    assert reason in said["sentence"]
    _assert_nothing_deployed(stack)


def test_the_job_is_judged_as_it_is_described_not_as_the_event_says(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason="CapacityError")
    claimed = TrainingEnded(run.job, run.arn)
    assert deploying.work_on(claimed)["outcome"] == "training failed"


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_that_is_said_to_have_ended_and_has_not_is_waited_for(
    stack: Stack, deploying: Deploying, run: TrainingEnded, status: str
) -> None:
    stack.sagemaker.end_job(run.job, status)
    with pytest.raises(WaitError, match=status):
        deploying.work_on(run)
    assert stack.announcements() == []
    _assert_nothing_deployed(stack)


def test_a_log_that_is_not_there_yet_is_waited_for_once(stack: Stack, deploying: Deploying, run: TrainingEnded) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason=CUT_OFF)
    stack.sagemaker.jobs[run.job]["TrainingEndTime"] = NOW
    with pytest.raises(WaitError, match="not there yet"):
        deploying.work_on(run)
    assert stack.announcements() == []


@pytest.mark.parametrize("tags", [{"ebb:stack": "other"}, {}, {"ebb:model": "abalone"}])
def test_a_job_of_another_stack_is_ignored_without_a_look(
    stack: Stack, deploying: Deploying, run: TrainingEnded, tags: dict[str, str]
) -> None:
    stack.sagemaker.tags[run.arn] = tags
    assert deploying.work_on(run) == {"outcome": "not ours", "job": run.job}
    assert stack.sagemaker.called("describe_training_job") == []
    _assert_nothing_deployed(stack)


@pytest.mark.parametrize("job", ["ebb-by-hand", "ebbtide-abalone-261122153000-k3v7q", "ebb-Abalone-261122153000-k3v7q"])
def test_a_job_that_is_not_named_like_a_run_is_ignored_without_a_call(
    stack: Stack, deploying: Deploying, job: str
) -> None:
    assert deploying.work_on(TrainingEnded(job, "arn")) == {"outcome": "not ours", "job": job}
    assert stack.sagemaker.calls == []


def test_an_error_of_the_log_that_nobody_knows_escapes_before_anything_is_said(
    stack: Stack, deploying: Deploying, run: TrainingEnded
) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason=CUT_OFF)
    with stack.broken("logs", "DescribeLogStreams"), pytest.raises(ConnectionError):
        deploying.work_on(run)
    assert stack.announcements() == []


def test_a_job_that_is_gone_is_passed_over(stack: Stack, deploying: Deploying, run: TrainingEnded) -> None:
    stack.sagemaker.refuse(
        "describe_training_job", client_error("ValidationException", "Requested resource not found.")
    )
    assert deploying.work_on(run) == {"outcome": "no such job", "run": run.job}
    assert stack.announcements() == []


def test_the_same_failure_told_twice_is_announced_once(stack: Stack, deploying: Deploying, run: TrainingEnded) -> None:
    stack.sagemaker.end_job(run.job, "Failed", reason=CUT_OFF)
    assert [deploying.work_on(run)["outcome"] for _ in range(2)] == ["training failed", "already reported"]
    assert [said["name"] for said in stack.announcements()] == ["TrainingFailed"]
