"""deploy_endpoint: a training job that ended becomes the model's endpoint, or a sentence that says why it does not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.clients import aws
from ebb.deploy_endpoint.deploying import Deploying
from ebb.environment import DeployEndpointSettings
from ebb.errors import WaitError
from ebb.incoming import Message, deploy_order_of
from ebb.observability import logger, metrics
from ebb.queue_handler import handle_each
from ebb.waiting import WaitingRoom, or_wait

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
