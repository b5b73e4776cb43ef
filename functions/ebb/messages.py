"""What the functions ask of each other, through their queues. A message only says where to look."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.names import Upload

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

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


@dataclass(frozen=True)
class Letterbox:
    sqs: SQSClient
    queue_url: str

    def send(self, event: Event, delay: int = 0) -> None:
        """`delay` in seconds, 900 at most."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(event), DelaySeconds=delay)
