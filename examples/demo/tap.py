"""A tap on the account's event bus, as anyone may lay one: a rule, and a queue that it fills."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local.stack import Administrator

Event = dict[str, Any]
NAME = "demo-tap"
_SOURCES = ["aws.s3", "aws.sagemaker", "ebb"]


class Tap:
    def __init__(self, admin: Administrator) -> None:
        self._sqs, events = admin.client("sqs"), admin.client("events")
        self._url = self._sqs.create_queue(QueueName=NAME)["QueueUrl"]
        named = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = named["Attributes"]["QueueArn"]
        rule = events.put_rule(Name=NAME, EventPattern=json.dumps({"source": _SOURCES}))["RuleArn"]
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": _policy(arn, rule)})
        events.put_targets(Rule=NAME, Targets=[{"Id": "queue", "Arn": arn}])

    def events(self, wait_seconds: int = 1) -> Iterator[Event]:
        """What has come since the last call, or comes within the wait."""
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds).get(
            "Messages", []
        )
        for message in found:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])


def _policy(queue_arn: str, rule_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
