"""The dead-letter queues of a stack: what lies there was tried five times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.stack.deployed_stack import DeployedStack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUES = ("intake", "deploy", "confirm")


def dead_letter_queue(stack: DeployedStack, queue: str) -> str:
    """Its URL."""
    return stack.output(f"{queue.title()}DeadLetterQueueUrl")


def look(sqs: SQSClient, url: str) -> tuple[str, int]:
    """Its ARN, and how many messages lie there; SQS counts them roughly while they come and go."""
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "ApproximateNumberOfMessages"])
    return asked["Attributes"]["QueueArn"], int(asked["Attributes"]["ApproximateNumberOfMessages"])
