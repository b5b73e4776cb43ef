"""deploy_endpoint: a training job that ended becomes the model's endpoint, or a sentence that says why it does not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.deploy_endpoint.dispatch import Deploying
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.messaging.consumer import handle_each, or_wait
from ebb.messaging.messages import Message
from ebb.messaging.queue import WaitingRoom
from ebb.messaging.requests import deploy_order_of
from ebb.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = DeployEndpointSettings.from_environment()
clients = aws()
waiting_room = WaitingRoom(clients.sqs, settings.deploy_queue_url, settings.max_wait_hours)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return handle_each(event, context, or_wait(waiting_room, deploy, give_up))


def deploy(message: Message) -> dict[str, Any]:
    return _deploying().work_on(deploy_order_of(message.event))


def give_up(message: Message, wait: WaitError) -> dict[str, Any]:
    return _deploying().give_up(deploy_order_of(message.event), wait)


def _deploying() -> Deploying:
    return Deploying(clients, settings, dt.datetime.now(dt.UTC))
