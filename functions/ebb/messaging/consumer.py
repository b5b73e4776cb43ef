"""Queue messages one by one: each outcome is logged and counted, each failure goes back alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from ebb.errors import WaitError
from ebb.messaging.messages import Message
from ebb.messaging.queue import WaitingRoom
from ebb.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


Work = Callable[[Message], dict[str, Any]]


def handle_each(event: dict[str, Any], context: LambdaContext, work: Work) -> Any:
    """The partial batch response that SQS expects; an error escapes when the whole batch failed."""

    def handle(record: dict[str, Any]) -> dict[str, Any]:
        try:
            outcome = work(Message.from_record(record))
        except Exception:
            metrics.add_metric("Failed", MetricUnit.Count, 1)
            raise
        logger.info(outcome["outcome"], extra=outcome)
        metrics.add_metric("".join(word.title() for word in outcome["outcome"].split()), MetricUnit.Count, 1)
        return outcome

    processor = BatchProcessor(event_type=EventType.SQS)
    return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)


Outcome = dict[str, Any]


def or_wait(
    room: WaitingRoom,
    work: Callable[[Message], Outcome],
    give_up: Callable[[Message, WaitError], Outcome],
) -> Callable[[Message], Outcome]:
    """`work`, but what it has to wait for goes back into the queue.

    After the longest wait `give_up` tells so and ends it; it may have to wait itself.
    """

    def work_or_wait(message: Message) -> Outcome:
        try:
            return work(message)
        except WaitError as wait:
            now = time.time()
            if not room.has_waited_too_long(message, wait, now):
                return send_back(message, wait, now)
            try:
                return give_up(message, wait)
            except WaitError as again:
                return send_back(message, again, now)

    def send_back(message: Message, wait: WaitError, now: float) -> Outcome:
        return {"outcome": "waits", "reason": str(wait), "seconds": room.send_back(message, now)}

    return work_or_wait
