"""Who may call the predict URL, and what each of its answers is over real HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local import signed_request
from local.signed_request import Answer
from local.stack import Administrator
from tests.end_to_end.tide import ABALONE, Tide, eventually

MODEL = "public"
ROWS = [[float(cell) for cell in line.split(",")[1:]] for line in ABALONE.read_text().splitlines()[:3]]
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def model(tide: Tide) -> str:
    tide.upload(MODEL, ABALONE.read_bytes())
    tide.live(MODEL)
    return MODEL


@pytest.fixture(scope="module")
def caller(tide: Tide, model: str) -> Callable[..., Answer]:
    """Posts as a user who has the stack's policy for callers and nothing else."""
    keys = user(tide, "caller")
    iam = tide.cloud.admin.client("iam")
    iam.attach_user_policy(UserName="caller", PolicyArn=tide.outputs["PredictCallersPolicyArn"])

    def post(rows: Any = ROWS, of: str = model, **headers: str) -> Answer:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        return call(tide, keys, f"models/{of}/predictions", body, **headers)

    return post


def user(tide: Tide, name: str) -> Administrator:
    iam = tide.cloud.admin.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    settings = replace(tide.cloud.settings, access_key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    return Administrator(settings)


def call(tide: Tide, keys: Administrator, path: str, body: bytes, **headers: str) -> Answer:
    sent = {"Content-Type": "application/json"} | headers
    return signed_request.send(keys, "POST", f"{tide.predict_url}{path}", body, sent)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["error"]["code"]


def test_whoever_has_the_policy_is_answered(tide: Tide, caller: Callable[..., Answer]) -> None:
    answer = caller()

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.body) == tide.predicted(MODEL, ROWS)


@pytest.mark.parametrize("action", ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"])
def test_whoever_has_one_of_its_two_permissions_is_refused(tide: Tide, model: str, action: str) -> None:
    name = f"caller-with-{action.rpartition(':')[2]}"
    keys, iam = user(tide, name), tide.cloud.admin.client("iam")
    arn = tide.outputs["PredictCallersPolicyArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    (half,) = [statement for statement in document["Statement"] if statement["Action"] == action]
    put = {"Version": "2012-10-17", "Statement": [half]}
    iam.put_user_policy(UserName=name, PolicyName="half", PolicyDocument=json.dumps(put))

    assert call(tide, keys, f"models/{model}/predictions", json.dumps(ROWS).encode()).status == 403


def test_whoever_does_not_sign_is_refused(tide: Tide, model: str) -> None:
    request = urllib.request.Request(f"{tide.predict_url}models/{model}", method="GET")  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError, match="403"):
        opener.open(request, timeout=120)


def test_whoever_may_call_the_url_may_not_go_around_it(tide: Tide, caller: Callable[..., Answer]) -> None:
    iam = tide.cloud.admin.client("iam")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    settings = replace(tide.cloud.settings, access_key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    functions = Administrator(settings).client("lambda")
    with pytest.raises(functions.exceptions.ClientError, match="lambda:InvokeFunction"):
        functions.invoke(FunctionName=tide.outputs["PredictFunctionName"], Payload=b"{}")


def test_a_request_that_cannot_be_answered_is_told_why(tide: Tide, caller: Callable[..., Answer]) -> None:
    bad_row = caller([*ROWS, [*ROWS[0][:-1], "long"]])
    assert told(bad_row) == (400, "bad_row")
    assert json.loads(bad_row.body)["error"]["row"] == 3
    assert told(caller(of="nobodys")) == (404, "unknown_model")
    assert told(caller(ROWS[:1] * 80_000)) == (413, "too_large")  # more than 4 MB once they are encoded
    assert caller(b" " * (6 * MIB + 1)).status == 413  # of which the function never hears


def test_a_model_whose_only_upload_was_refused_has_nothing_live(tide: Tide, caller: Callable[..., Answer]) -> None:
    tide.upload("refused", "1,2\n3\n")
    tide.until("refused", "refused")

    answer = caller(of="refused")

    assert told(answer) == (409, "nothing_live")
    assert "refused" in json.loads(answer.body)["error"]["message"]


def test_a_sleeping_model_is_unavailable_until_it_is_awake(tide: Tide, caller: Callable[..., Answer]) -> None:
    tide.ask_for("Sleep", MODEL)
    tide.until(MODEL, "asleep")
    eventually(lambda: tide.endpoint(MODEL) is None, "the endpoint gone")

    asleep = caller()

    assert told(asleep) == (503, "waking")
    assert asleep.headers["retry-after"] == "60"
    assert caller(Prefer="wait=120").status == 200
    waking = [one for one in tide.announced(MODEL) if one["detail-type"] == "EndpointWaking"]
    assert [one["detail"]["by"] for one in waking] == ["predict"]
