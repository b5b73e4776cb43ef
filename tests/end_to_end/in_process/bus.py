"""The event bus with the template's own rules. The test decides how often an event arrives: once, twice or never."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.in_process.queues import Queue

Event = dict[str, Any]


@dataclass
class Bus:
    """`rules`: patterns, each with its queue; None is where announcements go. `copies`: how often an event arrives."""

    rules: list[tuple[Event, Queue | None]]
    copies: Callable[[Event], int] = lambda event: 1
    announced: list[Event] = field(default_factory=list)

    def put(self, event: Event) -> None:
        for _ in range(self.copies(event)):
            for pattern, queue in self.rules:
                if not matches(pattern, event):
                    continue
                if queue is None:
                    self.announced.append(event)
                else:
                    queue.put(json.dumps(event))


def matches(pattern: Event, event: Event) -> bool:
    """EventBridge's own matching, as far as the template uses it."""
    return all(name in event and _one_of(wanted, event[name]) for name, wanted in pattern.items())


def _one_of(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and matches(wanted, value)
    return any(
        str(value).startswith(choice["prefix"]) if isinstance(choice, dict) else value == choice for choice in wanted
    )


@dataclass(frozen=True)
class BusClient:
    """The part of boto3's EventBridge client that the functions call."""

    bus: Bus
    session: Any

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        def put_all() -> None:
            for entry in Entries:
                detail = json.loads(entry["Detail"])
                self.bus.put({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail})

        self.session.wire.call("events", "PutEvents", put_all)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "put"} for _ in Entries]}
