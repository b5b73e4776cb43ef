"""Waiting is not failing: what must wait goes back into its own queue as a new message, so no receive is used up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.errors import WaitError
from ebb.incoming import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SHORTEST_SECONDS = 60
LONGEST_SECONDS = 900  # the most that SQS delays a message
Outcome = dict[str, Any]


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


def or_wait(
    room: WaitingRoom,
    work: Callable[[Message], Outcome],
    give_up: Callable[[Message, WaitError], Outcome],
) -> Callable[[Message], Outcome]:
    """`work`, but what it has to wait for goes back into the queue.

    After the longest wait `give_up` tells so and ends it; it may have to wait itself.
    """

    def work_or_wait(message: Message) -> Outcome:
        try:
            return work(message)
        except WaitError as wait:
            now = time.time()
            if not room.has_waited_too_long(message, wait, now):
                return send_back(message, wait, now)
            try:
                return give_up(message, wait)
            except WaitError as again:
                return send_back(message, again, now)

    def send_back(message: Message, wait: WaitError, now: float) -> Outcome:
        return {"outcome": "waits", "reason": str(wait), "seconds": room.send_back(message, now)}

    return work_or_wait


def delay_seconds(waited: float, chance: float) -> int:
    """Half of what it has waited already, within SQS's bounds, up to a quarter more by `chance` in [0, 1)."""
    base = max(SHORTEST_SECONDS, waited / 2)
    return int(min(base * (1 + chance / 4), LONGEST_SECONDS))


def waited(message: Message, now: float) -> str:
    """`24 hours`, `12 minutes`: how long a message has been waiting, for people."""
    minutes = round((now - (message.waiting_since or now)) / 60)
    count, unit = (round(minutes / 60), "hour") if minutes >= 90 else (minutes, "minute")  # noqa: PLR2004
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
