"""Bodies that no client library would send: an AWS-shaped error each, and the service goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room, refusal


@pytest.fixture(scope="module")
def room(account: Account) -> Room:
    return Room(account, "bodies")


@contextmanager
def sending(room: Room, body: bytes) -> Iterator[Any]:
    """The client, whose every request is signed with this body instead of its own."""

    def replace(params: dict[str, Any], **_: Any) -> None:
        params["body"] = body

    events = room.sagemaker.meta.events
    events.register("before-call.sagemaker", replace)
    try:
        yield room.sagemaker
    finally:
        events.unregister("before-call.sagemaker", replace)


UNREADABLE = {
    "half of it": b'{"NameContains": "a',
    "a list": b"[]",
    "a number": b"1",
    "no text": b"\xff\xfe\x00\xd8",
    "NaN": b'{"CreationTimeAfter": NaN}',
    "deep lists": b"[" * 100_000,
    "two of them": b"{}{}",
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_body_that_is_no_json_object_is_refused(room: Room, case: str) -> None:
    with sending(room, UNREADABLE[case]) as client:
        assert refusal(client.list_models)[0] == "SerializationException"

    assert "Models" in room.sagemaker.list_models()


@pytest.mark.parametrize(("depth", "code"), [(100, "ValidationException"), (5000, "SerializationException")])
def test_an_expression_nested_too_deeply_is_refused(room: Room, depth: int, code: str) -> None:
    expression = b'{"SubExpressions": [' * depth + b'{"Filters": [{"Name": "EndpointName"}]}' + b"]}" * depth
    with sending(room, b'{"Resource": "Endpoint", "SearchExpression": ' + expression + b"}") as client:
        assert refusal(client.search)[0] == code

    assert "Results" in room.sagemaker.search(Resource="Endpoint")


def test_a_long_name_is_refused_without_delay(room: Room) -> None:
    code, message = refusal(room.sagemaker.describe_endpoint, EndpointName="a-" * 200_000)

    assert (code, "less than or equal to 63" in message) == ("ValidationException", True)


def test_members_that_the_operation_does_not_know_and_nulls_are_ignored(room: Room) -> None:
    body = {"Nonsense": {"deep": [1]}, "NameContains": None, "Tags": [{"Key": "aws:no"}], "MaxResults": 1}
    with sending(room, json.dumps(body).encode()) as client:
        assert len(client.list_models()["Models"]) <= 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a%2Fb", "a b", "ä", "a\x00b"])
def test_a_name_is_no_path(room: Room, name: str) -> None:
    for call, member in (
        (room.sagemaker.describe_endpoint, "EndpointName"),
        (room.sagemaker.describe_training_job, "TrainingJobName"),
    ):
        code, message = refusal(call, **{member: name})
        assert (code, "satisfy regular expression pattern" in message) == ("ValidationException", True)
