"""tear_down_idle: on each tick, endpoints that nobody called for too long are deleted, and what was missed is found."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from ebb.clients import aws
from ebb.environment import TearDownIdleSettings
from ebb.failures import Failures
from ebb.idleness import Kind
from ebb.observability import logger, metrics
from ebb.reconciling import Reconciler
from ebb.survey import survey
from ebb.tear_down import Tick

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = TearDownIdleSettings.from_environment()
clients = aws()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    now, failures = dt.datetime.now(dt.UTC), Failures()
    seen = survey(clients.sagemaker, settings.stack, settings.prefix, failures)
    verdicts = Tick(clients, settings, now, failures).run(seen)
    asked = Reconciler(clients, settings, now, failures).run(seen)
    for kind in Kind:
        count = sum(verdict.kind is kind for verdict in verdicts.values())
        metrics.add_metric(f"Endpoints{kind.title()}", MetricUnit.Count, count)
    outcome = {
        "verdicts": {name: f"{verdict.kind}: {verdict.reason}" for name, verdict in verdicts.items()},
        "asked": asked,
    }
    logger.info("tick", extra=outcome)
    failures.raise_if_any()
    return outcome
