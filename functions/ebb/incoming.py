"""Events as dataclasses: nothing beyond this file looks into a bus event or a queue message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ebb.names import Upload


@dataclass(frozen=True)
class Message:
    """A queue message: the bus event in its body, and since when it has been waiting (seconds since the epoch)."""

    body: str
    waiting_since: float | None

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Message:
        since = record.get("messageAttributes", {}).get("waiting-since", {}).get("stringValue")
        return cls(record["body"], float(since) if since else None)


def upload_of(event: dict[str, Any]) -> Upload:
    """Of an S3 "Object Created" event. Its key is raw: un-quoting it would damage `+` and `%`."""
    detail = event["detail"]
    return Upload(detail["bucket"]["name"], detail["object"]["key"], detail["object"]["version-id"])


@dataclass(frozen=True)
class TrainingEnded:
    job: str
    arn: str


def training_ended_of(event: dict[str, Any]) -> TrainingEnded:
    """Of a "SageMaker Training Job State Change" event; what it says of the job is only a hint to look."""
    detail = event["detail"]
    return TrainingEnded(detail["TrainingJobName"], detail["TrainingJobArn"])
