"""Why a training job did not complete, for people, and whether it may succeed when it is tried again as it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.announcements.announcement import safe
from ebb.aws.client_errors import code_of
from ebb.errors import WaitError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LOG_DELAY = dt.timedelta(seconds=60)
_ALGORITHM, _USER = "AlgorithmError", "ClientError"  # how FailureReason begins when trying again cannot help
_KILLED = re.compile(r"exit code:? (137|-9)\b")
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
LAST_LINES = 200  # a traceback of the container with xgboost's stack traces in it has about 80
_MOST_LINES = 6  # of an exception's message
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"(?:\w+\.)*(?P<name>\w+)(?::\s?(?P<message>.*))?")
_TELLS_NOTHING = ("UserError", "AlgorithmError", "PlatformError", "XGBoostError")
# xgboost puts the time, the place in its own source and the check before what it has to say.
_PLACE = re.compile(r"^(?:\[\d\d:\d\d:\d\d\]\s+)?(?:\S+\.(?:cc|cu|h|cuh|cpp):\d+:\s+)?")
_CHECK = re.compile(r"^Check failed: .+?\s?: (?=\S)")


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
    head, traceback, _ = told.partition(_TRACEBACK)
    if not traceback:
        return told
    cause = head.strip(" \n:")
    return failure_sentence(told.splitlines()) or f"{cause}; the reason may be in its log in {LOG_GROUP}"


def last_lines(logs: CloudWatchLogsClient, job: str) -> list[str]:
    """The end of the job's log; empty when there is none (yet)."""
    try:
        streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job}/")["logStreams"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return []
        raise
    if not streams:
        return []
    name = streams[-1]["logStreamName"]
    found = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=name, limit=LAST_LINES, startFromHead=False)
    return [event["message"] for event in found["events"]]


def failure_sentence(lines: Sequence[str]) -> str | None:
    """The message of the exception that the last traceback ends with; None where there is none (yet)."""
    starts = [number for number, line in enumerate(lines) if line.strip() == _TRACEBACK]
    sentences = (_raised(lines[start + 1 :]) for start in reversed(starts))
    return next(filter(None, sentences), None)


def _raised(traceback: Sequence[str]) -> str | None:
    """None when it is cut off before its exception."""
    behind_frames = dropwhile(_is_frame, (line.rstrip() for line in traceback))
    raised = _EXCEPTION.fullmatch(next(behind_frames, ""))
    if raised is None:
        return None
    sentence = "; ".join(_message(raised["message"] or "", behind_frames))
    return sentence if sentence and raised["name"] in _TELLS_NOTHING else f"{raised['name']}: {sentence}".rstrip(": ")


def _is_frame(line: str) -> bool:
    return not line or line[0].isspace()


def _message(first: str, rest: Iterable[str]) -> Iterable[str]:
    """Its lines, up to the stack trace, the blank line behind it, or its being said once more."""
    lines = [first]
    for line in islice(rest, _MOST_LINES - 1):
        if not line.strip() or line.startswith("Stack trace:") or line.strip() == first.strip():
            break
        lines.append(line)
    if len(lines) > 1 and first.endswith("exception:"):
        del lines[0]
    return filter(None, (_CHECK.sub("", _PLACE.sub("", line.strip())) for line in lines))
