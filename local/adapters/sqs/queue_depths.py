"""How many messages a queue holds: waiting, in flight, delayed. Counted without touching the queue."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ministack.services import sqs


@dataclass(frozen=True)
class Depth:
    waiting: int = 0
    in_flight: int = 0
    delayed: int = 0
    oldest_sent_at: float | None = None

    def __bool__(self) -> bool:
        return self.oldest_sent_at is not None


def depth(queue: dict[str, Any]) -> Depth:
    now, messages = time.time(), list(queue["messages"])
    hidden = [message for message in messages if message["visible_at"] > now]
    delayed = sum(message["receive_count"] == 0 for message in hidden)
    oldest = min((message["sent_at"] for message in messages), default=None)
    return Depth(len(messages) - len(hidden), len(hidden) - delayed, delayed, oldest)


def all_queues() -> list[tuple[str, str, str, dict[str, Any]]]:
    """(account, region, name, queue) of every queue there is."""
    found = list(sqs._queues._data.items())
    return [(account, region, url.rpartition("/")[2], queue) for (account, region, url), queue in found]
