"""TODO-DOC functions/ebb/messaging/queue.py."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.errors import EbbError, WaitError
from ebb.messaging.messages import Event, Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Letterbox:
    sqs: SQSClient
    queue_url: str

    def send(self, event: Event, delay: int = 0) -> None:
        """`delay` in seconds, 900 at most."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(event), DelaySeconds=delay)


BATCH = 10  # the most that SQS takes at once


class MessagesLostError(EbbError):
    """The queue did not take some messages although it answered 200."""


def send_all(sqs: SQSClient, queue_url: str, events: Sequence[dict[str, Any]]) -> None:
    """In tens. SendMessageBatch answers 200 even for what it refuses: that raises here."""
    refused = []
    for start in range(0, len(events), BATCH):
        bodies = [json.dumps(event) for event in events[start : start + BATCH]]
        answer = sqs.send_message_batch(
            QueueUrl=queue_url, Entries=[{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        )
        refused += answer.get("Failed", [])
    if refused:
        raise MessagesLostError(f"{len(refused)} of {len(events)} messages were refused, one because: {refused[0]}")


SHORTEST_SECONDS = 60
LONGEST_SECONDS = 900  # the most that SQS delays a message


@dataclass(frozen=True)
class WaitingRoom:
    sqs: SQSClient
    queue_url: str
    max_wait_hours: int

    def has_waited_too_long(self, message: Message, wait: WaitError, now: float) -> bool:
        longest = self.max_wait_hours * 3600.0
        if wait.longest is not None:
            longest = min(longest, wait.longest.total_seconds())
        return message.waiting_since is not None and now - message.waiting_since > longest

    def send_back(self, message: Message, now: float) -> int:
        """The delay in seconds. The caller acknowledges the message it holds by returning."""
        since = message.waiting_since or now
        delay = delay_seconds(now - since, random.random())  # noqa: S311  (spreads retries, guards nothing)
        self.sqs.send_message(
            QueueUrl=self.queue_url,
            MessageBody=message.body,
            DelaySeconds=delay,
            MessageAttributes={"waiting-since": {"DataType": "Number", "StringValue": str(int(since))}},
        )
        return delay


def delay_seconds(waited: float, chance: float) -> int:
    """Half of what it has waited already, within SQS's bounds, up to a quarter more by `chance` in [0, 1)."""
    base = max(SHORTEST_SECONDS, waited / 2)
    return int(min(base * (1 + chance / 4), LONGEST_SECONDS))


def waited(message: Message, now: float) -> str:
    """`24 hours`, `12 minutes`: how long a message has been waiting, for people."""
    minutes = round((now - (message.waiting_since or now)) / 60)
    count, unit = (round(minutes / 60), "hour") if minutes >= 90 else (minutes, "minute")  # noqa: PLR2004
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
