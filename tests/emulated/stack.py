"""A stack called `ebb` on moto: bucket, ledger, bus and queues; its SageMaker is our own fake."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from jsonschema import Draft202012Validator
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from docs.event_schemas import event_schema
from ebb.aws.clients import Clients
from ebb.ledger.ledger import Ledger
from ebb.names import Upload
from tests.emulated.fake_runtime import FakeRuntime
from tests.emulated.fake_sagemaker import FakeSageMaker
from tests.emulated.quick_moto import hasten

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION: Final = "eu-central-1"
ACCOUNT = "123456789012"
BUCKET = "ebb-databucket-1example"
TABLE = "ledger"
NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
AFTER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # when the function's time is over: never
ENDPOINT = "ebb-abalone"
JOURNAL = "/ebb/ebb/journal"
QUEUES = ("heard", "ebb-intake", "ebb-deploy", "ebb-confirm")
NEWER = "ebb-abalone-300101000000-aaaaa"
OLDER = "ebb-abalone-200101000000-aaaaa"
GOOD_ROWS = b"".join(b"%d,%d.5,0.25\n" % (number % 29, number) for number in range(200))


@dataclass(frozen=True)
class Sent:
    """A message that waits in a queue. `delay`: how many seconds it was to stay hidden."""

    event: dict[str, Any]
    delay: int
    waiting_since: str | None


@dataclass
class Stack:
    """What the functions use, and what a test looks at afterwards."""

    clients: Clients
    sagemaker: FakeSageMaker
    runtime: FakeRuntime
    heard: str
    intake_queue: str
    deploy_queue: str
    confirm_queue: str
    now: dt.datetime = NOW

    @property
    def s3(self) -> "S3Client":
        return self.clients.s3

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, TABLE)

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
        """What the stack's rule has sent on since the last look; each as its published schema says."""
        found: list[dict[str, Any]] = []
        while messages := self.clients.sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                _validator(event["detail-type"]).validate(event["detail"])
                found.append({"name": event["detail-type"]} | event["detail"])
                self.clients.sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=message["ReceiptHandle"])
        return found

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The events that lie in this queue (its URL), taken out of it; a message's delay is not waited for."""
        return [sent.event for sent in self.sent(queue)]

    def sent(self, queue: str) -> list["Sent"]:
        """The same, with what SQS keeps beside the events."""
        lying: list[Any] = sqs_backends[ACCOUNT][REGION].get_queue(queue.rpartition("/")[2])._messages
        delays = {message.id: _hasten(message) for message in lying}
        found: list[Sent] = []
        asked: Any = {"QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        while messages := self.clients.sqs.receive_message(**asked).get("Messages"):
            for message in messages:
                since = message.get("MessageAttributes", {}).get("waiting-since", {"StringValue": None})["StringValue"]
                found.append(Sent(json.loads(message["Body"]), delays[message["MessageId"]], since))
                self.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
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


def _hasten(message: Any) -> int:
    """The delay that it was sent with; it is over now."""
    delay = max(0, round((float(message.delayed_until) - float(message.sent_timestamp)) / 1000))
    message.delayed_until = 0
    return delay


@cache
def _validator(announcement: str) -> Draft202012Validator:
    return Draft202012Validator(event_schema(announcement))


def _lose(**_: object) -> None:
    raise ConnectionError


@cache
def _session() -> boto3.session.Session:
    """One for all tests of a process: it keeps the descriptions of the services, which take long to read."""
    return boto3.session.Session("made-up", "made-up", region_name=REGION)


_LOOKUPS: dict[str, dict[str, Any]] = {}


@cache
def _made() -> dict[str, tuple[Any, Any]]:
    """Clients, each with what listens to its events: to make them takes longer than most tests."""
    clients = Clients(_session())
    made = {name: getattr(clients, name) for name in ("s3", "dynamodb", "events", "sqs", "cloudwatch", "logs")}
    for client in made.values():
        hasten(client)
    return {name: (client, copy(_emitter(client)._handlers)) for name, client in made.items()}


def _as_new() -> dict[str, Any]:
    """botocore has no way to say it: whatever a test before this one has registered is forgotten.

    Whoever registers gives the emitter another cache of lookups, so with the same one nobody has.
    """
    for name, (client, handlers) in _made().items():
        emitter, clean = _emitter(client), _LOOKUPS.setdefault(name, {})
        if emitter._lookup_cache is not clean:
            emitter._handlers, emitter._lookup_cache = copy(handlers), clean
    return {name: client for name, (client, _) in _made().items()}


def _emitter(client: Any) -> Any:
    return client.meta.events._emitter


def deployed() -> Stack:
    clients = Clients(_session())
    sagemaker = FakeSageMaker(NOW)
    # A client is made when it is first asked for, so ours can take their places beforehand.
    runtime = FakeRuntime(sagemaker)
    vars(clients).update(_as_new(), sagemaker=sagemaker, sagemaker_runtime=runtime)
    _create()
    heard, intake, deploy, confirm = (f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}" for name in QUEUES)
    return Stack(clients, sagemaker, runtime, heard, intake, deploy, confirm)


def _create() -> None:
    """In moto itself: what a client would have to say takes twice as long as a test."""
    buckets, tables = s3_backends[ACCOUNT]["aws"], dynamodb_backends[ACCOUNT][REGION]
    queues, rules = sqs_backends[ACCOUNT][REGION], events_backends[ACCOUNT][REGION]
    buckets.create_bucket(BUCKET, REGION)
    buckets.put_bucket_versioning(BUCKET, "Enabled")
    by_due = {"AttributeName": "record", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}
    tables.create_table(
        TABLE,
        schema=[{"AttributeName": "model", "KeyType": "HASH"}, {"AttributeName": "record", "KeyType": "RANGE"}],
        attr=[{"AttributeName": name, "AttributeType": "S"} for name in ("model", "record", "due")],
        global_indexes=[{"IndexName": "due", "KeySchema": [*by_due], "Projection": {"ProjectionType": "ALL"}}],
        throughput=None,
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    logs_backends[ACCOUNT][REGION].create_log_group(JOURNAL, {})
    for name in QUEUES:
        queues.create_queue(name, region=REGION)
    rules.create_event_bus("ebb-requests")
    rules.put_rule("announcements", event_pattern=json.dumps({"source": ["ebb"], "detail": {"stack": ["ebb"]}}))
    target = {"Id": "heard", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"}
    rules.put_targets("announcements", None, [target])
