"""One tick of the schedule: the tear-down's part, then the reconciler's, over the same rows of the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ebb.aws.clients import Clients
from ebb.environment import TearDownIdleSettings
from ebb.ledger.ledger import Ledger
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.adoption import adopt
from ebb.tear_down_idle.reconcile.inventory import survey
from ebb.tear_down_idle.reconcile.reconcile import Reconciler
from ebb.tear_down_idle.tear_down import TearDown


@dataclass(frozen=True)
class Tick:
    """`until`: when the function's time is over. `before`: when the tick before this one was, if that is known."""

    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    until: dt.datetime
    failures: Failures
    function: str
    before: dt.datetime | None

    def run(self) -> dict[str, Any]:
        """What was decided of which endpoint, and how many messages were sent to each queue."""
        ledger = Ledger(self.clients.dynamodb, self.settings.ledger_table)
        rows = list({row.model: row for row in ledger.endpoints()}.values())  # one may be on two pages of the index
        tear_down = TearDown(
            self.clients, self.settings, self.now, self.until, self.failures, self.function, self.before
        )
        tear_down.run(rows)
        seen = survey(self.clients.sagemaker, self.settings.stack, self.settings.prefix, self.failures)
        with self.failures.of("endpoints to adopt"):
            ledger.write_endpoints(list(adopt(ledger, seen.adopted, {row.model: row for row in rows}, self.now)))
        asked = Reconciler(self.clients, self.settings, self.now, self.failures).run(seen, rows)
        return {"decided": tear_down.journal.lines, "asked": asked}
