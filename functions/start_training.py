"""start_training: an uploaded CSV is checked whole; then it is refused with line and column, or trained once."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.ledger.own_prefix import OwnPrefix
from ebb.messaging.consumer import Outcome, QueueConsumer
from ebb.messaging.messages import Message, upload_of
from ebb.messaging.queue import Queue
from ebb.observability import logger, metrics
from ebb.start_training import intake

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = StartTrainingSettings.from_environment()
clients = aws()
own_prefix = OwnPrefix()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    own_prefix.must_be_the_ledgers(clients.dynamodb, settings)
    queue = Queue(clients.sqs, settings.intake_queue_url)
    return QueueConsumer(queue, settings.max_wait_hours, partial(start, context), give_up).consume(event, context)


def start(lambda_: LambdaContext, message: Message, now: dt.datetime) -> Outcome:
    until = now + dt.timedelta(milliseconds=lambda_.get_remaining_time_in_millis())
    fresh = message.waiting_since is None
    return intake.take(Context(clients, settings, now), upload_of(message.event), until, fresh=fresh)


def give_up(message: Message, reason: str, now: dt.datetime) -> Outcome:
    return intake.give_up(Context(clients, settings, now), upload_of(message.event), reason)
