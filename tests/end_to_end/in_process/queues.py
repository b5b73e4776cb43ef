"""Queues whose deliveries the test decides. What is due, twice, late or dead is as SQS has it."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.in_process.wire import Wire

_numbers = itertools.count(1)


@dataclass
class QueuedMessage:
    body: str
    attributes: dict[str, Any]
    due: float
    receives: int = 0
    number: int = field(default_factory=lambda: next(_numbers))

    def record(self) -> dict[str, Any]:
        """As SQS hands it to Lambda."""
        attributes = {
            name: {"dataType": value["DataType"], "stringValue": value["StringValue"], "stringListValues": []}
            for name, value in self.attributes.items()
        }
        return {
            "messageId": f"message-{self.number}",
            "receiptHandle": f"receipt-{self.number}-{self.receives}",
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": str(self.receives), "SentTimestamp": str(int(self.due * 1000))},
            "messageAttributes": attributes,
            "md5OfBody": "0",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
            "awsRegion": "eu-central-1",
        }


@dataclass
class Queue:
    name: str
    visibility_seconds: float
    max_receives: int
    messages: list[QueuedMessage] = field(default_factory=list)
    dead: list[QueuedMessage] = field(default_factory=list)

    def put(self, body: str, delay: float = 0, attributes: dict[str, Any] | None = None) -> None:
        self.messages.append(QueuedMessage(body, attributes or {}, time.time() + delay))

    def received(self, message: QueuedMessage) -> None:
        message.receives += 1
        message.due = time.time() + self.visibility_seconds

    def acknowledge(self, message: QueuedMessage) -> None:
        self.messages.remove(message)

    def bury(self, message: QueuedMessage) -> None:
        """After a failure: what has used up its receives is delivered no more."""
        if message.receives >= self.max_receives:
            self.messages.remove(message)
            self.dead.append(message)


@dataclass(frozen=True)
class QueuesClient:
    """The part of boto3's SQS client that the functions call. Queues go by URL."""

    queues: dict[str, Queue]
    session: Any

    @property
    def _wire(self) -> Wire:
        wire: Wire = self.session.wire
        return wire

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MessageBody: str,  # noqa: N803
        DelaySeconds: int = 0,  # noqa: N803
        MessageAttributes: dict[str, Any] | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        assert 0 <= DelaySeconds <= 900
        queue = self.queues[QueueUrl]
        self._wire.call("sqs", "SendMessage", lambda: queue.put(MessageBody, DelaySeconds, MessageAttributes))
        return {"MessageId": "sent"}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert 1 <= len(Entries) <= 10
        queue = self.queues[QueueUrl]

        def put_all() -> None:
            for entry in Entries:
                queue.put(entry["MessageBody"], entry.get("DelaySeconds", 0), entry.get("MessageAttributes"))

        self._wire.call("sqs", "SendMessageBatch", put_all)
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries], "Failed": []}
