"""What one PutLogEvents may hold; ministack takes everything.

AWS documents: at most 10,000 events and 1,048,576 bytes, 26 of them for each event; in chronological order, within 24
hours; what is older than 14 days or more than two hours ahead is left out, and the answer says so.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

from local.adapters.replacing import replace

MAX_EVENTS, MAX_BYTES, EVENT_BYTES = 10_000, 1_048_576, 26
_DAY, _HOUR = 86_400_000, 3_600_000  # milliseconds, as events have them


def install() -> None:
    replace(cloudwatch_logs, "_put_log_events", _within_limits)


def _within_limits(put: Any) -> Any:
    def put_log_events(data: dict[str, Any]) -> Any:
        events = data.get("logEvents") or []
        if refused := _refused(events):
            return error_response_json("InvalidParameterException", refused, 400)
        now = time.time() * 1000
        taken = [event for event in events if now - 14 * _DAY <= event["timestamp"] <= now + 2 * _HOUR]
        status, headers, body = put({**data, "logEvents": taken})
        if status == 200 and len(taken) < len(events):
            body = json.dumps({**json.loads(body), "rejectedLogEventsInfo": _left_out(events, now)}).encode()
        return status, headers, body

    return put_log_events


def _refused(events: list[dict[str, Any]]) -> str:
    times = [event["timestamp"] for event in events]
    size = sum(len(event["message"].encode()) + EVENT_BYTES for event in events)
    if len(events) > MAX_EVENTS:
        return (
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_EVENTS}"
        )
    if size > MAX_BYTES:
        return f"Upload too large: {size} bytes exceeds limit of {MAX_BYTES}"
    if any(later < earlier for earlier, later in pairwise(times)):
        return "Log events in a single PutLogEvents request must be in chronological order."
    if times and times[-1] - times[0] > _DAY:
        return "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    return ""


def _left_out(events: list[dict[str, Any]], now: float) -> dict[str, int]:
    """In chronological order the old ones are the first, the new ones the last."""
    old = sum(event["timestamp"] < now - 14 * _DAY for event in events)
    new = sum(event["timestamp"] > now + 2 * _HOUR for event in events)
    info = {"tooOldLogEventEndIndex": old} if old else {}
    return info | ({"tooNewLogEventStartIndex": len(events) - new} if new else {})
