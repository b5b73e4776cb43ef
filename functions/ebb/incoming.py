"""Events as dataclasses: nothing beyond this file looks into a bus event or a queue message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ebb import messages
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
        case messages.LOOK:
            return Look(detail["endpoint"], detail.get("tidy", False))
        case "SageMaker Endpoint State Change":
            return Look(detail["EndpointName"])
    raise UnknownMessageError(f"confirm_endpoint does not understand {event['detail-type']!r}")


@dataclass(frozen=True)
class ChangeWanted:
    model: ModelName


@dataclass(frozen=True)
class RetryAsked:
    run: str


@dataclass(frozen=True)
class TrainingEnded:
    job: str
    arn: str


def deploy_order_of(event: dict[str, Any]) -> TrainingEnded | ChangeWanted | RetryAsked:
    """Of a "SageMaker Training Job State Change" event, our own message, or a request of a person."""
    detail = event["detail"]
    match event["detail-type"]:
        case "SageMaker Training Job State Change":
            return training_ended_of(event)
        case messages.CHANGE:
            return ChangeWanted(ModelName(detail["model"]))
        case "Retry":
            return RetryAsked(str(detail["run"]))
    raise UnknownMessageError(f"deploy_endpoint does not understand {event['detail-type']!r}")


def training_ended_of(event: dict[str, Any]) -> TrainingEnded:
    """What the event says of the job is only a hint to look."""
    detail = event["detail"]
    return TrainingEnded(detail["TrainingJobName"], detail["TrainingJobArn"])
