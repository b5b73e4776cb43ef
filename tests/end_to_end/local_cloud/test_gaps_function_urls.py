"""Function URLs: who is let in, what arrives, and what becomes of a function that fails or takes its time."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.test_gaps_functions import allow

LIMIT = 6 * 1024 * 1024
ECHO = """
import json, os, time
def handler(event, context):
    asked = event.get("queryStringParameters") or {}
    time.sleep(float(asked.get("sleep", 0)))
    if "raise" in asked: raise ValueError("what only the log may say")
    if "exit" in asked: os._exit(1)
    if "malformed" in asked: return {"statusCode": "fine"}
    if "size" in asked: return {"statusCode": 200, "body": "x" * int(asked["size"])}
    return {"statusCode": 200, "body": json.dumps({**event, "ended": time.time() * 1000})}
"""


@dataclass(frozen=True)
class Url:
    account: Account
    path: str

    def call(self, query: str = "", body: bytes = b"", client: Any = None, **changed: Any) -> tuple[int, bytes]:
        """A signed POST; `changed`: another service in its signature, headers, a signature that is cut off."""
        headers, target = {"Content-Type": "text/plain", **changed.get("headers", {})}, self.path + query
        request = AWSRequest("POST", self.account.cloud.settings.endpoint_url + target, data=body, headers=headers)
        keys = (client or self.account.client("lambda"))._request_signer._credentials
        SigV4Auth(keys, changed.get("service", "lambda"), "eu-central-1").add_auth(request)
        sent = dict(request.headers)
        if changed.get("cut"):
            sent["Authorization"] = sent["Authorization"][:-4] + "0000"
        return self.send("POST", query, body, sent)

    def send(self, method: str, query: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.account.cloud.settings.port, timeout=200)
        try:
            connection.request(method, self.path + query, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def declared(account: Account, function: str) -> str:
    """The URL, as a template declares it and hands it out."""
    url = {
        "Type": "AWS::Lambda::Url",
        "Properties": {
            "TargetFunctionArn": f"arn:aws:lambda:eu-central-1:{account.id}:function:{function}",
            "AuthType": "AWS_IAM",
        },
    }
    template = {"Resources": {"Url": url}, "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}}}}
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(StackName=f"{function}-url", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=f"{function}-url", WaiterConfig={"Delay": 1})
    stack = cloudformation.describe_stacks(StackName=f"{function}-url")["Stacks"][0]
    return str(stack["Outputs"][0]["OutputValue"])


@pytest.fixture(scope="module")
def url(account: Account) -> Url:
    address = declared(account, account.function("web", ECHO))
    assert address.endswith(".on.aws/")
    return Url(account, f"/_aws/lambda-url/{urlsplit(address).netloc.partition('.')[0]}/")


@pytest.mark.parametrize(
    ("name", "conditions", "status"),
    [
        ("url-only", [{}, None], 403),
        ("function-only", [None, {}], 403),
        ("both", [{}, {}], 200),
        (
            "as-recommended",
            [
                {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
                {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
            ],
            200,
        ),
    ],
)
def test_a_function_url_needs_two_permissions(
    account: Account, url: Url, name: str, conditions: list[Any], status: int
) -> None:
    """AWS documents: since October 2025 both lambda:InvokeFunctionUrl and lambda:InvokeFunction."""
    arn = f"arn:aws:lambda:eu-central-1:{account.id}:function:web"
    actions = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    statements = [
        {**allow(arn, action), **({"Condition": condition} if condition else {})}
        for action, condition in zip(actions, conditions, strict=True)
        if condition is not None
    ]

    client = account.acting_as(f"url-{name}", *statements)("lambda")

    assert url.call(client=client)[0] == status
    if name == "as-recommended":
        with pytest.raises(ClientError, match="AccessDenied"):
            client.invoke(FunctionName="web")


def test_a_function_url_takes_signatures_for_lambda_only(url: Url) -> None:
    assert url.call()[0] == 200
    assert url.send("POST", "", b"", {})[0] == 403
    assert url.call(cut=True)[0] == 403
    for service in ("execute-api", "sagemaker", "s3"):
        status, said = url.call(service=service)
        assert (status, b"correct service: 'lambda'" in said) == (403, True)


def test_a_function_url_takes_and_gives_six_megabytes(url: Url) -> None:
    assert url.call(body=b"0" * (LIMIT + 1))[0] == 413
    assert url.call(f"?size={LIMIT + 1}")[0] == 502
    assert url.call(f"?size={LIMIT - 1000}")[0] == 200


def test_a_request_arrives_in_payload_format_2(url: Url) -> None:
    """AWS documents: lower-case header names, bodies that are not text in base64."""
    status, said = url.call("models/a/predictions?x=1&y=a%2Bb", b"1,2", headers={"Prefer": "wait=3"})
    event = json.loads(said)
    binary = json.loads(url.call(body=b"\xff\x00", headers={"Content-Type": "application/octet-stream"})[1])

    assert (status, event["version"], event["requestContext"]["http"]["method"]) == (200, "2.0", "POST")
    assert (event["rawPath"], event["rawQueryString"]) == ("/models/a/predictions", "x=1&y=a%2Bb")
    assert event["queryStringParameters"] == {"x": "1", "y": "a+b"}
    assert (event["headers"]["prefer"], event["body"], event["isBase64Encoded"]) == ("wait=3", "1,2", False)
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\xff\x00", True)


@pytest.mark.parametrize("asked", ["raise=1", "exit=1", "malformed=1"])
def test_a_function_that_fails_is_a_bad_gateway_that_tells_nothing(url: Url, asked: str) -> None:
    assert url.call(f"?{asked}") == (502, b"Internal Server Error")


def test_a_function_whose_time_is_up_is_a_bad_gateway(account: Account) -> None:
    """Seen: "Task timed out after 3.02 seconds" in the log, and 502 at the URL."""
    function = account.function("slow-web", ECHO)
    account.client("lambda").update_function_configuration(FunctionName=function, Timeout=1)
    slow = Url(account, f"/_aws/lambda-url/{urlsplit(declared(account, function)).netloc.partition('.')[0]}/")

    assert slow.call("?sleep=10") == (502, b"Internal Server Error")


def test_calls_run_side_by_side(url: Url) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(json.loads(url.call("?sleep=2")[1]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    arrived = [answer["requestContext"]["timeEpoch"] for answer in answers]
    assert len(arrived) == 4
    assert max(arrived) < min(answer["ended"] for answer in answers)


@pytest.mark.soak
def test_a_call_may_be_held_for_two_minutes(account: Account, url: Url) -> None:
    account.client("lambda").update_function_configuration(FunctionName="web", Timeout=180)

    assert url.call("?sleep=125")[0] == 200
