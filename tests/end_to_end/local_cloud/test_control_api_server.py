"""The server itself: one port, on this machine only, alive after whatever is sent to it, and gone without a trace."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.doorbell import listening
from tests.end_to_end.tide import eventually


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def test_it_listens_on_its_one_port_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    settings = Settings(port=free_port(), s3_events_seconds=300)
    with Server(settings, tmp_path / "server.log") as server:
        account = Account(server)
        events_come_after_five_minutes(account)
        account.call(account.function("left-running", "def handler(event, context): return 1"))

        assert listening(server.pid) == {("127.0.0.1", settings.port)}
        processes = children(server.pid)
        assert processes
        os.kill(server.pid, signal.SIGTERM)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 14

    eventually(lambda: not [pid for pid in processes if is_alive(pid)], "its processes gone", seconds=45)
    assert [path.name for path in tmp_path.iterdir()] == ["server.log"]
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def events_come_after_five_minutes(account: Account) -> None:
    """AWS documents: "After you enable EventBridge, it takes around five minutes for the changes to take effect"."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="young", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_notification_configuration(Bucket="young", NotificationConfiguration={"EventBridgeConfiguration": {}})
    next_event = account.tap("uploads", {"source": ["aws.s3"]})
    s3.put_object(Bucket="young", Key="early", Body=b"1")
    account.cloud.advance("301s")
    s3.put_object(Bucket="young", Key="late", Body=b"1")
    assert next_event()["detail"]["object"]["key"] == "late"


@pytest.fixture
def send(cloud: Server) -> Iterator[Any]:
    """`send(service, body, path, **headers)`: a POST or PUT, rightly signed whatever it holds; (status, body)."""
    keys = Credentials(cloud.settings.access_key, cloud.settings.secret)

    def post(service: str, body: bytes, path: str = "/", method: str = "POST", **headers: str) -> tuple[int, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = AWSRequest(method, cloud.settings.endpoint_url + path, data=body, headers=named)
        (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, "eu-central-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=60)
        connection.request(method, path, body, dict(request.headers))
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    yield post
    assert cloud.door("clock")
    assert cloud.admin.client("s3").list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert listening(cloud.pid) == {("127.0.0.1", cloud.settings.port)}


JSON_1_0, JSON_1_1 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"
TARGETS = [
    ("sagemaker", "SageMaker.ListModels", JSON_1_1),
    ("sqs", "AmazonSQS.SendMessage", JSON_1_0),
    ("dynamodb", "DynamoDB_20120810.PutItem", JSON_1_0),
    ("events", "AWSEvents.PutEvents", JSON_1_1),
    ("logs", "Logs_20140328.FilterLogEvents", JSON_1_1),
]
BODIES = [
    b'{"a": ',
    b"\xff\xfe\x00\x01",
    b"[1, 2]",
    b'"text"',
    b"null",
    b"[" * 100_000,
    b'{"QueueUrl": 1, "Entries": 1, "NextToken": {}, "TableName": [], "logGroupName": {}}',
]


@pytest.mark.parametrize(("service", "target", "kind"), TARGETS, ids=[row[0] for row in TARGETS])
def test_broken_bodies_get_an_error_in_aws_shape(send: Any, service: str, target: str, kind: str) -> None:
    for body in BODIES:
        status, answer = send(service, body, X_Amz_Target=target, Content_Type=kind)

        assert 400 <= status < 500, (body[:40], status, answer[:300])
        assert json.loads(answer)["__type"], (body[:40], answer[:300])


def test_a_hundred_megabytes_are_refused_and_survived(send: Any) -> None:
    huge = b'{"MessageBody": "' + b"x" * 100_000_000 + b'"}'

    status, answer = send("sqs", huge, X_Amz_Target="AmazonSQS.SendMessage", Content_Type=JSON_1_0)
    assert 400 <= status < 500, answer[:300]
    status, answer = send("sagemaker", huge, X_Amz_Target="SageMaker.ListModels", Content_Type=JSON_1_1)
    assert 400 <= status < 500, answer[:300]
    status, answer = send("sagemaker", huge, "/endpoints/none/invocations", Content_Type="text/csv")
    assert 400 <= status < 500, answer[:300]


@pytest.mark.parametrize(
    "key", ["../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/x", "a//b/./c", "%00", "a" * 1025]
)
def test_a_key_is_a_name_and_no_path(send: Any, cloud: Server, key: str) -> None:
    status, answer = send("s3", b"mine", f"/bucket-of-tricks/{key}", "PUT")

    assert status in (200, 400, 403, 404), answer[:300]
    assert b"root:" not in send("s3", b"", f"/bucket-of-tricks/{key}", "GET")[1]
    assert not Path("/etc/passwd").read_bytes().startswith(b"mine")


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "%2e%2e", "a" * 5000, "x\r\ny"])
def test_a_name_is_no_path_either(send: Any, name: str) -> None:
    quoted = json.dumps({"EndpointName": name, "EndpointConfigName": name}).encode()
    status, answer = send("sagemaker", quoted, X_Amz_Target="SageMaker.CreateEndpoint", Content_Type=JSON_1_1)
    assert status == 400
    assert json.loads(answer)["__type"] == "ValidationException"
    queue = json.dumps({"QueueName": name}).encode()
    status, answer = send("sqs", queue, X_Amz_Target="AmazonSQS.CreateQueue", Content_Type=JSON_1_0)
    assert status == 400
    assert json.loads(answer)["__type"]


def test_half_a_request_costs_one_connection(send: Any, cloud: Server) -> None:
    for sent in (
        b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf",
        b"\x16\x03\x01\x02\x00",
        b"GET " + b"a" * 100_000,
    ):
        with socket.create_connection(("127.0.0.1", cloud.settings.port), timeout=10) as connection:
            connection.sendall(sent)
