"""Where the tide runs under control: one stack's functions in the test's process, before the local cloud.

S3, DynamoDB and SageMaker are the local cloud's, over HTTP. Queues, bus and time are the test's: it decides what is
delivered when, twice, late or never. Each case has a prefix, a bucket and a ledger of its own, so that cases share the
cloud and see nothing of each other.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from docs.endpoint_states import STEPS
from local.server import Server
from local.stack import REGION
from tests.end_to_end.in_process.blueprint import Blueprint, template
from tests.end_to_end.in_process.bus import Bus, BusClient, Event
from tests.end_to_end.in_process.functions import Functions
from tests.end_to_end.in_process.moved_time import MovedTime, moved_time
from tests.end_to_end.in_process.observer import Observer
from tests.end_to_end.in_process.queues import Queue, QueuedMessage, QueuesClient
from tests.end_to_end.in_process.wire import Session, Strike, Wire
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SAGEMAKER_TRUST, execution_statements

MOST_DELIVERIES = 400
_numbers = itertools.count(1)


_STEPS = {(step.before.value, step.after.value) for step in STEPS}


@dataclass
class Coast:
    """A local cloud with the execution roles, for many cases."""

    cloud: Server

    @cached_property
    def account(self) -> Account:
        return Account(self.cloud)

    @cached_property
    def session(self) -> Session:
        return Session(self.cloud)

    @cached_property
    def roles(self) -> dict[str, str]:
        return {
            f"{name}.Arn": self.account.role(name, *execution_statements(), trust=SAGEMAKER_TRUST)
            for name in ("TrainingRole", "ServingRole")
        }

    @contextmanager
    def shore(self, strike: Strike | None = None) -> Iterator[Shore]:
        """A stack for one case; its endpoints end with it."""
        random.seed(0)  # how long what waits is put off
        with moved_time(self.cloud) as clock:
            shore = Shore(self, clock, f"c{next(_numbers)}")
            shore.wire.strike = strike
            yield shore
            shore.remove()
            unknown = shore.wire.steps - _STEPS
            assert not unknown, f"no such step between states in docs/endpoint_states.py: {unknown}"


@dataclass
class Shore:
    coast: Coast
    clock: MovedTime
    prefix: str
    uploads: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket, self.table = f"{self.prefix}-bucket", f"{self.prefix}-ledger"
        self.journal = f"/ebb/{self.prefix}/journal"
        self.s3, self.sagemaker = self._client("s3"), self._client("sagemaker")
        self.dynamodb, self.runtime = self._client("dynamodb"), self._client("sagemaker-runtime")
        self._create()
        given = {"AWS::StackName": self.prefix, "AWS::Region": REGION, "AWS::URLSuffix": "amazonaws.com"}
        given |= {"Prefix": self.prefix, "DataBucket": self.bucket, "Ledger": self.table, **self.coast.roles}
        given["JournalLogGroup"] = self.journal
        blueprint = Blueprint(given)
        by_url = blueprint.queues()
        self.queues: dict[str, Queue] = {}  # by the function that works on it
        self.bus = Bus(list(blueprint.rules(by_url)))
        session = self.coast.session
        session.wire = self.wire = Wire()
        session.own = {"sqs": QueuesClient(by_url, session), "events": BusClient(self.bus, session)}
        self.functions = Functions(blueprint, session)
        named = {queue.name: queue for queue in by_url.values()}
        for name, function in blueprint.functions().items():
            if queue := blueprint.queue_of(function):
                self.queues[name] = named[queue]
        self.observer = Observer(self.sagemaker, self.bus, self.prefix)

    def _client(self, service: str) -> Any:
        return self.coast.account.client(service)

    def _create(self) -> None:
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        ledger = template().properties("Ledger")
        parts = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        self.dynamodb.create_table(
            TableName=self.table, BillingMode="PAY_PER_REQUEST", **{part: ledger[part] for part in parts}
        )
        self._client("logs").create_log_group(logGroupName=self.journal)

    def remove(self) -> None:
        """What would take up the machine; the rest disturbs nobody."""
        for endpoint in self.endpoints():
            self.sagemaker.delete_endpoint(EndpointName=endpoint)
        self.observer.settle()

    def endpoints(self) -> list[str]:
        pages = self.sagemaker.get_paginator("list_endpoints").paginate(NameContains=f"{self.prefix}-")
        found = [endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]]
        return [name for name in found if name.startswith(f"{self.prefix}-")]

    def upload(self, model: str, content: str, name: str = "data.csv", copies: int = 1) -> Event:
        """In a second of its own. `copies` of its event arrive; it is returned, so that it can come later."""
        self.clock.advance(2)
        key = f"datasets/{model}/{name}"
        put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=content.encode())
        detail = {"bucket": {"name": self.bucket}, "object": {"key": key, "version-id": put["VersionId"]}}
        event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
        self.uploads.append(event)
        for _ in range(copies):
            self.bus.put(event)
        return event

    def put_settings(self, model: str, toml: str) -> None:
        """Its event changes nothing as long as no upload was refused."""
        self.s3.put_object(Bucket=self.bucket, Key=f"datasets/{model}/model.toml", Body=toml.encode())

    def tick(self) -> None:
        """What the schedule starts. A failed one is not repeated: the next one comes anyway."""
        function = "tear_down_idle"
        dimensions = [{"Name": "FunctionName", "Value": function}]
        datum = {"MetricName": "Invocations", "Dimensions": dimensions, "Value": 1}
        self._client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])
        self.functions.invoke(function, {})

    def due(self) -> list[tuple[float, str, QueuedMessage]]:
        """What is waiting in the queues, the earliest first."""
        waiting = [(message.due, name, message) for name, queue in self.queues.items() for message in queue.messages]
        return sorted(waiting, key=lambda one: (one[0], one[2].number))

    def deliver(self, name: str, message: QueuedMessage) -> None:
        """Once, when it is due; afterwards it is done with, or comes back after the visibility timeout."""
        if (early := message.due - time.time()) > 0:
            self.clock.advance(early + 0.01)
        queue = self.queues[name]
        queue.received(message)
        if self.functions.work(name, message):
            queue.acknowledge(message)
        else:
            queue.bury(message)

    def run_until_quiet(self) -> None:
        """Everything that is due is delivered, in order, until nothing waits and SageMaker does nothing."""
        for _ in range(MOST_DELIVERIES):
            self.observer.settle()
            waiting = self.due()
            if not waiting:
                return
            _, name, message = waiting[0]
            self.deliver(name, message)
        bodies = [f"{name}: {message.body[:300]}" for _, name, message in self.due()]
        raise AssertionError(f"not quiet after {MOST_DELIVERIES} deliveries: {bodies}")
