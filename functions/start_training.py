"""start_training: an uploaded CSV is checked whole; then it is refused with line and column, or trained once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.aws.clients import aws
from ebb.environment import StartTrainingSettings
from ebb.errors import WaitError
from ebb.messaging.consumer import handle_each, or_wait
from ebb.messaging.messages import Message, upload_of
from ebb.messaging.queue import WaitingRoom, waited
from ebb.observability import logger, metrics
from ebb.start_training.intake import Intake

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = StartTrainingSettings.from_environment()
clients = aws()
waiting_room = WaitingRoom(clients.sqs, settings.intake_queue_url, settings.max_wait_hours)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    def intake(message: Message, now: dt.datetime) -> Intake:
        left = dt.timedelta(milliseconds=context.get_remaining_time_in_millis())
        return Intake(clients, settings, now, until=now + left, fresh=message.waiting_since is None)

    def start(message: Message) -> dict[str, Any]:
        return intake(message, dt.datetime.now(dt.UTC)).take(upload_of(message.event))

    def give_up(message: Message, wait: WaitError) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC)
        reason = f"it waited {waited(message, now.timestamp())} for {wait}"
        return intake(message, now).give_up(upload_of(message.event), reason)

    return handle_each(event, context, or_wait(waiting_room, start, give_up))
