"""What must wait goes back into its own queue, later each time, and remembers since when."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.incoming import Message
from ebb.waiting import LONGEST_SECONDS, SHORTEST_SECONDS, WaitingRoom, delay_seconds

NOW = 1_795_361_400.0
chances = st.floats(0, 1, exclude_max=True)


@dataclass
class Queue:
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


def _room(queue: Queue, hours: int = 24) -> WaitingRoom:
    return WaitingRoom(cast("Any", queue), "https://queue", hours)


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
    queue = Queue()
    delay = _room(queue).send_back(Message('{"a": 1}', NOW - 600), NOW)
    (sent,) = queue.sent
    assert sent["QueueUrl"] == "https://queue"
    assert sent["MessageBody"] == '{"a": 1}'
    assert sent["DelaySeconds"] == delay
    assert 300 <= delay <= 375
    assert sent["MessageAttributes"] == {"waiting-since": {"DataType": "Number", "StringValue": str(int(NOW - 600))}}


def test_a_message_that_waits_for_the_first_time_waits_since_now() -> None:
    queue = Queue()
    _room(queue).send_back(Message("{}", None), NOW)
    assert queue.sent[0]["MessageAttributes"]["waiting-since"]["StringValue"] == str(int(NOW))


@pytest.mark.parametrize(
    ("since", "too_long"), [(None, False), (NOW, False), (NOW - 3600, False), (NOW - 3601, True), (NOW - 90_000, True)]
)
def test_waiting_ends_after_the_hours_that_the_template_allows(since: float | None, too_long: bool) -> None:  # noqa: FBT001
    assert _room(Queue(), hours=1).has_waited_too_long(Message("{}", since), NOW) is too_long
