"""`ebb redrive`: what lies in a dead-letter queue goes back to the queue it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.app import main
from tests.emulated import moving_messages
from tests.emulated.cloudformation import CloudFormation
from tests.emulated.described import described
from tests.emulated.stack import Stack

ARN = "arn:aws:sqs:eu-central-1:123456789012:ebb-"


@pytest.fixture(autouse=True)
def cloudformation(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    with described(stack, monkeypatch) as known:
        yield known


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    return moving_messages.install(monkeypatch)


def lay(stack: Stack, queue: str, *bodies: str) -> None:
    url = stack.clients.sqs.get_queue_url(QueueName=f"ebb-{queue}-dead-letter")["QueueUrl"]
    for body in bodies:
        stack.clients.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"is": body}))


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["redrive", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_every_queue_that_has_dead_letters_gets_them_back(
    stack: Stack, tasks: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    lay(stack, "intake", "one", "two")
    lay(stack, "confirm", "three")
    assert main(["redrive"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "✓ intake: 2 messages are being put back.",
        "✓ deploy: nothing to put back.",
        "✓ confirm: 1 message is being put back.",
    ]
    assert tasks == [
        {"SourceArn": f"{ARN}{queue}-dead-letter", "DestinationArn": f"{ARN}{queue}"} for queue in ("intake", "confirm")
    ]
    assert stack.messages(stack.intake_queue) == [{"is": "one"}, {"is": "two"}]
    assert stack.messages(stack.deploy_queue) == []
    assert stack.messages(stack.confirm_queue) == [{"is": "three"}]


def test_one_queue_alone(stack: Stack, tasks: list[dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    lay(stack, "intake", "one")
    lay(stack, "deploy", "two")
    code, document = asked(capsys, "deploy")
    assert (code, document) == (
        0,
        {"stack": "ebb", "queues": [{"queue": "deploy", "messages": 1, "problem": None}]},
    )
    assert [task["SourceArn"] for task in tasks] == [f"{ARN}deploy-dead-letter"]


def test_nothing_to_do_is_said(tasks: list[dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive"]) == 0
    said = capsys.readouterr().out
    assert said == "Nothing to do: no message lies in the dead-letter queue of intake or deploy or confirm.\n"
    assert tasks == []


def test_one_that_cannot_be_moved_keeps_no_other_from_it(
    stack: Stack, tasks: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    lay(stack, "intake", "one")
    lay(stack, "deploy", "two")
    stack.clients.sqs.delete_queue(QueueUrl=stack.intake_queue)
    assert main(["redrive"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ intake: 1 message could not be put back. AWS refused GetQueueAttributes: The specified queue" in said
    assert "✓ deploy: 1 message is being put back." in said
    assert [task["SourceArn"] for task in tasks] == [f"{ARN}deploy-dead-letter"]


@pytest.mark.parametrize("queue", ["tear-down", "Intake", ""])
def test_another_queue_is_wrong_usage(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", queue]) == 2
    assert "intake" in capsys.readouterr().err


def test_a_stack_of_an_older_version_is_told_before_anything_is_moved(
    stack: Stack,
    cloudformation: CloudFormation,
    tasks: list[dict[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = cloudformation.stacks["ebb"]
    cloudformation.stacks["old"] = {key: value for key, value in known.items() if key != "ConfirmQueueUrl"}
    lay(stack, "intake", "one")
    assert main(["redrive", "--stack", "old"]) == 1
    assert "The stack old has no output ConfirmQueueUrl" in capsys.readouterr().err
    assert tasks == []
