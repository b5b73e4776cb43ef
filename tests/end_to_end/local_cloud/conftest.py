"""Small things that tests of the local cloud need: a queue behind a rule, a role's session, a function."""

from __future__ import annotations

import functools
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local.server import Server
from local.stack import REGION
from tests.end_to_end.tide import eventually

LAMBDA_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Account:
    """The local account, from its administrator's side."""

    cloud: Server

    def client(self, service: str) -> Any:
        return _client(self.cloud, service)

    @property
    def id(self) -> str:
        return self.cloud.settings.account

    def role(self, name: str, *statements: dict[str, Any], trust: dict[str, Any] = LAMBDA_TRUST) -> str:
        """A role with one inline policy; its ARN."""
        iam = self.client("iam")
        document = {"Version": "2012-10-17", "Statement": [trust]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
        if statements:
            policy = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
        return str(arn)

    def acting_as(self, name: str, *statements: dict[str, Any]) -> Any:
        """`client(service)` with a session of a new role that has these permissions only."""
        trust = {"Effect": "Allow", "Principal": {"AWS": self.id}, "Action": "sts:AssumeRole"}
        arn = self.role(name, *statements, trust=trust)
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session = boto3.session.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=REGION
        )
        return lambda service: session.client(service, endpoint_url=self.cloud.settings.endpoint_url)

    def tap(self, name: str, pattern: dict[str, Any]) -> Any:
        """A queue behind a rule; call it for the next event that comes through."""
        sqs, events = self.client("sqs"), self.client("events")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

        def next_event() -> dict[str, Any]:
            def look() -> dict[str, Any] | None:
                for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return dict(json.loads(message["Body"]))
                return None

            return eventually(look, f"an event in {name}")

        return next_event

    def function(self, name: str, source: str, *statements: dict[str, Any], **variables: str) -> str:
        """A deployed function whose module is `source`; its name."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("main.py", source)
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="main.handler",
            Role=self.role(f"{name}-role", *statements),
            Code={"ZipFile": buffer.getvalue()},
            Environment={"Variables": variables},
            Timeout=20,
        )
        return name

    def call(self, function: str) -> Any:
        return json.load(self.client("lambda").invoke(FunctionName=function, Payload=b"{}")["Payload"])


@functools.cache  # making one takes longer than most tests
def _client(cloud: Server, service: str) -> Any:
    return cloud.admin.client(service)


@pytest.fixture(scope="session")
def account(cloud: Server) -> Account:
    return Account(cloud)
