"""A function works through its queue: each outcome is logged and counted, each failure goes back alone.

Waiting is not failing: what must wait goes back into its own queue as a new message, so no receive is used up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from ebb.errors import WaitError
from ebb.messaging.messages import Message
from ebb.messaging.queue import Queue
from ebb.observability import logger, metrics
from ebb.times import spelled, utc_now

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Outcome = dict[str, Any]
Work = Callable[[Message, dt.datetime], Outcome]
GiveUp = Callable[[Message, str, dt.datetime], Outcome]


@dataclass(frozen=True)
class QueueConsumer:
    """`work` raises WaitError for what must wait. After the longest wait `give_up` ends it, and is told why in words.

    Both are given the time at which the message was taken up; `give_up` may have to wait itself.
    """

    queue: Queue
    max_wait_hours: int
    work: Work
    give_up: GiveUp
    now: Callable[[], dt.datetime] = utc_now

    def consume(self, event: dict[str, Any], context: LambdaContext) -> Any:
        """The partial batch response that SQS expects; an error escapes when the whole batch failed."""
        processor = BatchProcessor(event_type=EventType.SQS)
        return process_partial_response(event=event, record_handler=self._handle, processor=processor, context=context)

    def _handle(self, record: dict[str, Any]) -> Outcome:
        try:
            outcome = self.take(Message.from_record(record))
        except Exception:
            metrics.add_metric("Failed", MetricUnit.Count, 1)
            raise
        logger.info(outcome["outcome"], extra=outcome)
        metrics.add_metric("".join(word.title() for word in outcome["outcome"].split()), MetricUnit.Count, 1)
        return outcome

    def take(self, message: Message) -> Outcome:
        now = self.now()
        try:
            return self.work(message, now)
        except WaitError as wait:
            waited = too_long(message, wait, now, dt.timedelta(hours=self.max_wait_hours))
            if waited is None:
                return self._defer(message, wait, now)
            try:
                return self.give_up(message, f"it has waited for {spelled(waited)}: {wait}", now)
            except WaitError as again:
                return self._defer(message, again, now)

    def _defer(self, message: Message, wait: WaitError, now: dt.datetime) -> Outcome:
        seconds = self.queue.defer(message, now, short=wait.longest is not None)
        return {"outcome": "waits", "reason": str(wait), "seconds": seconds}


def too_long(message: Message, wait: WaitError, now: dt.datetime, longest: dt.timedelta) -> dt.timedelta | None:
    """How long a message has waited, if that is too long; None if it may go on waiting.

    What is waited for less long than everything else has its own beginning: the hours in which the message waited for
    something else do not count.
    """
    waited = now - (message.waiting_since or now)
    if waited > longest:
        return waited
    patience = now - (message.patience_since or now)
    return patience if wait.longest is not None and patience > wait.longest else None
