"""start_training: an uploaded CSV is checked whole; then it is refused with line and column, or trained once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.clients import aws
from ebb.environment import StartTrainingSettings
from ebb.incoming import Message, upload_of
from ebb.intake import Intake
from ebb.observability import logger, metrics
from ebb.queue_handler import handle_each

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = StartTrainingSettings.from_environment()
clients = aws()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return handle_each(event, context, start)


def start(message: Message) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return Intake(clients, settings, now).take(upload_of(message.event))
