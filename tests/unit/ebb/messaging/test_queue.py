"""What must wait goes back into its own queue, later each time, and remembers since when."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.messaging.messages import Message
from ebb.messaging.queue import LONGEST_SECONDS, SHORTEST_SECONDS, Queue, delay_seconds

NOW = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
chances = st.floats(0, 1, exclude_max=True)


@dataclass
class FakeSQS:
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


def _defer(message: Message, *, short: bool = False) -> tuple[int, dict[str, Any]]:
    sqs = FakeSQS()
    delay = Queue(cast("Any", sqs), "https://queue").defer(message, NOW, short=short)
    (sent,) = sqs.sent
    return delay, sent


def _times(sent: dict[str, Any]) -> dict[str, dt.datetime]:
    found = {name: attribute["StringValue"] for name, attribute in sent["MessageAttributes"].items()}
    return {name: dt.datetime.fromtimestamp(int(text), dt.UTC) for name, text in found.items()}


@given(st.floats(-1e6, 1e9), chances)
def test_a_delay_is_a_whole_number_that_sqs_takes(waited: float, chance: float) -> None:
    delay = delay_seconds(waited, chance)
    assert isinstance(delay, int)
    assert SHORTEST_SECONDS <= delay <= LONGEST_SECONDS


@given(st.floats(0, 1e6), st.floats(0, 1e6), chances)
def test_who_has_waited_longer_waits_no_shorter(one: float, other: float, chance: float) -> None:
    assert delay_seconds(min(one, other), chance) <= delay_seconds(max(one, other), chance)


@pytest.mark.parametrize(
    ("waited", "chance", "delay"),
    [(0, 0, 60), (0, 0.999, 74), (120, 0, 60), (600, 0, 300), (600, 0.5, 337), (1800, 0, 900), (90_000, 0.9, 900)],
)
def test_the_delay_is_half_of_what_was_waited_plus_up_to_a_quarter(waited: float, chance: float, delay: int) -> None:
    assert delay_seconds(waited, chance) == delay


def test_the_same_body_is_sent_again_with_the_first_time_of_waiting() -> None:
    since = NOW - 10 * MINUTE
    delay, sent = _defer(Message('{"a": 1}', since))
    assert sent["QueueUrl"] == "https://queue"
    assert sent["MessageBody"] == '{"a": 1}'
    assert sent["DelaySeconds"] == delay
    assert 300 <= delay <= 375
    seconds = str(int(since.timestamp()))
    assert sent["MessageAttributes"] == {"waiting-since": {"DataType": "Number", "StringValue": seconds}}


def test_a_message_that_waits_for_the_first_time_waits_since_now() -> None:
    assert _times(_defer(Message("{}", None))[1]) == {"waiting-since": NOW}


def test_what_is_waited_for_less_long_has_its_own_beginning() -> None:
    since, first = NOW - 300 * MINUTE, NOW - 5 * MINUTE
    assert _times(_defer(Message("{}", since), short=True)[1]) == {"waiting-since": since, "patience-since": NOW}
    again = _defer(Message("{}", since, first), short=True)[1]
    assert _times(again) == {"waiting-since": since, "patience-since": first}


def test_what_waits_for_something_else_again_begins_its_patience_anew() -> None:
    since = NOW - 300 * MINUTE
    assert _times(_defer(Message("{}", since, NOW - 5 * MINUTE))[1]) == {"waiting-since": since}
