"""What SQS, the alarms on it and CloudFormation do on AWS, and ministack does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.tide import eventually


def arn_of(account: Account, name: str) -> str:
    return f"arn:aws:sqs:eu-central-1:{account.id}:{name}"


def test_sqs_refuses_what_is_beyond_its_limits(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="bounded")["QueueUrl"]

    with pytest.raises(ClientError, match=r"Value 901 for parameter DelaySeconds is invalid\. Reason: DelaySeconds mu"):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901)
    entries = [{"Id": name, "MessageBody": "x", "DelaySeconds": delay} for name, delay in (("a", 900), ("b", 901))]
    batch = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in batch["Successful"]] == ["a"]
    assert batch["Failed"][0]["Code"] == "InvalidParameterValue"
    with pytest.raises(ClientError, match="Value 43201 for parameter VisibilityTimeout is invalid"):
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=43201)

    sqs.send_message(QueueUrl=url, MessageBody="y")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    with pytest.raises(ClientError, match="VisibilityTimeout is invalid"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=90_000)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=3600)
    account.cloud.advance("30m")
    with pytest.raises(ClientError, match=r"beyond the limit \[43200 seconds\]"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_000)


@pytest.mark.parametrize(
    ("attribute", "most", "beyond"), [("DelaySeconds", "900", "901"), ("VisibilityTimeout", "43200", "90000")]
)
def test_a_queue_keeps_to_the_same_limits(account: Account, attribute: str, most: str, beyond: str) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=f"at-most-{attribute}", Attributes={attribute: most})["QueueUrl"]

    with pytest.raises(ClientError, match=f"Invalid value for the parameter {attribute}"):
        sqs.create_queue(QueueName=f"beyond-{attribute}", Attributes={attribute: beyond})
    with pytest.raises(ClientError, match=f"Invalid value for the parameter {attribute}"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={attribute: beyond})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"] == {attribute: most}


def dead_letters(account: Account, name: str) -> tuple[str, str]:
    """A queue that gave up two messages, and its dead-letter queue that holds them."""
    sqs = account.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(account, f"{name}-dead"), "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)["Messages"]) == 2
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    return url, dead


def bodies(account: Account, url: str) -> list[str]:
    messages = account.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in messages)


@pytest.mark.parametrize("named", [True, False], ids=["to a named queue", "to where they came from"])
def test_dead_letters_are_moved_back(account: Account, named: bool) -> None:  # noqa: FBT001
    """AWS documents StartMessageMoveTask: from dead-letter queues only; a moved message counts as new."""
    sqs, name = account.client("sqs"), f"redriven-{named}"
    url, _ = dead_letters(account, name)
    destination = {"DestinationArn": arn_of(account, name)} if named else {}

    assert sqs.start_message_move_task(SourceArn=arn_of(account, f"{name}-dead"), **destination)["TaskHandle"]

    (task,) = sqs.list_message_move_tasks(SourceArn=arn_of(account, f"{name}-dead"))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert bodies(account, url) == ["1", "2"], "not received before, so not given up at once"


def test_messages_are_moved_from_dead_letter_queues_only(account: Account) -> None:
    sqs = account.client("sqs")
    sqs.create_queue(QueueName="ordinary")

    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=arn_of(account, "ordinary"))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sqs.start_message_move_task(SourceArn=arn_of(account, "not-there"))


VISIBLE = "ApproximateNumberOfMessagesVisible"


def alarm(account: Account, name: str, queue: str, **more: Any) -> None:
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        Dimensions=[{"Name": "QueueName", "Value": queue}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        **{"MetricName": VISIBLE, "Threshold": 0, **more},
    )


def state(account: Account, name: str) -> str:
    alarms = account.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarms[0]["StateValue"])


def test_an_alarm_sees_the_depth_of_its_own_queue(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="stuck")["QueueUrl"]
    sqs.create_queue(QueueName="fine")
    for queue in ("stuck", "fine"):
        alarm(account, f"{queue}-alarm", queue, TreatMissingData="notBreaching")

    sqs.send_message(QueueUrl=url, MessageBody="x")

    eventually(lambda: state(account, "stuck-alarm") == "ALARM", "the alarm")
    assert state(account, "fine-alarm") == "OK"
    sqs.purge_queue(QueueUrl=url)
    account.cloud.advance("2m")
    eventually(lambda: state(account, "stuck-alarm") == "OK", "the alarm is over")


@pytest.mark.parametrize(
    ("metric", "threshold"),
    [
        ("ApproximateNumberOfMessagesNotVisible", 0),
        ("ApproximateNumberOfMessagesDelayed", 0),
        ("ApproximateAgeOfOldestMessage", 600),
    ],
)
def test_an_alarm_sees_what_else_becomes_of_messages(account: Account, metric: str, threshold: float) -> None:
    sqs, name = account.client("sqs"), metric.removeprefix("Approximate")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.create_queue(QueueName=f"{name}-empty")
    watched = {"MetricName": metric, "Threshold": threshold, "TreatMissingData": "notBreaching"}
    for queue in (name, f"{name}-empty"):
        alarm(account, f"{queue}-alarm", queue, **watched)

    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=900 if "Delayed" in metric else 0)
    if "NotVisible" in metric:
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)
    if "Age" in metric:
        account.cloud.advance("5m")
        eventually(lambda: state(account, f"{name}-alarm") == "OK", "not yet")
        account.cloud.advance("6m")

    eventually(lambda: state(account, f"{name}-alarm") == "ALARM", "the alarm")
    assert state(account, f"{name}-empty-alarm") == "OK"


def test_an_alarm_without_data_of_its_own_says_so(account: Account) -> None:
    sqs = account.client("sqs")
    alarm(account, "silent-alarm", "no-such-queue")
    alarm(account, "loud-alarm", "loud")

    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="loud")["QueueUrl"], MessageBody="x")
    eventually(lambda: state(account, "loud-alarm") == "ALARM", "the alarm of the other queue")
    same = {"MetricName": VISIBLE, "Value": 9.0}
    account.client("cloudwatch").put_metric_data(Namespace="Other", MetricData=[same])

    assert state(account, "silent-alarm") == "INSUFFICIENT_DATA"


def test_a_batch_is_granted_by_the_action_on_a_single_message(account: Account) -> None:
    """AWS knows no action sqs:SendMessageBatch: a policy cannot name it."""
    url = account.client("sqs").create_queue(QueueName="batched")["QueueUrl"]
    singles = ("SendMessage", "ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage")
    allowed = {"Effect": "Allow", "Action": [f"sqs:{name}" for name in singles], "Resource": "*"}
    may = account.acting_as("batching", allowed)("sqs")
    may_not = account.acting_as("never-batching", {**allowed, "Action": "sqs:ReceiveMessage"})("sqs")

    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(2)]
    assert len(may.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 2
    got = may.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in got]
    hidden = [{**handle, "VisibilityTimeout": 60} for handle in handles]
    assert not may.change_message_visibility_batch(QueueUrl=url, Entries=hidden).get("Failed")
    assert not may.delete_message_batch(QueueUrl=url, Entries=handles).get("Failed")
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SendMessage because"):
        may_not.send_message_batch(QueueUrl=url, Entries=entries)
