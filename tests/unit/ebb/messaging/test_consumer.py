"""What waits is sent back; what has waited for too long is given up, with the true reason in words."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ebb.errors import WaitError
from ebb.messaging.consumer import QueueConsumer, too_long
from ebb.messaging.messages import Message
from ebb.messaging.queue import Queue

NOW = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
YOUNG = 10 * MINUTE


@dataclass
class FakeSQS:
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize(
    ("since", "patience_since", "minutes", "waited"),
    [
        *((None, None, None, None), (NOW, None, None, None), (NOW - HOUR, None, None, None)),
        (NOW - HOUR - SECOND, None, None, HOUR + SECOND),
        *((NOW - YOUNG, NOW - YOUNG, 10, None), (NOW - YOUNG - SECOND, NOW - YOUNG - SECOND, 10, YOUNG + SECOND)),
        (NOW - HOUR - SECOND, NOW, 90, HOUR + SECOND),
    ],
)
def test_waiting_ends_after_the_hours_of_the_template_or_sooner_where_it_is_of_no_use(
    since: dt.datetime | None, patience_since: dt.datetime | None, minutes: int | None, waited: dt.timedelta | None
) -> None:
    wait = WaitError("", longest=minutes * MINUTE if minutes else None)
    assert too_long(Message("{}", since, patience_since), wait, NOW, HOUR) == waited


@pytest.mark.parametrize(("patience", "waited"), [(None, None), (9 * MINUTE, None), (11 * MINUTE, 11 * MINUTE)])
def test_hours_of_waiting_for_something_else_use_up_no_patience(
    patience: dt.timedelta | None, waited: dt.timedelta | None
) -> None:
    """It waited for room in the quota, and now "Could not assume role" has come for the first time."""
    message = Message("{}", NOW - 5 * HOUR, NOW - patience if patience else None)
    assert too_long(message, WaitError("the role", longest=YOUNG), NOW, DAY) == waited


class Work:
    """Waits each time; so does giving up, as often as it is told to."""

    def __init__(self, giving_up_waits: int = 0, longest: dt.timedelta | None = None) -> None:
        self.left, self.longest = giving_up_waits, longest
        self.given_up: list[tuple[Message, str, dt.datetime]] = []

    def work(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        raise WaitError(f"a place for {message.body}", longest=self.longest)

    def give_up(self, message: Message, reason: str, now: dt.datetime) -> dict[str, Any]:
        if self.left:
            self.left -= 1
            raise WaitError("the end")
        self.given_up.append((message, reason, now))
        return {"outcome": "gave up"}

    def take(self, message: Message) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What came of it, and what was sent back."""
        sqs = FakeSQS()
        queue = Queue(cast("Any", sqs), "https://queue")
        return QueueConsumer(queue, 24, self.work, self.give_up, lambda: NOW).take(message), sqs.sent


OLD = Message("it", NOW - DAY - HOUR)


def test_what_waits_is_sent_back_and_nothing_is_given_up_before_its_time() -> None:
    work = Work()
    outcome, sent = work.take(Message("it", NOW - MINUTE))
    assert outcome == {"outcome": "waits", "reason": "a place for it", "seconds": sent[0]["DelaySeconds"]}
    assert work.given_up == []


def test_after_the_longest_wait_it_is_given_up_with_what_it_waited_for() -> None:
    work = Work()
    assert work.take(OLD) == ({"outcome": "gave up"}, [])
    assert work.given_up == [(OLD, "it has waited for 25 hours: a place for it", NOW)]


def test_given_up_sooner_the_reason_says_how_long_it_really_was() -> None:
    work, message = Work(longest=YOUNG), Message("it", NOW - 5 * HOUR, NOW - 11 * MINUTE)
    work.take(message)
    assert work.given_up == [(message, "it has waited for 11 minutes: a place for it", NOW)]


def test_giving_up_may_have_to_wait_itself() -> None:
    work = Work(giving_up_waits=1)
    outcome, (sent,) = work.take(OLD)
    assert outcome["reason"] == "the end"
    since = str(int((NOW - DAY - HOUR).timestamp()))
    assert sent["MessageAttributes"] == {"waiting-since": {"DataType": "Number", "StringValue": since}}
    assert work.take(OLD)[0] == {"outcome": "gave up"}
