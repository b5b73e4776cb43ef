"""Deliveries that may pass later are tried again; and a log group takes events only through a resource policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.server import Server
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.doorbell import knock, order
from tests.end_to_end.local_cloud.test_gaps_delivery import counted, let_in, queue, received
from tests.end_to_end.tide import eventually

EVENTS = {"Service": "events.amazonaws.com"}


@pytest.fixture(autouse=True)
def no_faults_left(cloud: Server) -> Iterator[None]:
    yield
    knock(cloud, "DELETE", "faults")


def retrying(account: Account, name: str, **policy: int) -> tuple[str, str]:
    """The URLs of a queue behind a rule on events of this source and type, and of its dead-letter queue."""
    (url, arn), (dead, dead_arn) = queue(account, name), queue(account, f"{name}-dead")
    for known in ((url, arn), (dead, dead_arn)):
        let_in(account, *known)
    events = account.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "t", "Arn": arn, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead_arn}}
    events.put_targets(Rule=name, Targets=[target])
    return url, dead


def say(account: Account, name: str) -> None:
    """An event whose type is its source, so that a fault can be ordered for it alone."""
    account.client("events").put_events(Entries=[{"Source": name, "DetailType": name, "Detail": '{"a": 1}'}])


def attributes(message: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


@pytest.mark.parametrize("do", ["fail", "throttle"])
def test_a_delivery_that_fails_for_a_passing_reason_is_tried_again(account: Account, do: str) -> None:
    """AWS documents: "because of retriable errors, EventBridge retries sending the event"."""
    name = f"passing-{do}"
    url, dead = retrying(account, name, MaximumRetryAttempts=5, MaximumEventAgeInSeconds=3600)
    order(account.cloud, "events", f"Deliver:{name}", do, nth=1)

    say(account, name)
    assert received(account, url) == [], "not at once"
    account.cloud.advance("2s")

    assert len(eventually(lambda: received(account, url), "the event")) == 1
    assert received(account, dead) == []
    assert counted(account, name, "RetryInvocationAttempts") == counted(account, name, "Invocations") == 1
    assert counted(account, name, "FailedInvocations") == 0


def test_the_waits_between_attempts_grow(account: Account) -> None:
    """AWS documents: with an exponential back off. So a day has room for 185 attempts, and a minute for five."""
    name = "growing"
    retrying(account, name, MaximumRetryAttempts=185, MaximumEventAgeInSeconds=86_400)
    order(account.cloud, "events", f"Deliver:{name}", "fail")
    say(account, name)

    def fired() -> int:
        (fault,) = knock(account.cloud, "GET", "faults")[1]["faults"]
        return int(fault["fired"])

    account.cloud.advance("50s")
    eventually(lambda: fired() >= 6, "attempts after 1, 2, 4, 8 and 16 s")
    assert fired() == 6
    account.cloud.advance("1h")
    eventually(lambda: fired() >= 14, "and at most every 8 minutes later")
    assert fired() <= 18


@pytest.mark.parametrize(
    ("policy", "exhausted", "retries"),
    [
        ({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 86_400}, "MaximumRetryAttempts", "2"),
        ({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 86_400}, "MaximumRetryAttempts", "0"),
        ({"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
        ({}, "MaximumRetryAttempts", "185"),
    ],
    ids=["attempts", "none", "age", "default"],
)
def test_what_is_not_delivered_in_time_goes_to_the_dead_letter_queue(
    account: Account, policy: dict[str, int], exhausted: str, retries: str
) -> None:
    """AWS documents: EXHAUSTED_RETRY_CONDITION and RETRY_ATTEMPTS are attributes of the message."""
    name = f"exhausted-{exhausted}-{retries}"
    url, dead = retrying(account, name, **policy)
    order(account.cloud, "events", f"Deliver:{name}", "fail")

    say(account, name)
    if retries != "0":
        account.cloud.advance("24h")

    (message,) = eventually(lambda: received(account, dead), "the dead letter")
    found = attributes(message)
    assert (found["EXHAUSTED_RETRY_CONDITION"], found["RETRY_ATTEMPTS"]) == (exhausted, retries)
    assert found["ERROR_CODE"] == "INTERNAL_ERROR"
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    assert received(account, url) == []
    assert counted(account, name, "FailedInvocations") == 1


@pytest.mark.parametrize("code", ["NO_PERMISSIONS", "NO_RESOURCE"])
def test_what_cannot_pass_is_given_up_at_once(account: Account, code: str) -> None:
    """AWS documents: missing permissions and missing targets go to the dead-letter queue without any retry."""
    name = f"permanent-{code}"
    _, dead = retrying(account, name)
    order(account.cloud, "events", f"Deliver:{name}", "fail", code=code, nth=1)

    say(account, name)

    (message,) = received(account, dead)
    assert attributes(message)["RETRY_ATTEMPTS"] == "0"
    assert counted(account, name, "RetryInvocationAttempts") == 0


def journal(account: Account, name: str) -> tuple[str, str]:
    """A log group behind a rule: its name and its ARN."""
    group, arn = f"/{name}", f"arn:aws:logs:eu-central-1:{account.id}:log-group:/{name}"
    account.client("logs").create_log_group(logGroupName=group)
    events = account.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "journal", "Arn": arn}])
    return group, arn


def policy(arn: str, *actions: str) -> str:
    statement = {"Effect": "Allow", "Principal": EVENTS, "Action": list(actions), "Resource": f"{arn}:*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


BOTH = ("logs:CreateLogStream", "logs:PutLogEvents")


@pytest.mark.parametrize("of", ["group", "account"])
def test_a_rule_writes_to_a_log_group(account: Account, of: str) -> None:
    name = f"journal-of-{of}"
    logs, (group, arn) = account.client("logs"), journal(account, name)
    whose = {"resourceArn": arn} if of == "group" else {"policyName": name}
    logs.put_resource_policy(policyDocument=policy(arn, *BOTH), **whose)

    say(account, name)

    written = eventually(lambda: logs.filter_log_events(logGroupName=group)["events"], "a line")
    assert json.loads(written[0]["message"])["detail"] == {"a": 1}
    assert counted(account, name, "FailedInvocations") == 0


@pytest.mark.parametrize("actions", [(), BOTH[:1], BOTH[1:]], ids=["no policy", "no events", "no stream"])
def test_a_log_group_takes_events_only_through_a_resource_policy(account: Account, actions: tuple[str, ...]) -> None:
    """AWS documents: logs:CreateLogStream and logs:PutLogEvents for events.amazonaws.com."""
    name = f"closed-journal-{len(actions)}-{''.join(actions)[5:11]}"
    logs, (group, arn) = account.client("logs"), journal(account, name)
    if actions:
        logs.put_resource_policy(policyDocument=policy(arn, *actions), resourceArn=arn)

    say(account, name)

    assert counted(account, name, "FailedInvocations") == 1
    assert logs.filter_log_events(logGroupName=group)["events"] == []
