"""Why a job failed is the container's last sentence in its log, for `FailureReason` is cut off before it."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ebb.training_log import LAST_LINES, LOG_GROUP, failure_sentence, last_lines

EVENTS = Path(__file__).parents[3] / "events"
CUT_OFF = json.loads((EVENTS / "training_failed.json").read_text())["detail"]["FailureReason"]
TRACEBACK = [
    "[0]#011train-rmse:8.09",
    "framework error: ",
    "Traceback (most recent call last):",
    '  File "/usr/local/lib/python3.12/site-packages/sagemaker_algorithm_toolkit/x.py", line 81, in validate_range',
    '    raise exc.UserError("…")',
    "sagemaker_algorithm_toolkit.exceptions.UserError: Hyperparameter subsample: 1.7 is not in (0.0, 1.0]",
    "",
    "Hyperparameter subsample: 1.7 is not in (0.0, 1.0]",
]


@pytest.mark.parametrize(
    ("lines", "reason", "sentence"),
    [
        (TRACEBACK, CUT_OFF, "Hyperparameter subsample: 1.7 is not in (0.0, 1.0]"),
        ([*TRACEBACK, "  ", "\n"], CUT_OFF, "Hyperparameter subsample: 1.7 is not in (0.0, 1.0]"),
        ([], "InternalServerError: try again", "InternalServerError: try again"),
        (["[0]#011train-rmse:8.09"], "CapacityError: no m5 today", "CapacityError: no m5 today"),
        ([], "", "SageMaker gave no reason"),
        (["   "], "", "SageMaker gave no reason"),
    ],
)
def test_the_sentence_is_the_logs_where_it_has_a_traceback(lines: list[str], reason: str, sentence: str) -> None:
    assert failure_sentence(lines, reason) == sentence


class Logs:
    """A log group with these streams."""

    def __init__(self, streams: dict[str, list[str]] | None, code: str = "ResourceNotFoundException") -> None:
        self.streams, self.code = streams, code

    def describe_log_streams(self, **asked: Any) -> dict[str, Any]:
        if self.streams is None:
            raise ClientError({"Error": {"Code": self.code}}, "DescribeLogStreams")
        assert asked["logGroupName"] == LOG_GROUP
        names = [name for name in self.streams if name.startswith(asked["logStreamNamePrefix"])]
        return {"logStreams": [{"logStreamName": name} for name in names]}

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        assert self.streams is not None
        assert asked["startFromHead"] is False
        assert asked["logGroupName"] == LOG_GROUP
        lines = self.streams[asked["logStreamName"]][-asked["limit"] :]
        return {"events": [{"message": line} for line in lines]}


def _last_lines(logs: Logs) -> list[str]:
    return last_lines(cast("Any", logs), "job")


def test_the_end_of_the_jobs_own_log_is_read() -> None:
    said = [str(number) for number in range(LAST_LINES + 5)]
    logs = Logs({"job-2/algo-1-17": ["other"], "job/algo-1-1795361449": said})
    assert _last_lines(logs) == said[5:]


@pytest.mark.parametrize("logs", [Logs(None), Logs({}), Logs({"job-2/algo-1-17": ["other"]})])
def test_no_log_yet_is_no_lines(logs: Logs) -> None:
    assert _last_lines(logs) == []


def test_a_log_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        _last_lines(Logs(None, code="AccessDeniedException"))
