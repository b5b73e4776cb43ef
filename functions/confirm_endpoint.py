"""confirm_endpoint: only an endpoint that serves what is wanted, and answers rightly, is live."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.confirm_endpoint.confirm import Confirming
from ebb.environment import ConfirmEndpointSettings
from ebb.errors import WaitError
from ebb.messaging.consumer import handle_each, or_wait
from ebb.messaging.messages import Message, look_of
from ebb.messaging.queue import WaitingRoom
from ebb.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = ConfirmEndpointSettings.from_environment()
clients = aws()
waiting_room = WaitingRoom(clients.sqs, settings.confirm_queue_url, settings.max_wait_hours)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return handle_each(event, context, or_wait(waiting_room, confirm, give_up))


def confirm(message: Message) -> dict[str, Any]:
    return _confirming().look_at(look_of(message.event))


def give_up(message: Message, wait: WaitError) -> dict[str, Any]:
    return _confirming().give_up(look_of(message.event), wait)


def _confirming() -> Confirming:
    return Confirming(clients, settings, dt.datetime.now(dt.UTC))
