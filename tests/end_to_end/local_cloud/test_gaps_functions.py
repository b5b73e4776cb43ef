"""Lambda's limits, which ministack does not have: roles, timeouts, loops, memory, storage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.tide import eventually

NOTHING = "def handler(event, context): return {}"
READ = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def queue(account: Account, name: str, **attributes: str) -> tuple[str, str]:
    url = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:eu-central-1:{account.id}:{name}"


def allow(arn: str, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": arn}


@pytest.mark.parametrize("missing", READ)
def test_a_mapping_needs_a_role_that_may_read_the_queue(account: Account, missing: str) -> None:
    """AWS documents: "The provided execution role does not have permissions to call ReceiveMessage on SQS"."""
    name = missing.partition(":")[2]
    _, arn = queue(account, f"without-{name}")
    rest = [action for action in READ if action != missing]
    function = account.function(f"without-{name}", NOTHING, allow(arn, *rest))

    with pytest.raises(ClientError, match=f"execution role does not have permissions to call {name} on SQS"):
        account.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=arn)


def test_a_mapping_needs_a_queue_that_hides_as_long_as_the_function_may_run(account: Account) -> None:
    url, arn = queue(account, "hasty", VisibilityTimeout="19")
    function = account.function("patient", NOTHING, allow(arn, *READ))  # 20 s
    client = account.client("lambda")

    with pytest.raises(ClientError, match="visibility timeout: 19 seconds is less than Function timeout: 20 seconds"):
        client.create_event_source_mapping(FunctionName=function, EventSourceArn=arn)
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "20"})
    assert client.create_event_source_mapping(FunctionName=function, EventSourceArn=arn)["UUID"]


AGAIN = """
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        rounds = int(record["body"]) + 1
        target = os.environ["OWN"] if rounds < 20 else os.environ["DONE"]
        sqs.send_message(QueueUrl=target, MessageBody=str(rounds))
"""


@pytest.mark.parametrize("loop", ["Terminate", "Allow"])
def test_lambda_stops_a_message_that_goes_round_16_times(account: Account, loop: str) -> None:
    """AWS documents: stopped after about 16 invocations in one chain, unless the function has RecursiveLoop: Allow."""
    sqs, client = account.client("sqs"), account.client("lambda")
    done, done_arn = queue(account, f"done-{loop}")
    dead, dead_arn = queue(account, f"dead-{loop}")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 5})
    own, own_arn = queue(account, f"own-{loop}", RedrivePolicy=redrive)
    rights = [allow(own_arn, *READ, "sqs:SendMessage"), allow(done_arn, "sqs:SendMessage")]
    function = account.function(f"again-{loop}", AGAIN, *rights, OWN=own, DONE=done)
    client.put_function_recursion_config(FunctionName=function, RecursiveLoop=loop)
    client.create_event_source_mapping(FunctionName=function, EventSourceArn=own_arn)

    sqs.send_message(QueueUrl=own, MessageBody="0")

    end, rounds = (dead, "16") if loop == "Terminate" else (done, "20")
    arrived = eventually(lambda: sqs.receive_message(QueueUrl=end).get("Messages"), f"a message in {end}")
    assert arrived[0]["Body"] == rounds


HUNGRY = """
import os, tempfile
def handler(event, context):
    if "fill" in event:
        with open(os.path.join(tempfile.gettempdir(), "filled"), "wb") as file:
            file.truncate(event["fill"] * 1024 * 1024)
    return len(bytearray(event.get("take", 0) * 1024 * 1024))
"""


def invoke(account: Account, function: str, **event: int) -> Any:
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return json.load(answer["Payload"])


def test_a_function_dies_when_it_needs_more_than_its_memory_size(account: Account) -> None:
    function = account.function("hungry", HUNGRY)

    assert invoke(account, function, take=100) == 100 * 1024 * 1024  # of 128
    assert "Runtime exited with error: signal: killed" in invoke(account, function, take=300)["errorMessage"]
    assert invoke(account, function, take=1) == 1024 * 1024, "the next one has a process of its own"


def test_a_function_has_512_megabytes_of_temporary_storage(account: Account) -> None:
    function = account.function("hoarder", HUNGRY)

    assert invoke(account, function, fill=500) == 0
    assert "No space left on device" in invoke(account, function, fill=520)["errorMessage"]
    client = account.client("lambda")
    client.update_function_configuration(FunctionName=function, EphemeralStorage={"Size": 1024})
    assert invoke(account, function, fill=520) == 0
