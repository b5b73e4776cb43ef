"""A stack that CloudFormation knows: by its outputs `ebb` finds everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.emulated.cloudformation import CloudFormation, running
from tests.emulated.stack import BUCKET, TABLE, Stack

if TYPE_CHECKING:
    import pytest

QUEUES = ("intake", "deploy", "confirm")


@contextmanager
def described(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    with running() as cloudformation:
        cloudformation.stacks["ebb"] = _outputs(stack)
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation.address)
        monkeypatch.delenv("EBB_STACK", raising=False)
        yield cloudformation


def _outputs(stack: Stack) -> dict[str, str]:
    """The dead-letter queues are made here: nothing else needs them."""
    sqs = stack.clients.sqs
    outputs = {"DataBucketName": BUCKET, "LedgerTableName": TABLE, "JournalLogGroupName": "/ebb/ebb/journal"}
    for queue in QUEUES:
        outputs[f"{queue.title()}QueueUrl"] = sqs.get_queue_url(QueueName=f"ebb-{queue}")["QueueUrl"]
        dead_letters = sqs.create_queue(QueueName=f"ebb-{queue}-dead-letter")["QueueUrl"]
        outputs[f"{queue.title()}DeadLetterQueueUrl"] = dead_letters
    return outputs
