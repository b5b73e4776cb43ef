"""A message only says where to look, in a shape that the queue's reader understands."""

import json
from typing import Any

import pytest

from ebb.messaging.messages import LOOK_DELAY_SECONDS, ApplyChange, CheckEndpoint, upload_created, upload_of
from ebb.messaging.queue import Queue
from ebb.names import ModelName, Upload


class FakeSQS:
    """As far as it takes messages."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


def test_a_check_names_stack_and_endpoint() -> None:
    assert CheckEndpoint("ebb-abalone").event("ebb") == {
        "source": "ebb.check",
        "detail-type": "Check Endpoint",
        "detail": {"stack": "ebb", "endpoint": "ebb-abalone"},
    }
    assert CheckEndpoint("ebb-abalone", cleanup=True).event("ebb")["detail"]["cleanup"] is True


def test_a_change_names_stack_and_model() -> None:
    assert ApplyChange(ModelName("abalone")).event("ebb") == {
        "source": "ebb.change",
        "detail-type": "Apply Change",
        "detail": {"stack": "ebb", "model": "abalone"},
    }


@pytest.mark.parametrize("delay", [0, LOOK_DELAY_SECONDS])
def test_it_is_sent_as_json_with_its_delay(delay: int) -> None:
    sqs: Any = FakeSQS()
    Queue(sqs, "https://sqs/confirm").send(CheckEndpoint("ebb-abalone").event("ebb"), delay)
    (sent,) = sqs.sent
    assert (sent["QueueUrl"], sent["DelaySeconds"]) == ("https://sqs/confirm", delay)
    assert json.loads(sent["MessageBody"]) == CheckEndpoint("ebb-abalone").event("ebb")


def test_sqs_delays_nothing_longer_than_a_quarter_of_an_hour() -> None:
    assert LOOK_DELAY_SECONDS <= 900


def test_an_event_from_the_first_minutes_of_versioning_names_no_version() -> None:
    event = upload_created(Upload("bucket", "datasets/abalone/a.csv", "v1"))
    assert upload_of(event) == Upload("bucket", "datasets/abalone/a.csv", "v1")
    del event["detail"]["object"]["version-id"]
    assert upload_of(event) == Upload("bucket", "datasets/abalone/a.csv", "")
