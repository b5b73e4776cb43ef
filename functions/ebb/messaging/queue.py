"""A queue of ours, as its function and the others write to it."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebb.errors import EbbError
from ebb.messaging.messages import Event, Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10  # the most that SQS takes at once
SHORTEST_SECONDS = 60
LONGEST_SECONDS = 900  # the most that SQS delays a message


class MessagesLostError(EbbError):
    """The queue did not take some messages although it answered 200."""


@dataclass(frozen=True)
class Queue:
    sqs: SQSClient
    url: str

    def send(self, event: Event, delay: int = 0) -> None:
        """`delay` in seconds, 900 at most."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(event), DelaySeconds=delay)

    def send_batch(self, events: Sequence[Event]) -> None:
        """In tens. SendMessageBatch answers 200 even for what it refuses: that raises here."""
        refused = []
        for start in range(0, len(events), BATCH):
            bodies = [json.dumps(event) for event in events[start : start + BATCH]]
            entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
            answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]
            refused += answer.get("Failed", [])
        if refused:
            raise MessagesLostError(f"{len(refused)} of {len(events)} messages were refused, one because: {refused[0]}")

    def defer(self, message: Message, now: dt.datetime, *, short: bool) -> int:
        """Send it again, with a delay, which is returned in seconds. The caller acknowledges the one that it holds.

        `short`: what it waits for now is waited for less long than everything else.
        """
        since = message.waiting_since or now
        times = {"waiting-since": since} | ({"patience-since": message.patience_since or now} if short else {})
        delay = delay_seconds((now - since).total_seconds(), random.random())  # noqa: S311  (spreads, guards nothing)
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=message.body,
            DelaySeconds=delay,
            MessageAttributes={
                name: {"DataType": "Number", "StringValue": str(int(when.timestamp()))} for name, when in times.items()
            },
        )
        return delay


def delay_seconds(waited: float, chance: float) -> int:
    """Half of what it has waited already, within SQS's bounds, up to a quarter more by `chance` in [0, 1)."""
    base = max(SHORTEST_SECONDS, waited / 2)
    return int(min(base * (1 + chance / 4), LONGEST_SECONDS))
