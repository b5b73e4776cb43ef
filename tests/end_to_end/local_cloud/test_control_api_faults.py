"""Faults on order: of any service at any call, and events that come twice, late or never."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local.server import Server
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.doorbell import asking_once, knock, order
from tests.end_to_end.tide import eventually


@pytest.fixture(autouse=True)
def no_faults_left(cloud: Server) -> Iterator[None]:
    yield
    knock(cloud, "DELETE", "faults")


CALLS = [
    ("s3", "ListBuckets", "list_buckets", {}),
    ("sqs", "ListQueues", "list_queues", {}),
    ("sns", "ListTopics", "list_topics", {}),
    ("dynamodb", "ListTables", "list_tables", {}),
    ("cloudwatch", "ListMetrics", "list_metrics", {}),
    ("logs", "DescribeLogGroups", "describe_log_groups", {}),
    ("events", "ListRules", "list_rules", {}),
    ("lambda", "ListFunctions", "list_functions", {}),
    ("iam", "ListRoles", "list_roles", {}),
    ("sts", "GetCallerIdentity", "get_caller_identity", {}),
    ("scheduler", "ListSchedules", "list_schedules", {}),
    ("cloudformation", "DescribeStacks", "describe_stacks", {}),
    ("sagemaker", "ListModels", "list_models", {}),
    ("sagemaker", "InvokeEndpoint", "invoke_endpoint", {"EndpointName": "none", "Body": b"1"}),
]


@pytest.mark.parametrize(("service", "operation", "call", "arguments"), CALLS, ids=[row[1] for row in CALLS])
def test_any_operation_of_any_service_can_fail(
    cloud: Server, service: str, operation: str, call: str, arguments: dict[str, Any]
) -> None:
    order(cloud, service, operation, "fail", code="OrderedFault")
    name = "sagemaker-runtime" if operation == "InvokeEndpoint" else service

    with pytest.raises(ClientError) as failed:
        getattr(asking_once(cloud, name), call)(**arguments)

    assert failed.value.response["Error"]["Code"] == "OrderedFault"
    assert knock(cloud, "GET", "faults")[1]["faults"][0]["fired"] == 1


THROTTLES = [
    ("sagemaker", "ListModels", "list_models", "ThrottlingException"),
    ("logs", "DescribeLogGroups", "describe_log_groups", "ThrottlingException"),
    ("s3", "ListBuckets", "list_buckets", "SlowDown"),
    ("lambda", "ListFunctions", "list_functions", "TooManyRequestsException"),
    ("dynamodb", "ListTables", "list_tables", "ProvisionedThroughputExceededException"),
    ("cloudwatch", "ListMetrics", "list_metrics", "Throttling"),
]


@pytest.mark.parametrize(("service", "operation", "call", "code"), THROTTLES, ids=[row[1] for row in THROTTLES])
def test_a_throttle_is_the_services_own(cloud: Server, service: str, operation: str, call: str, code: str) -> None:
    """AWS documents: SageMaker's control plane answers ThrottlingException, "Rate exceeded"."""
    order(cloud, service, operation, "throttle")

    with pytest.raises(ClientError) as throttled:
        getattr(asking_once(cloud, service), call)()

    assert throttled.value.response["Error"] == {"Code": code, "Message": "Rate exceeded"}


def test_only_the_nth_call_fails_and_only_until_the_fault_is_taken_back(cloud: Server) -> None:
    sqs = asking_once(cloud, "sqs")
    first = order(cloud, "sqs", "List*", "throttle", nth=2)

    sqs.list_queues()
    with pytest.raises(ClientError, match="RequestThrottled"):
        sqs.list_queues()
    sqs.list_queues()

    second = order(cloud, "sqs", "ListQueues", "fail")
    assert knock(cloud, "DELETE", f"faults/{first}") == (200, {"removed": 1})
    with pytest.raises(ClientError, match="InternalFailure"):
        sqs.list_queues()
    assert [fault["id"] for fault in knock(cloud, "GET", "faults")[1]["faults"]] == [second]
    assert knock(cloud, "DELETE", "faults/fault-999")[0] == 404
    assert knock(cloud, "DELETE", "faults") == (200, {"removed": 1})
    sqs.list_queues()


def test_before_a_call_means_it_never_happened_and_after_that_only_its_answer_is_lost(cloud: Server) -> None:
    s3 = asking_once(cloud, "s3")
    s3.create_bucket(Bucket="lost", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for when in ("before", "after"):
        order(cloud, "s3", "PutObject", "drop", when=when, nth=1)
        with pytest.raises(ConnectionClosedError):
            s3.put_object(Bucket="lost", Key=when, Body=b"1")

    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="lost")["Contents"]] == ["after"]


def test_a_call_can_take_its_time_or_happen_twice(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="doubled")["QueueUrl"]
    order(account.cloud, "sqs", "SendMessage", "delay", seconds=0.3)
    order(account.cloud, "sqs", "ReceiveMessage", "twice")

    began = time.monotonic()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert time.monotonic() - began >= 0.3
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "the first of the two took it"


TWO_WRITES = """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for key in ("first", "second", "third"):
        s3.put_object(Bucket="written", Key=event["run"] + "/" + key, Body=b"1")
    return "done"
"""


def test_a_function_can_be_killed_between_two_calls(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="written", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    put = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::written/*"}
    function = account.function("writer-of-three", TWO_WRITES, put)

    def run(name: str) -> tuple[Any, list[str]]:
        payload = json.dumps({"run": name}).encode()
        answer = json.load(account.client("lambda").invoke(FunctionName=function, Payload=payload)["Payload"])
        listed = s3.list_objects_v2(Bucket="written", Prefix=f"{name}/").get("Contents", [])
        return answer, [entry["Key"].partition("/")[2] for entry in listed]

    assert run("whole") == ("done", ["first", "second", "third"])
    order(account.cloud, "s3", "PutObject", "crash", nth=2)
    answer, keys = run("before")
    assert "signal: killed" in answer["errorMessage"]
    assert keys == ["first"]
    order(account.cloud, "s3", "PutObject", "crash", when="after", nth=2)
    answer, keys = run("after")
    assert "signal: killed" in answer["errorMessage"]
    assert keys == ["first", "second"]
    assert run("again") == ("done", ["first", "second", "third"])


@pytest.mark.parametrize(("do", "expected"), [("drop", ["2"]), ("twice", ["1", "1", "2"]), ("delay", ["2", "1"])])
def test_an_event_comes_never_or_twice_or_late(account: Account, do: str, expected: list[str]) -> None:
    next_event = account.tap(f"tap-{do}", {"source": [f"tap-{do}"]})
    order(account.cloud, "events", "Deliver:Numbered", do, nth=1, **({"seconds": 3600} if do == "delay" else {}))

    for number in ("1", "2"):
        entry = {"Source": f"tap-{do}", "DetailType": "Numbered", "Detail": json.dumps({"number": number})}
        account.client("events").put_events(Entries=[entry])
    came = [next_event()["detail"]["number"] for _ in expected[:1]]
    if do == "delay":
        account.cloud.advance("1h")
    came += [next_event()["detail"]["number"] for _ in expected[1:]]

    assert came == expected


def test_a_late_answer_is_of_the_one_who_asked(account: Account) -> None:
    """While one call waits at a fault, the others go on."""
    sqs = account.client("sqs")
    order(account.cloud, "sqs", "ListQueues", "delay", seconds=6, nth=1)
    slow = subprocess.Popen(
        [sys.executable, "-c", "import boto3; boto3.client('sqs').list_queues()"],
        env={**os.environ, **account.cloud.admin.variables},
    )
    try:
        eventually(lambda: knock(account.cloud, "GET", "faults")[1]["faults"][0]["fired"], "the slow call")
        began = time.monotonic()
        sqs.list_queues()
        assert time.monotonic() - began < 5.5
    finally:
        assert slow.wait(timeout=120) == 0
