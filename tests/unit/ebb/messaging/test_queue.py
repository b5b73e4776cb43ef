"""What must wait goes back into its own queue, later each time, and remembers since when."""

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.errors import WaitError
from ebb.messaging.consumer import or_wait
from ebb.messaging.messages import Message
from ebb.messaging.queue import LONGEST_SECONDS, SHORTEST_SECONDS, WaitingRoom, delay_seconds, waited

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
    ("since", "minutes", "too_long"),
    [
        *((None, None, False), (NOW, None, False), (NOW - 3600, None, False), (NOW - 3601, None, True)),
        *((NOW - 600, 10, False), (NOW - 601, 10, True), (NOW - 3601, 90, True)),
    ],
)
def test_waiting_ends_after_the_hours_of_the_template_or_sooner_where_it_is_of_no_use(
    since: float | None,
    minutes: int | None,
    too_long: bool,  # noqa: FBT001
) -> None:
    wait = WaitError("", longest=dt.timedelta(minutes=minutes) if minutes else None)
    assert _room(Queue(), hours=1).has_waited_too_long(Message("{}", since), wait, NOW) is too_long


class Work:
    """Waits each time; so does giving up, as often as it is told to."""

    def __init__(self, giving_up_waits: int = 0) -> None:
        self.left = giving_up_waits
        self.given_up: list[tuple[Message, WaitError]] = []

    def work(self, message: Message) -> dict[str, Any]:
        raise WaitError(f"a place for {message.body}")

    def give_up(self, message: Message, wait: WaitError) -> dict[str, Any]:
        if self.left:
            self.left -= 1
            raise WaitError("the end")
        self.given_up.append((message, wait))
        return {"outcome": "gave up"}


OLD = Message('{"a": 1}', 1.0)


def test_what_waits_is_sent_back_and_nothing_is_given_up_before_its_time() -> None:
    queue, work = Queue(), Work()
    outcome = or_wait(_room(queue), work.work, work.give_up)(Message("it", time.time() - 60))
    assert outcome == {"outcome": "waits", "reason": "a place for it", "seconds": queue.sent[0]["DelaySeconds"]}
    assert work.given_up == []


def test_after_the_longest_wait_it_is_given_up_with_what_it_waited_for() -> None:
    queue, work = Queue(), Work()
    assert or_wait(_room(queue), work.work, work.give_up)(OLD) == {"outcome": "gave up"}
    ((message, wait),) = work.given_up
    assert (message, str(wait)) == (OLD, 'a place for {"a": 1}')
    assert queue.sent == []


def test_giving_up_may_have_to_wait_itself() -> None:
    queue, work = Queue(), Work(giving_up_waits=1)
    take = or_wait(_room(queue), work.work, work.give_up)
    assert take(OLD)["reason"] == "the end"
    assert queue.sent[0]["MessageAttributes"]["waiting-since"]["StringValue"] == "1"
    assert take(OLD) == {"outcome": "gave up"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 minutes"),
        (60, "1 minute"),
        (640, "11 minutes"),
        (5_300, "88 minutes"),
        (6_000, "2 hours"),
        (86_900, "24 hours"),
    ],
)
def test_how_long_it_was_is_told_for_people(seconds: float, text: str) -> None:
    assert waited(Message("", NOW - seconds), NOW) == text


def test_who_has_not_waited_has_waited_for_nothing() -> None:
    assert waited(Message("", None), NOW) == "0 minutes"
