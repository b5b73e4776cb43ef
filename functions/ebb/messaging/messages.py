"""What the functions ask of each other, through their queues. A message only says where to look."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ebb.errors import UnknownMessageError
from ebb.names import ModelName, Upload


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
class Look:
    """Look at this endpoint. `tidy`: and at what earlier runs have left."""

    endpoint: str
    tidy: bool = False


def look_of(event: dict[str, Any]) -> Look:
    """Of our own message, or of a "SageMaker Endpoint State Change" event, which is only a hint to look."""
    detail = event["detail"]
    match event["detail-type"]:
        case kind if kind == LOOK:
            return Look(detail["endpoint"], detail.get("tidy", False))
        case "SageMaker Endpoint State Change":
            return Look(detail["EndpointName"])
    raise UnknownMessageError(f"confirm_endpoint does not understand {event['detail-type']!r}")


@dataclass(frozen=True)
class ChangeWanted:
    model: ModelName


@dataclass(frozen=True)
class TrainingEnded:
    job: str
    arn: str


def training_ended_of(event: dict[str, Any]) -> TrainingEnded:
    """What the event says of the job is only a hint to look."""
    detail = event["detail"]
    return TrainingEnded(detail["TrainingJobName"], detail["TrainingJobArn"])


LOOK = "Look at Endpoint"
CHANGE = "Endpoint Change Wanted"
LOOK_DELAY_SECONDS = 60
Event = dict[str, Any]


def look(stack: str, endpoint: str, *, tidy: bool = False) -> Event:
    """For confirm_endpoint."""
    detail = {"stack": stack, "endpoint": endpoint} | ({"tidy": True} if tidy else {})
    return {"source": "ebb.look", "detail-type": LOOK, "detail": detail}


def change(stack: str, model: str) -> Event:
    """For deploy_endpoint: what the ledger's row wants is to be made so."""
    return {"source": "ebb.change", "detail-type": CHANGE, "detail": {"stack": stack, "model": model}}


def uploaded(upload: Upload) -> Event:
    """For start_training: as S3 itself would have told it."""
    there = {"key": upload.key, "version-id": upload.version_id}
    detail = {"bucket": {"name": upload.bucket}, "object": there}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
