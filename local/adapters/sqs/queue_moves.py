"""StartMessageMoveTask, which ministack lacks: from a dead-letter queue, to a queue that is named or to the sources."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

_MAX_LISTED = 10
_MAX_RATE = 500


def install() -> None:
    sqs._HANDLERS["StartMessageMoveTask"] = _start
    sqs._HANDLERS["ListMessageMoveTasks"] = _list
    sqs._HANDLERS["CancelMessageMoveTask"] = _cancel


def _start(data: dict[str, Any], _url: str) -> dict[str, Any]:
    source = _dead_letter_queue(data.get("SourceArn", ""))
    rate = data.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= int(rate) <= _MAX_RATE:
        reason = (
            f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500."
        )
        raise sqs._Err("InvalidParameterValue", reason)
    named = data.get("DestinationArn")
    if named and sqs._queue_by_arn(named) is None:
        raise _not_found("DestinationArn")
    task = {
        "TaskHandle": str(uuid.uuid4()),
        "Status": "COMPLETED",
        "SourceArn": data["SourceArn"],
        **({"DestinationArn": named} if named else {}),
        **({"MaxNumberOfMessagesPerSecond": int(rate)} if rate else {}),
        "StartedTimestamp": int(time.time() * 1000),
    }
    task |= _move(source, named)
    source.setdefault("move_tasks", []).insert(0, task)
    return {"TaskHandle": task["TaskHandle"]}


def _move(source: dict[str, Any], named: str | None) -> dict[str, Any]:
    """What is in flight stays. A message without a known source cannot go back to it: then the task fails."""
    now = time.time()
    with sqs._queues_lock:
        waiting = [message for message in source["messages"] if message["visible_at"] <= now]
        moved = 0
        for message in waiting:
            sqs._ensure_msg_fields(message)
            origin = message["sys"].get("DeadLetterQueueSourceArn")
            destination = sqs._queue_by_arn(named or origin or "")
            if destination is None:
                counts = {"FailureReason": "CouldNotDetermineMessageSource", "Status": "FAILED"}
                break
            source["messages"].remove(message)
            destination["messages"].append(_as_new(message, now))
            moved += 1
        else:
            counts = {}
    esm_wake.set()
    return {
        **counts,
        "ApproximateNumberOfMessagesMoved": moved,
        "ApproximateNumberOfMessagesToMove": len(waiting),
    }


def _as_new(message: dict[str, Any], now: float) -> dict[str, Any]:
    """A redriven message counts as new: another id, another time, no receives."""
    known = {name: value for name, value in message["sys"].items() if name == "AWSTraceHeader"}
    return message | {
        "id": str(uuid.uuid4()),
        "receipt_handle": None,
        "sent_at": now,
        "enqueued_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "sys": {**known, "SenderId": message["sys"].get("SenderId", ""), "SentTimestamp": str(int(now * 1000))},
    }


def _list(data: dict[str, Any], _url: str) -> dict[str, Any]:
    source = _dead_letter_queue(data.get("SourceArn", ""))
    limit = int(data.get("MaxResults") or 1)
    tasks = source.get("move_tasks", [])[: min(limit, _MAX_LISTED)]
    # AWS gives the handle of running tasks only, and none here runs on.
    return {"Results": [{name: value for name, value in task.items() if name != "TaskHandle"} for task in tasks]}


def _cancel(data: dict[str, Any], _url: str) -> dict[str, Any]:
    raise sqs._Err("ResourceNotFoundException", f"Task {data.get('TaskHandle')} does not exist.")


def _dead_letter_queue(arn: str) -> dict[str, Any]:
    queue: dict[str, Any] | None = sqs._queue_by_arn(arn) if arn else None
    if queue is None:
        raise _not_found("SourceArn")
    for other in sqs._queues.values():
        policy = json.loads(other["attributes"].get("RedrivePolicy") or "{}")
        if policy.get("deadLetterTargetArn") == arn:
            return queue
    raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")


def _not_found(name: str) -> Exception:
    message = f"The resource that you specified for the {name} parameter doesn't exist."
    error: Exception = sqs._Err("ResourceNotFoundException", message)
    return error
