"""Whether `ebb uninstall` has switched a stack off: a row of its ledger says since when."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cli.outcome import CommandError, ExitCode
from cli.stack.deployed_stack import DeployedStack
from ebb.times import iso

_KEY: Any = {"model": {"S": "-"}, "record": {"S": "switched-off"}}


def switched_off_since(stack: DeployedStack) -> str:
    """Empty while it is on."""
    found = stack.clients.dynamodb.get_item(TableName=stack.output("LedgerTableName"), Key=_KEY, ConsistentRead=True)
    return found.get("Item", {}).get("at", {}).get("S", "")


def mark_switched_off(stack: DeployedStack, now: dt.datetime) -> None:
    """Since the first time."""
    if not switched_off_since(stack):
        item: Any = {**_KEY, "at": {"S": iso(now)}}
        stack.clients.dynamodb.put_item(TableName=stack.output("LedgerTableName"), Item=item)


def mark_switched_on(stack: DeployedStack) -> None:
    stack.clients.dynamodb.delete_item(TableName=stack.output("LedgerTableName"), Key=_KEY)


def must_be_on(stack: DeployedStack) -> None:
    """Nobody reads the queues of a stack that is off: a request would lie there, and be a surprise later."""
    if since := switched_off_since(stack):
        raise CommandError(ExitCode.FAILED, told(stack.name, since))


def told(stack: str, since: str) -> str:
    return (
        f"The stack {stack} is switched off since {since}, by `ebb uninstall`. `ebb uninstall --undo` switches it on."
    )
