"""Events put on a bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ebb.errors import EbbError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class EventLostError(EbbError):
    """The bus did not take an event although it answered 200."""


def put_event(
    events: EventBridgeClient, source: str, kind: str, detail: Mapping[str, Any], bus: str = "default"
) -> None:
    """`kind`: its detail-type. PutEvents answers 200 even when it refuses: that raises here."""
    entry = {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
    answer = events.put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise EventLostError(f"the bus refused {kind}: {answer['Entries']}")
