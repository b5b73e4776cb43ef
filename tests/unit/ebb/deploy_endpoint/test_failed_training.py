"""Why a job did not complete, in a sentence, and whether the same job may succeed when it is tried again."""

import datetime as dt
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ebb.deploy_endpoint.failed_training import Failure, failure_of
from ebb.errors import WaitError
from tests.unit.ebb.deploy_endpoint.fake_logs import Logs

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
LOGS = Path(__file__).parents[3] / "data" / "training_logs"
LABELS = (LOGS / "label_out_of_range.txt").read_text().splitlines()
LABELS_SENTENCE = "SoftmaxMultiClassObj: label must be discrete values in the range of [0, num_class)."
CUT_OFF = "AlgorithmError: framework error: \nTraceback (most recent call last):\n  File"
SHORT = f"{CUT_OFF} 'a.py', line 1, in b\ntoolkit.UserError: No data in training channel path /opt/ml"
SILENT = Logs({})
LOGGED = Logs({"job/algo-1-1795361449": LABELS})


def _job(
    reason: str | None = CUT_OFF, status: str = "Failed", secondary: str = "Failed", ago: int = 300
) -> dict[str, Any]:
    ended = {
        "TrainingJobStatus": status,
        "SecondaryStatus": secondary,
        "TrainingEndTime": NOW - dt.timedelta(seconds=ago),
    }
    return ended if reason is None else ended | {"FailureReason": reason}


def _failure(job: dict[str, Any], logs: Logs = SILENT) -> Failure:
    return failure_of(cast("Any", logs), job, "job", NOW)


def test_an_algorithm_that_failed_is_told_by_its_log_and_is_no_better_the_next_time() -> None:
    assert _failure(_job(), LOGGED) == Failure(LABELS_SENTENCE, retry=False)


@pytest.mark.parametrize(
    ("reason", "retry"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity.", True),
        ("InternalServerError: We encountered an internal error. Please try again.", True),
        ("ClientError: Data download failed: No S3 objects found under s3://b/train.csv", False),
    ],
)
def test_what_is_not_the_algorithms_is_told_by_sagemaker_and_needs_no_log(reason: str, retry: bool) -> None:  # noqa: FBT001
    assert _failure(_job(reason, ago=0), Logs(None, code="AccessDeniedException")) == Failure(reason, retry=retry)


@pytest.mark.parametrize("reason", [None, ""])
def test_a_failure_without_a_reason_says_so_and_may_be_tried_again(reason: str | None) -> None:
    assert _failure(_job(reason)) == Failure("SageMaker gave no reason", retry=True)


def test_a_job_that_ran_out_of_time_is_told_apart_from_one_that_was_stopped() -> None:
    late = _failure(_job(None, "Stopped", "MaxRuntimeExceeded"))
    assert "time limit; raise [training] max_runtime_minutes in model.toml" in late.reason
    assert not late.retry
    assert _failure(_job(None, "Stopped", "Stopped")) == Failure("it was stopped", retry=True)


@pytest.mark.parametrize("logs", [SILENT, Logs(None), Logs({"job/algo-1-1795361449": LABELS[:12]})])
def test_a_log_that_is_not_there_or_not_whole_is_waited_for_a_minute(logs: Logs) -> None:
    with pytest.raises(WaitError, match="the log of job"):
        _failure(_job(ago=59), logs)
    told = "AlgorithmError: framework error; the reason may be in its log in /aws/sagemaker/TrainingJobs"
    assert _failure(_job(ago=60), logs) == Failure(told, retry=False)


def test_a_short_traceback_is_whole_in_sagemakers_own_words() -> None:
    assert _failure(_job(SHORT)).reason == "No data in training channel path /opt/ml"


def test_an_algorithm_error_without_a_traceback_is_told_as_it_is() -> None:
    assert _failure(_job("AlgorithmError: framework error: \nnot emulated")).reason == (
        "AlgorithmError: framework error:  not emulated"
    )


@pytest.mark.parametrize(
    "told", ["AlgorithmError: , exit code: 137", "AlgorithmError: process ended with exit code -9"]
)
def test_a_process_that_was_killed_needs_no_log_and_more_memory(told: str) -> None:
    failure = _failure(_job(told, ago=0))
    assert failure.reason.startswith(told)
    assert "choose a larger [training] instance_type" in failure.reason
    assert not failure.retry


def test_the_reason_is_safe_to_show() -> None:
    log = Logs({"job/algo-1-1": ["Traceback (most recent call last):", '  File "a"', 'x.UserError: "a" \x1b[31m\\ b']})
    assert _failure(_job(), log).reason == "a   [31m  b"


def test_a_log_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        _failure(_job(), Logs(None, code="AccessDeniedException"))
