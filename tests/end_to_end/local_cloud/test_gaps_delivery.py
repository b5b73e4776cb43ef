"""What EventBridge and Scheduler deliver, and what becomes of that which they cannot."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.end_to_end.local_cloud.conftest import LAMBDA_TRUST, Account
from tests.end_to_end.tide import eventually

SCHEDULER_TRUST = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
EVENTS = {"Service": "events.amazonaws.com"}


def queue(account: Account, name: str, **attributes: str) -> tuple[str, str]:
    """Its URL and its ARN."""
    url = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:eu-central-1:{account.id}:{name}"


def let_in(account: Account, url: str, arn: str, **condition: Any) -> None:
    statement = {"Effect": "Allow", "Principal": EVENTS, "Action": "sqs:SendMessage", "Resource": arn, **condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def rule(account: Account, name: str, target: str, dead_letters: str = "") -> str:
    """A rule on the source of its own name; its ARN."""
    events = account.client("events")
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    more = {"DeadLetterConfig": {"Arn": dead_letters}} if dead_letters else {}
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": target, **more}])
    return str(arn)


def say(account: Account, source: str) -> None:
    entry = {"Source": source, "DetailType": "Said", "Detail": '{"a": 1}'}
    assert account.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def received(account: Account, url: str) -> list[dict[str, Any]]:
    """Delivery happens while the event is put, so what is not there now never comes."""
    found = account.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    return list(found.get("Messages", []))


def counted(account: Account, rule_name: str, metric: str) -> float:
    return metric_sum(account, "AWS/Events", metric, RuleName=rule_name)


def metric_sum(account: Account, namespace: str, metric: str, **dimensions: str) -> float:
    offset = account.cloud.door("clock")["offset_seconds"]
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset)
    found = account.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - dt.timedelta(hours=10),
        EndTime=now + dt.timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


def test_a_queue_gets_events_only_through_its_policy(account: Account) -> None:
    """AWS documents: SQS targets need a resource policy; aws:SourceArn in it names the rule."""
    for name, source in (("unlocked", "rule/unlocked"), ("foreign", "rule/another"), ("closed", "")):
        url, arn = queue(account, name)
        rule(account, name, arn)
        if source:
            source_arn = f"arn:aws:events:eu-central-1:{account.id}:{source}"
            let_in(account, url, arn, Condition={"ArnEquals": {"aws:SourceArn": source_arn}})
        say(account, name)

        assert len(received(account, url)) == (name == "unlocked"), name
        assert counted(account, name, "FailedInvocations") == (name != "unlocked")
        assert counted(account, name, "Invocations") == counted(account, name, "TriggeredRules") == 1


@pytest.mark.parametrize("name", ["default-policy", "conditional", "plain"])
def test_a_topic_takes_events_only_from_a_statement_without_condition(account: Account, name: str) -> None:
    """AWS documents: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge"."""
    sns, (url, queue_arn) = account.client("sns"), queue(account, f"sns-{name}")
    topic = sns.create_topic(Name=name)["TopicArn"]
    let_in(account, url, queue_arn)
    policy = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**policy, "Resource": queue_arn}]})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    arn = rule(account, f"topic-{name}", topic)
    if name != "default-policy":
        statement = {"Effect": "Allow", "Principal": EVENTS, "Action": "sns:Publish", "Resource": topic}
        if name == "conditional":
            statement["Condition"] = {"ArnEquals": {"aws:SourceArn": arn}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)

    say(account, f"topic-{name}")

    assert counted(account, f"topic-{name}", "FailedInvocations") == (name != "plain")
    if name == "plain":
        assert eventually(lambda: received(account, url), "the notification")
    else:
        assert received(account, url) == []


def test_an_undelivered_event_goes_to_the_targets_dead_letter_queue(account: Account) -> None:
    """AWS documents: with RULE_ARN, TARGET_ARN, ERROR_CODE and ERROR_MESSAGE as message attributes."""
    url, dead_letters = queue(account, "undelivered")
    let_in(account, url, dead_letters)
    gone = f"arn:aws:sqs:eu-central-1:{account.id}:not-there"
    arn = rule(account, "to-nowhere", gone, dead_letters)

    say(account, "to-nowhere")

    (message,) = received(account, url)
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (arn, gone)
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert "not-there" in attributes["ERROR_MESSAGE"]
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def test_a_function_is_invoked_by_rules_only_with_its_permission(account: Account) -> None:
    function = account.function("greeter", "def handler(event, context): return {}")
    arn = f"arn:aws:lambda:eu-central-1:{account.id}:function:{function}"
    source = rule(account, "greets", arn)

    say(account, "greets")
    assert counted(account, "greets", "FailedInvocations") == 1
    account.client("lambda").add_permission(
        FunctionName=function,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source,
    )
    say(account, "greets")

    eventually(lambda: metric_sum(account, "AWS/Lambda", "Invocations", FunctionName=function) == 1, "one invocation")
    assert counted(account, "greets", "FailedInvocations") == 1


@pytest.mark.parametrize(
    ("kind", "actions", "trust"),
    [
        ("right", ["lambda:InvokeFunction"], SCHEDULER_TRUST),
        ("powerless", ["lambda:GetFunction"], SCHEDULER_TRUST),
        ("untrusting", ["lambda:InvokeFunction"], LAMBDA_TRUST),
    ],
)
def test_a_schedule_acts_as_its_role(account: Account, kind: str, actions: list[str], trust: dict[str, Any]) -> None:
    name = f"schedule-{kind}"
    function = account.function(name, "def handler(event, context): return {}")
    arn = f"arn:aws:lambda:eu-central-1:{account.id}:function:{function}"
    url, dead_letters = queue(account, f"{name}-dead")
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead_letters}
    invoke = {"Effect": "Allow", "Action": actions, "Resource": arn}
    role = account.role(f"{name}-scheduler", send, invoke, trust=trust)
    scheduler = account.client("scheduler")
    scheduler.create_schedule_group(Name=name)
    scheduler.create_schedule(
        Name=name,
        GroupName=name,
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "DeadLetterConfig": {"Arn": dead_letters}},
    )

    if kind == "right":
        eventually(lambda: metric_sum(account, "AWS/Lambda", "Invocations", FunctionName=function), "an invocation")
    elif kind == "powerless":
        (message,) = eventually(lambda: received(account, url), "a dead letter")
        assert message["MessageAttributes"]["SCHEDULE_ARN"]["StringValue"].endswith(f"schedule/{name}/{name}")
        assert "lambda:InvokeFunction" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    else:  # and as nobody, it may not write the dead letter either
        failed = lambda: metric_sum(account, "AWS/Scheduler", "TargetErrorCount", ScheduleGroup=name)  # noqa: E731
        eventually(failed, "a failed attempt")
        assert received(account, url) == []
        assert metric_sum(account, "AWS/Lambda", "Invocations", FunctionName=function) == 0


FAILS = "def handler(event, context): raise ValueError('no')"


def test_asynchronous_invocations_are_repeated_as_the_function_says(account: Account) -> None:
    """AWS documents: an asynchronous invocation that fails is repeated MaximumRetryAttempts times, by default twice."""
    function = account.function("fails-once", FAILS)
    arn = f"arn:aws:lambda:eu-central-1:{account.id}:function:{function}"
    client = account.client("lambda")
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)
    source = rule(account, "fails", arn)
    client.add_permission(
        FunctionName=function,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source,
    )

    say(account, "fails")

    eventually(lambda: metric_sum(account, "AWS/Lambda", "Errors", FunctionName=function) == 2, "two attempts")
