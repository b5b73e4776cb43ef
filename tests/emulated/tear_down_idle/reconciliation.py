"""A tick's reconciler on the stack, at a moment that a test chooses: moto dates uploads by the real clock."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.inventory import take_inventory
from ebb.tear_down_idle.reconcile.reconcile import MOST_MESSAGES, reconcile
from tests.emulated.stack import Stack


@dataclass
class Reconciliation:
    stack: Stack
    settings: TearDownIdleSettings
    now: dt.datetime
    most: int = MOST_MESSAGES

    def run(self, after: dt.timedelta = dt.timedelta()) -> dict[str, int]:
        """`after`: how long after the last time."""
        self.now += after
        context, failures = Context(self.stack.clients, self.settings, self.now), Failures()
        seen = take_inventory(context.own, "ebb", failures)
        sent = reconcile(context, failures, seen, list(self.stack.ledger.endpoints()), self.most)
        failures.raise_if_any()
        return sent

    def take(self) -> dict[str, list[Any]]:
        """What lies in the queues, without what all its messages have in common."""
        checks = [event["detail"] for event in self.stack.messages(self.stack.confirm_queue)]
        uploads = [event["detail"]["object"] for event in self.stack.messages(self.stack.intake_queue)]
        found = {
            "check": [detail["endpoint"] + (" cleanup" if detail.get("cleanup") else "") for detail in checks],
            "deploy": [event["detail"] for event in self.stack.messages(self.stack.deploy_queue)],
            "intake": [there["key"] for there in uploads],
        }
        return {queue: sorted(told, key=str) for queue, told in found.items() if told}
