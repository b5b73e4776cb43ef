"""Why a training job did not complete, for people, and whether it may succeed when it is tried again as it is."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.announcements import safe
from ebb.deploy_endpoint.training_log import LOG_GROUP, failure_sentence, last_lines
from ebb.errors import WaitError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LOG_DELAY = dt.timedelta(seconds=60)
_ALGORITHM, _USER = "AlgorithmError", "ClientError"  # how FailureReason begins when trying again cannot help
_KILLED = re.compile(r"exit code:? (137|-9)\b")


@dataclass(frozen=True)
class Failure:
    reason: str
    retry: bool


def failure_of(logs: CloudWatchLogsClient, job: dict[str, Any], run: str, now: dt.datetime) -> Failure:
    """Of a job, as it is described, that is Failed or Stopped. WaitError while its log may still be on its way."""
    if job["SecondaryStatus"] == "MaxRuntimeExceeded":
        return Failure("it ran into its time limit; raise [training] max_runtime_minutes in model.toml", retry=False)
    if job["TrainingJobStatus"] == "Stopped":
        return Failure("it was stopped", retry=True)
    told = job.get("FailureReason") or ""
    if not told.startswith(_ALGORITHM):
        return Failure(safe(told) or "SageMaker gave no reason", retry=not told.startswith(_USER))
    lines = last_lines(logs, run)
    sentence = failure_sentence(lines)
    if sentence is None and not _KILLED.search(told) and now - job["TrainingEndTime"] < LOG_DELAY:
        raise WaitError(f"the log of {run}, which is not there yet")
    return Failure(safe(sentence or _without_log(told)), retry=False)


def _without_log(told: str) -> str:
    """FailureReason, which may hold the whole of a short traceback."""
    if _KILLED.search(told):
        return f"{told}: it was killed, as happens when memory runs out; choose a larger [training] instance_type"
    head, traceback, _ = told.partition("Traceback (most recent call last):")
    if not traceback:
        return told
    cause = head.strip(" \n:")
    return failure_sentence(told.splitlines()) or f"{cause}; the reason may be in its log in {LOG_GROUP}"
