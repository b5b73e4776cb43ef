"""Why a job failed: the sentence is in the job's log, while FailureReason is cut off inside a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
LAST_LINES = 100


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


def failure_sentence(lines: list[str], failure_reason: str) -> str:
    """The last line of the last traceback, which is the container's own sentence; else FailureReason as it is."""
    said = [line.strip() for line in lines if line.strip()]
    traced = any(line.startswith("Traceback") for line in said)
    return said[-1] if traced else failure_reason or "SageMaker gave no reason"
