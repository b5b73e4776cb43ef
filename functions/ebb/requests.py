"""What is asked of deploy_endpoint by whoever may: people, their schedules, and functions that may do nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ebb.announcements import AnnouncementLostError
from ebb.messages import Event

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "ebb.request"
APPLY, WAKE = "Apply", "Wake"


def request(stack: str, kind: str, model: str, **more: str) -> Event:
    """As the bus would bring it."""
    return {"source": SOURCE, "detail-type": kind, "detail": {"stack": stack, "model": model, **more}}


def put_request(events: EventBridgeClient, stack: str, kind: str, model: str, **more: str) -> None:
    """PutEvents answers 200 even when it refuses: that raises here."""
    asked = request(stack, kind, model, **more)
    entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(asked["detail"])}
    answer = events.put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise AnnouncementLostError(f"the bus refused the request {kind}: {answer['Entries']}")
