"""confirm_endpoint: only an endpoint that serves what is wanted, and answers rightly, is live."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.confirm_endpoint import confirm
from ebb.context import Context
from ebb.environment import ConfirmEndpointSettings
from ebb.ledger.own_prefix import OwnPrefix
from ebb.messaging.consumer import Outcome, QueueConsumer
from ebb.messaging.messages import CheckEndpoint, Message
from ebb.messaging.queue import Queue
from ebb.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = ConfirmEndpointSettings.from_environment()
clients = aws()
own_prefix = OwnPrefix()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    own_prefix.must_be_the_ledgers(clients.dynamodb, settings)
    queue = Queue(clients.sqs, settings.confirm_queue_url)
    return QueueConsumer(queue, settings.max_wait_hours, check, give_up).consume(event, context)


def check(message: Message, now: dt.datetime) -> Outcome:
    return confirm.check(Context(clients, settings, now), CheckEndpoint.of(message.event))


def give_up(message: Message, reason: str, now: dt.datetime) -> Outcome:
    return confirm.give_up(Context(clients, settings, now), CheckEndpoint.of(message.event), reason)
