"""SQS's own bounds: 15 minutes of delay, 12 hours of invisibility in all since a message came, 80 characters a name."""

from __future__ import annotations

import re
import time
from typing import Any

from ministack.services import sqs

from local.adapters.replacing import replace

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
MAX_DELAY_SECONDS = 900
MAX_VISIBILITY_SECONDS = 43_200


def install() -> None:
    replace(sqs, "_act_send_message", _with_bounded_delay)  # also what SendMessageBatch calls for each entry
    sqs._HANDLERS["SendMessage"] = sqs._act_send_message
    for name, check in (
        ("CreateQueue", _check_name),
        ("ReceiveMessage", _check_receive),
        ("ChangeMessageVisibility", _check_change),
        ("ChangeMessageVisibilityBatch", _check_batch),
    ):
        sqs._HANDLERS[name] = _checked(check, sqs._HANDLERS[name])


def _checked(check: Any, act: Any) -> Any:
    def checked(data: dict[str, Any], url: str) -> Any:
        check(data, url)
        return act(data, url)

    return checked


def _with_bounded_delay(send: Any) -> Any:
    def send_message(data: dict[str, Any], url: str) -> Any:
        delay = data.get("DelaySeconds")
        if delay is not None and not 0 <= int(delay) <= MAX_DELAY_SECONDS:
            raise _invalid("DelaySeconds", delay, f"DelaySeconds must be >= 0 and <= {MAX_DELAY_SECONDS}.")
        return send(data, url)

    return send_message


def _check_name(data: dict[str, Any], _url: str) -> None:
    if not _NAME.fullmatch(str(data.get("QueueName", ""))):
        message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise sqs._Err("InvalidParameterValue", message)


def _check_receive(data: dict[str, Any], _url: str) -> None:
    _check_visibility(data.get("VisibilityTimeout"))


def _check_visibility(seconds: Any) -> None:
    if seconds is not None and not 0 <= int(seconds) <= MAX_VISIBILITY_SECONDS:
        reason = f"Must be >= 0 and <= {MAX_VISIBILITY_SECONDS}, if provided."
        raise _invalid("VisibilityTimeout", seconds, reason)


def _check_change(data: dict[str, Any], url: str) -> None:
    seconds = data.get("VisibilityTimeout")
    _check_visibility(seconds)
    held = _held_seconds(data.get("QueueUrl", url), data.get("ReceiptHandle"))
    if held + int(seconds or 0) > MAX_VISIBILITY_SECONDS:
        reason = f"Total VisibilityTimeout for the message is beyond the limit [{MAX_VISIBILITY_SECONDS} seconds]"
        raise _invalid("VisibilityTimeout", seconds, reason)


def _check_batch(data: dict[str, Any], url: str) -> None:
    for entry in data.get("Entries", []):
        _check_change({**entry, "QueueUrl": data.get("QueueUrl", url)}, url)


def _held_seconds(url: str, receipt_handle: str | None) -> float:
    """How long ago the message was received; ministack keeps when it becomes visible again, and when it came first."""
    for message in sqs._get_q(url)["messages"]:
        if receipt_handle and message.get("receipt_handle") == receipt_handle and message.get("receive_count") == 1:
            return float(time.time() - (message.get("first_receive_at") or time.time()))
    return 0.0


def _invalid(name: str, value: Any, reason: str) -> Exception:
    error: Exception = sqs._Err(
        "InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    )
    return error
