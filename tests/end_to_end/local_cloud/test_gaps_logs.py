"""CloudWatch Logs: what a policy must name, and what one PutLogEvents may hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import Server
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.test_gaps_functions import allow

JOURNAL = "/ebb/stack/journal"
STREAM = {"logGroupName": JOURNAL, "logStreamName": "tear-down/2026-11-23"}
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def journal(account: Account) -> str:
    """Its ARN, as policies name it."""
    logs = account.client("logs")
    logs.create_log_group(logGroupName=JOURNAL)
    logs.create_log_stream(**STREAM)
    return f"arn:aws:logs:eu-central-1:{account.id}:log-group:{JOURNAL}"


@pytest.fixture
def now(cloud: Server) -> int:
    """Milliseconds of the cloud's own time, which other tests have moved."""
    return int((dt.datetime.now(dt.UTC).timestamp() + cloud.door("clock")["offset_seconds"]) * 1000)


ON_THE_GROUP: dict[str, dict[str, Any]] = {
    "create_log_stream": {"logGroupName": JOURNAL, "logStreamName": "another"},
    "put_retention_policy": {"logGroupName": JOURNAL, "retentionInDays": 30},
    "describe_log_streams": {"logGroupName": JOURNAL},
}


@pytest.mark.parametrize("operation", ON_THE_GROUP)
def test_a_group_is_named_with_what_follows_it(account: Account, journal: str, operation: str) -> None:
    """AWS documents: with `:*` at its end, for all actions but those on its tags."""
    action = "logs:" + operation.title().replace("_", "")

    def attempt(name: str, resource: str) -> None:
        logs = account.acting_as(f"{operation}-{name}", allow(resource, action))("logs")
        getattr(logs, operation)(**ON_THE_GROUP[operation])

    for name, resource in (
        ("bare", journal),
        ("stream", f"{journal}:log-stream:tear-down/*"),
        ("other", f"{journal}s:*"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt(name, resource)
    attempt("whole", f"{journal}:*")
    assert (
        account.client("logs").describe_log_groups(logGroupNamePrefix=JOURNAL)["logGroups"][0]["arn"] == f"{journal}:*"
    )


def test_the_tags_of_a_group_are_named_without(account: Account, journal: str) -> None:
    client = account.acting_as("log-tagger", allow(journal, "logs:TagResource", "logs:ListTagsForResource"))("logs")

    client.tag_resource(resourceArn=journal, tags={"team": "red"})

    assert client.list_tags_for_resource(resourceArn=journal)["tags"] == {"team": "red"}
    condition = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    red = account.acting_as("red-only", {**allow("*", "logs:PutRetentionPolicy"), "Condition": condition})("logs")
    red.put_retention_policy(logGroupName=JOURNAL, retentionInDays=14)


def test_lines_are_written_with_a_permission_on_the_stream(account: Account, journal: str, now: int) -> None:
    line = [{"timestamp": now, "message": "one"}]
    ours = allow(f"{journal}:log-stream:tear-down/*", "logs:PutLogEvents")
    client = account.acting_as("journal-writer", ours)("logs")

    client.put_log_events(**STREAM, logEvents=line)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_log_events(logGroupName=JOURNAL, logStreamName="events", logEvents=line)


def test_what_there_is_already_and_what_there_is_not_have_names(account: Account, journal: str) -> None:
    logs = account.client("logs")
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(**STREAM)
    for missing in (logs.delete_log_group, lambda **name: logs.put_retention_policy(**name, retentionInDays=1)):
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            missing(logGroupName="/nobody")


def lines(now: int, *ages: int, size: int = 1) -> list[dict[str, Any]]:
    return [{"timestamp": now - age, "message": "x" * size} for age in ages]


@pytest.mark.parametrize(
    ("ages", "size", "said"),
    [
        ([0] * 10_000, 1, None),
        ([0] * 10_001, 1, "less than or equal to 10000"),
        ([0] * 8, 131_072 - 26, None),
        ([0] * 8, 131_072 - 25, "exceeds limit of 1048576"),
        ([1, 0], 1, None),
        ([0, 1], 1, "chronological order"),
        ([DAY, 0], 1, None),
        ([DAY + 1, 0], 1, "cannot span more than 24 hours"),
    ],
    ids=["10,000", "10,001", "a megabyte", "more bytes", "in order", "out of order", "a day", "more than a day"],
)
def test_a_batch_of_lines_has_limits(
    account: Account, journal: str, now: int, ages: list[int], size: int, said: str | None
) -> None:
    """AWS documents: 10,000 events, 1,048,576 bytes with 26 for each event, in chronological order, within 24 hours."""
    logs = account.client("logs")
    if said is None:
        assert "rejectedLogEventsInfo" not in logs.put_log_events(**STREAM, logEvents=lines(now, *ages, size=size))
        return
    with pytest.raises(logs.exceptions.InvalidParameterException, match=said):
        logs.put_log_events(**STREAM, logEvents=lines(now, *ages, size=size))


def test_lines_that_are_too_old_or_too_new_are_left_out(account: Account, journal: str, now: int) -> None:
    """AWS documents: older than 14 days, or more than two hours in the future."""
    logs = account.client("logs")
    old = logs.put_log_events(**STREAM, logEvents=lines(now, 14 * DAY + HOUR, 14 * DAY - HOUR))
    new = logs.put_log_events(**STREAM, logEvents=lines(now, -1 * HOUR, -3 * HOUR))

    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}


def test_a_search_in_logs_keeps_to_its_streams(account: Account, now: int) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/searched")
    for stream in ("ours-1", "ours-2", "theirs-1"):
        logs.create_log_stream(logGroupName="/searched", logStreamName=stream)
        event = {"timestamp": now, "message": stream}
        logs.put_log_events(logGroupName="/searched", logStreamName=stream, logEvents=[event])

    def found(**where: Any) -> list[str]:
        events = logs.filter_log_events(logGroupName="/searched", **where)["events"]
        return sorted(event["message"] for event in events)

    assert found(logStreamNamePrefix="ours-") == ["ours-1", "ours-2"]
    assert found(logStreamNamePrefix="nobody's") == []
    assert found(logStreamNames=["theirs-1"]) == ["theirs-1"]
    with pytest.raises(ClientError, match="InvalidParameterException"):
        found(logStreamNamePrefix="ours-", logStreamNames=["ours-1"])
