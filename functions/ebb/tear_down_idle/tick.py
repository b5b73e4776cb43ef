"""One tick of the schedule: the tear-down's part, then the reconciler's, over the same rows of the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.adoption import adopt
from ebb.tear_down_idle.reconcile.inventory import take_inventory
from ebb.tear_down_idle.reconcile.reconcile import reconcile
from ebb.tear_down_idle.tear_down import TearDown
from ebb.tear_down_idle.verdict.evidence import Questions


def run_tick(
    context: Context[TearDownIdleSettings], questions: Questions, failures: Failures, until: dt.datetime
) -> dict[str, Any]:
    """What was decided of which endpoint, and how many messages were sent to each queue.

    `until`: when the function's time is over.
    """
    rows = list({row.model: row for row in context.ledger.endpoints()}.values())  # one may be on two pages of the index
    tear_down = TearDown(context, questions, failures, until)
    tear_down.run(rows)
    seen = take_inventory(context.own, context.settings.prefix, failures)
    with failures.of("endpoints to adopt"):
        adopted = adopt(context.ledger, seen.adopted, {row.model: row for row in rows}, context.now)
        context.ledger.write_endpoints(list(adopted))
    return {"decided": tear_down.journal.lines, "asked": reconcile(context, failures, seen, rows)}
