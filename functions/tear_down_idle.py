"""tear_down_idle: on each tick of the schedule, endpoints that nobody called for too long are deleted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ebb.clients import aws
from ebb.environment import TearDownIdleSettings
from ebb.observability import logger, metrics
from ebb.tear_down import Tick

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = TearDownIdleSettings.from_environment()
clients = aws()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    outcome = Tick(clients, settings, dt.datetime.now(dt.UTC)).run()
    logger.info("tick", extra=outcome)
    return outcome
