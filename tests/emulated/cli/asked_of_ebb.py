"""A queue that hears what `ebb` asks of the stack, as deploy_endpoint does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from ebb.announcements.latest import Latest
from tests.emulated.stack import ACCOUNT, BUCKET, ENDPOINT, NEWER, NOW, REGION, Stack

PATIENCE = 120.0


def heard_requests(stack: Stack) -> Callable[[], list[dict[str, Any]]]:
    """Gives the requests since the last look: their names and what they say."""
    queue = stack.clients.sqs.create_queue(QueueName="requests")["QueueUrl"]
    pattern = {"source": ["ebb.request"], "detail": {"stack": ["ebb"]}}
    stack.clients.events.put_rule(Name="requests", EventBusName="ebb-requests", EventPattern=json.dumps(pattern))
    target = {"Id": "heard", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:requests"}
    stack.clients.events.put_targets(Rule="requests", EventBusName="ebb-requests", Targets=[target])  # type: ignore[list-item]
    return lambda: [{"request": event["detail-type"]} | event["detail"] for event in stack.messages(queue)]


def said(
    stack: Stack, stage: str, sentence: str = "So it is.", run: str | None = NEWER, model: str = "abalone"
) -> None:
    endpoint = ENDPOINT if model == "abalone" else f"ebb-{model}"
    Latest(model, run, stage, sentence, endpoint).write(stack.s3, BUCKET, NOW)


@contextmanager
def once_asked(stack: Stack, work: Callable[[], object], **answer: str) -> Iterator[list[dict[str, Any]]]:
    """Somebody does the work as soon as a request has come, and answers it; what came is in the list."""
    came: list[dict[str, Any]] = []
    queue = stack.clients.sqs.get_queue_url(QueueName="requests")["QueueUrl"]

    def wait() -> None:
        until = time.monotonic() + PATIENCE
        while not came and time.monotonic() < until:
            for message in stack.clients.sqs.receive_message(QueueUrl=queue).get("Messages", []):
                event = json.loads(message["Body"])
                came.append({"request": event["detail-type"]} | event["detail"])
                work()
                if answer:
                    # All at once, as DynamoDB does it: moto shows an item between its key and what UpdateItem sets.
                    stack.put_row("-", f"request#{event['id']}", **answer)
            time.sleep(0.01)

    worker = Thread(target=wait)
    worker.start()
    try:
        yield came
    finally:
        worker.join()
