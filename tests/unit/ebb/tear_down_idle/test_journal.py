"""Each decision is one line in the journal, skips included, in as few calls as AWS takes."""

import datetime as dt
import json
from typing import Any

from ebb.tear_down_idle.journal import EVENT_OVERHEAD, MOST_BYTES, MOST_EVENTS, Journal, parts_of
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
GROUP, STREAM = "/ebb/ebb/journal", "tear-down/2026-11-22"
IDLE = Verdict(Kind.IDLE, "no call but our own", since=NOW - dt.timedelta(days=1), evidence={"calls": 1})


class FakeLogs:
    """One log group; `streams` are those that are there."""

    class exceptions:  # noqa: N801  (boto3's name)
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, *streams: str) -> None:
        self.streams: dict[str, list[list[dict[str, Any]]]] = {name: [] for name in streams}

    def create_log_stream(self, **asked: Any) -> None:
        assert asked["logGroupName"] == GROUP
        self.streams[asked["logStreamName"]] = []

    def put_log_events(self, **asked: Any) -> None:
        assert asked["logGroupName"] == GROUP
        if asked["logStreamName"] not in self.streams:
            raise self.exceptions.ResourceNotFoundException
        self.streams[asked["logStreamName"]].append(asked["logEvents"])


def written(*verdicts: Verdict, logs: FakeLogs | None = None) -> list[list[dict[str, Any]]]:
    """The events of each call."""
    journal, there = Journal("ebb", NOW), logs or FakeLogs(STREAM)
    for verdict in verdicts:
        journal.note("abalone", "ebb-abalone", verdict, "nothing")
    client: Any = there
    journal.write(client, GROUP)
    return there.streams.get(STREAM, [])


def test_a_line_says_what_was_decided_why_and_by_which_evidence_and_what_was_done() -> None:
    ((event,),) = written(IDLE)
    assert event["timestamp"] == NOW.timestamp() * 1000
    assert json.loads(event["message"]) == {
        "source": "ebb.tear-down",
        "detail-type": "Decision",
        "time": "2026-11-22T16:00:00Z",
        "detail": {
            "stack": "ebb",
            "model": "abalone",
            "endpoint": "ebb-abalone",
            "verdict": "idle",
            "reason": "no call but our own",
            "did": "nothing",
            "since": "2026-11-21T16:00:00Z",
            "evidence": {"calls": 1},
        },
    }


def test_the_first_tick_of_a_day_begins_a_stream() -> None:
    assert [len(part) for part in written(IDLE, IDLE, logs=FakeLogs())] == [2]


def test_where_nothing_was_looked_at_nothing_is_written() -> None:
    assert written(logs=FakeLogs()) == []


def test_no_call_is_larger_than_aws_takes() -> None:
    parts = written(*[Verdict(Kind.UNKNOWN, "ö" * 40_000)] * 9)
    sizes = [sum(len(event["message"].encode()) + EVENT_OVERHEAD for event in part) for part in parts]
    assert max(sizes) <= MOST_BYTES
    assert [len(part) for part in parts] == [4, 4, 1]


def test_what_a_thousand_endpoints_take_goes_into_one_call() -> None:
    assert len(written(*[Verdict(Kind.ACTIVE, "3 calls in the last 24 hours", evidence={"calls": 3})] * 1000)) == 1


def test_no_call_has_more_lines_than_aws_takes() -> None:
    parts = list(parts_of(["{}"] * (2 * MOST_EVENTS + 1)))
    assert [len(part) for part in parts] == [MOST_EVENTS, MOST_EVENTS, 1]
