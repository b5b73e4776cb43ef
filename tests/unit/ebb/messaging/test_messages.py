"""A message only says where to look, in a shape that the queue's reader understands."""

import json
from typing import Any

import pytest

from ebb.messaging import messages
from ebb.messaging.queue import Letterbox


class FakeQueue:
    """SQS, as far as it takes messages."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


def test_a_look_names_stack_and_endpoint() -> None:
    assert messages.look("ebb", "ebb-abalone") == {
        "source": "ebb.look",
        "detail-type": "Look at Endpoint",
        "detail": {"stack": "ebb", "endpoint": "ebb-abalone"},
    }
    assert messages.look("ebb", "ebb-abalone", tidy=True)["detail"]["tidy"] is True


def test_a_change_names_stack_and_model() -> None:
    assert messages.change("ebb", "abalone") == {
        "source": "ebb.change",
        "detail-type": "Endpoint Change Wanted",
        "detail": {"stack": "ebb", "model": "abalone"},
    }


@pytest.mark.parametrize("delay", [0, messages.LOOK_DELAY_SECONDS])
def test_it_is_sent_as_json_with_its_delay(delay: int) -> None:
    queue: Any = FakeQueue()
    Letterbox(queue, "https://sqs/confirm").send(messages.look("ebb", "ebb-abalone"), delay)
    (sent,) = queue.sent
    assert (sent["QueueUrl"], sent["DelaySeconds"]) == ("https://sqs/confirm", delay)
    assert json.loads(sent["MessageBody"]) == messages.look("ebb", "ebb-abalone")


def test_sqs_delays_nothing_longer_than_a_quarter_of_an_hour() -> None:
    assert messages.LOOK_DELAY_SECONDS <= 900
