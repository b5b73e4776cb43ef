"""What arrives in the functions' queues, each built and parsed side by side. A message only says where to look.

Nothing beyond this file and `requests` looks into a bus event or a queue message.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Self

from ebb.errors import UnknownMessageError
from ebb.names import ModelName, Upload

LOOK_DELAY_SECONDS = 60
Event = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A queue message: the bus event in its body, and since when it has been waiting.

    `patience_since`: since when for something that is waited for less long than MaxWaitHours.
    """

    body: str
    waiting_since: dt.datetime | None = None
    patience_since: dt.datetime | None = None

    @property
    def event(self) -> Event:
        return dict(json.loads(self.body))

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        attributes = record.get("messageAttributes", {})
        return cls(record["body"], _moment(attributes, "waiting-since"), _moment(attributes, "patience-since"))


def _moment(attributes: dict[str, Any], name: str) -> dt.datetime | None:
    """From seconds since the epoch."""
    text = attributes.get(name, {}).get("stringValue")
    return dt.datetime.fromtimestamp(float(text), dt.UTC) if text else None


def upload_created(upload: Upload) -> Event:
    """For start_training: as S3 itself would have told it."""
    there = {"key": upload.key, "version-id": upload.version_id}
    detail = {"bucket": {"name": upload.bucket}, "object": there}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def upload_of(event: Event) -> Upload:
    """Of an S3 "Object Created" event. Its key is raw: un-quoting it would damage `+` and `%`.

    Without a version, which is so in the first minutes after versioning was switched on, the current one is meant.
    """
    detail = event["detail"]
    return Upload(detail["bucket"]["name"], detail["object"]["key"], detail["object"].get("version-id", ""))


@dataclass(frozen=True)
class CheckEndpoint:
    """For confirm_endpoint: look at this endpoint. `cleanup`: and at what earlier runs have left."""

    KIND = "Check Endpoint"

    endpoint: str
    cleanup: bool = False

    def event(self, stack: str) -> Event:
        detail = {"stack": stack, "endpoint": self.endpoint} | ({"cleanup": True} if self.cleanup else {})
        return {"source": "ebb.check", "detail-type": self.KIND, "detail": detail}

    @classmethod
    def of(cls, event: Event) -> Self:
        """Of our own message, or of a "SageMaker Endpoint State Change" event, which is only a hint to look."""
        detail = event["detail"]
        match event["detail-type"]:
            case cls.KIND:
                return cls(detail["endpoint"], detail.get("cleanup", False))
            case "SageMaker Endpoint State Change":
                return cls(detail["EndpointName"])
        raise UnknownMessageError(f"confirm_endpoint does not understand {event['detail-type']!r}")


@dataclass(frozen=True)
class ApplyChange:
    """For deploy_endpoint: what the ledger's row wants is to be made so."""

    KIND = "Apply Change"

    model: ModelName

    def event(self, stack: str) -> Event:
        return {"source": "ebb.change", "detail-type": self.KIND, "detail": {"stack": stack, "model": self.model}}

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(ModelName(event["detail"]["model"]))


@dataclass(frozen=True)
class TrainingEnded:
    """What the event says of the job is only a hint to look."""

    KIND = "SageMaker Training Job State Change"

    job: str
    arn: str

    def event(self) -> Event:
        """As SageMaker would have told it."""
        detail = {"TrainingJobName": self.job, "TrainingJobArn": self.arn}
        return {"source": "aws.sagemaker", "detail-type": self.KIND, "detail": detail}

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(event["detail"]["TrainingJobName"], event["detail"]["TrainingJobArn"])
