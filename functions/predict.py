"""predict: the function URL. Raw rows in, a model's predictions out; who asks a model that sleeps wakes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from ebb.aws.clients import aws
from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.ledger.own_prefix import OwnPrefix
from ebb.observability import logger, metrics
from ebb.predict.routes import serve
from ebb.predict.served_run import ServedRuns
from ebb.times import Clock

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = PredictSettings.from_environment()
clients = aws()
own_prefix = OwnPrefix()
runs = ServedRuns()
clock = Clock()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    own_prefix.must_be_the_ledgers(clients.dynamodb, settings, claim=False)
    served = serve(Context(clients, settings, clock.now()), runs, clock, event)
    word = str(served.facts["outcome"])
    logger.info(word, extra=dict(served.facts))
    metrics.add_metric(word.title().replace("_", ""), MetricUnit.Count, 1)
    return served.response.as_lambda()
