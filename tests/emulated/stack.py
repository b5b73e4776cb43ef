"""A stack called `ebb` on moto: bucket, ledger, bus and queues; its SageMaker is our own fake."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import boto3

from ebb.clients import Clients
from ebb.names import Upload
from tests.emulated.fake_sagemaker import FakeSageMaker

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION: Final = "eu-central-1"
BUCKET = "ebb-databucket-1example"
TABLE = "ledger"
NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
AFTER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # when the function's time is over: never
ENDPOINT = "ebb-abalone"
NEWER = "ebb-abalone-300101000000-aaaaa"
OLDER = "ebb-abalone-200101000000-aaaaa"
GOOD_ROWS = b"".join(b"%d,%d.5,0.25\n" % (number % 29, number) for number in range(200))


@dataclass
class Stack:
    """What the functions use, and what a test looks at afterwards."""

    clients: Clients
    sagemaker: FakeSageMaker
    heard: str
    deploy_queue: str
    now: dt.datetime = NOW

    @property
    def s3(self) -> "S3Client":
        return self.clients.s3

    def upload(self, key: str, body: bytes) -> Upload:
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        return Upload(BUCKET, key, version)

    def listed(self, prefix: str = "runs/") -> list[str]:
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def read(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def read_json(self, key: str) -> dict[str, Any]:
        return dict(json.loads(self.read(key)))

    def announcements(self) -> list[dict[str, Any]]:
        """What the stack's rule has sent on since the last look."""
        found: list[dict[str, Any]] = []
        while messages := self.clients.sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                found.append({"name": event["detail-type"]} | event["detail"])
                self.clients.sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=message["ReceiptHandle"])
        return found

    def row(self, model: str, record: str) -> dict[str, str]:
        key = {"model": {"S": model}, "record": {"S": record}}
        item = self.clients.dynamodb.get_item(TableName=TABLE, Key=cast("Any", key)).get("Item", {})
        return {name: str(next(iter(value.values()))) for name, value in item.items()}

    def put_row(self, model: str, record: str, **facts: str) -> None:
        item = {"model": model, "record": record} | facts
        self.clients.dynamodb.put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})

    def record_calls(self, operation: str) -> Sequence[str]:
        """From now on, the keys of every S3 call of this kind."""
        keys: list[str] = []
        self.s3.meta.events.register(
            f"provide-client-params.s3.{operation}", lambda params, **_: keys.append(params["Key"])
        )
        return keys

    @contextmanager
    def broken(self, service: str, operation: str) -> Iterator[None]:
        """Calls of this operation are lost on their way to AWS."""
        event, hooks = f"before-call.{service}.{operation}", getattr(self.clients, service).meta.events
        hooks.register(event, _lose)
        yield
        hooks.unregister(event, _lose)


def _lose(**_: object) -> None:
    raise ConnectionError


@cache
def _session() -> boto3.session.Session:
    """One for all tests of a process: it keeps the descriptions of the services, which take long to read."""
    return boto3.session.Session("made-up", "made-up", region_name=REGION)


def deployed() -> Stack:
    clients = Clients(_session())
    sagemaker = FakeSageMaker(NOW)
    # The client is made when it is first asked for, so ours can take its place beforehand.
    vars(clients)["sagemaker"] = sagemaker
    clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    clients.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "model", "AttributeType": "S"},
            {"AttributeName": "record", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}, {"AttributeName": "record", "KeyType": "RANGE"}],
    )
    heard = clients.sqs.create_queue(QueueName="heard")["QueueUrl"]
    deploy_queue = clients.sqs.create_queue(QueueName="ebb-deploy")["QueueUrl"]
    pattern = {"source": ["ebb"], "detail": {"stack": ["ebb"]}}
    clients.events.put_rule(Name="announcements", EventPattern=json.dumps(pattern))
    clients.events.put_targets(
        Rule="announcements", Targets=[{"Id": "heard", "Arn": f"arn:aws:sqs:{REGION}:123456789012:heard"}]
    )
    return Stack(clients, sagemaker, heard, deploy_queue)
