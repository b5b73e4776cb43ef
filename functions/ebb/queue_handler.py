"""Queue messages one by one: each outcome is logged and counted, each failure goes back alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from ebb.incoming import Message
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
