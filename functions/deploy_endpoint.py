"""deploy_endpoint: a training job that ended becomes the model's endpoint, or a sentence that says why it does not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.context import Context
from ebb.deploy_endpoint import dispatch
from ebb.environment import DeployEndpointSettings
from ebb.ledger.own_prefix import OwnPrefix
from ebb.messaging.consumer import Outcome, QueueConsumer
from ebb.messaging.messages import Message
from ebb.messaging.queue import Queue
from ebb.messaging.requests import order_of
from ebb.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = DeployEndpointSettings.from_environment()
clients = aws()
own_prefix = OwnPrefix()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    own_prefix.must_be_the_ledgers(clients.dynamodb, settings)
    queue = Queue(clients.sqs, settings.deploy_queue_url)
    return QueueConsumer(queue, settings.max_wait_hours, deploy, give_up).consume(event, context)


def deploy(message: Message, now: dt.datetime) -> Outcome:
    return dispatch.work_on(Context(clients, settings, now), order_of(message.event))


def give_up(message: Message, reason: str, now: dt.datetime) -> Outcome:
    return dispatch.give_up(Context(clients, settings, now), order_of(message.event), reason)
