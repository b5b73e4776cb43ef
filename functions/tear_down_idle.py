"""tear_down_idle: on each tick, endpoints that nobody called for too long go to sleep, and what was missed is found."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from ebb.aws.clients import aws
from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.ledger.own_prefix import OwnPrefix
from ebb.observability import logger, metrics
from ebb.tear_down_idle.act import NOTHING
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.tear_down import rules_of
from ebb.tear_down_idle.tick import run_tick
from ebb.tear_down_idle.verdict.evidence import Questions
from ebb.tear_down_idle.verdict.verdict import Kind
from ebb.times import UNREADABLE, parsed, utc_now

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

LEASE = dt.timedelta(minutes=10)  # twice as long as the function may run
settings = TearDownIdleSettings.from_environment()
clients = aws()
own_prefix = OwnPrefix()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    own_prefix.must_be_the_ledgers(clients.dynamodb, settings)
    work = Context(clients, settings, utc_now())
    last = work.ledger.take_lease(context.aws_request_id, work.now, LEASE)
    if last is None:
        logger.warning("another tick is at work")
        return {"outcome": "another tick is at work"}
    failures, before = Failures(), parsed(last.get("at", ""))
    questions = Questions(work, rules_of(settings), context.function_name, before if before > UNREADABLE else None)
    until = work.now + dt.timedelta(milliseconds=context.get_remaining_time_in_millis())
    try:
        outcome = run_tick(work, questions, failures, until)
    finally:
        with failures.of("the lease, which ends by itself"):
            work.ledger.release_lease(context.aws_request_id)
    counts = Counter(line["verdict"] for line in outcome["decided"])
    for kind in Kind:
        metrics.add_metric(f"Endpoints{kind.title()}", MetricUnit.Count, counts[kind])
    metrics.flush_metrics()
    told = {line["endpoint"]: f"{line['verdict']}: {line['did']}" for line in outcome["decided"]}
    logger.info("tick", extra={"asked": outcome["asked"], "done": _done(told)})
    failures.raise_if_any()
    return {"decided": told, "asked": outcome["asked"]}


def _done(told: dict[str, str]) -> dict[str, str]:
    """Each verdict has a line of its own already."""
    return {endpoint: one for endpoint, one in told.items() if not one.partition(": ")[2].startswith(NOTHING)}
