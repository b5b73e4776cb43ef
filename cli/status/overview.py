"""Everything that a stack looks after, as its ledger and bucket tell: no endpoint is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.aws_errors import explained
from cli.outcome import CommandError
from cli.stack.dead_letters import QUEUES, dead_letter_queue, look
from cli.stack.deployed_stack import DeployedStack
from cli.stack.known_model import latest_of, ledger_of, model_names
from cli.stack.switched_off import switched_off_since
from cli.status.keep import keep_tags, keeping
from cli.status.model_view import ModelView
from cli.status.tear_down_rules import TearDownRules
from ebb.ledger.endpoint_row import EndpointRow

_AT_ONCE = 16


@dataclass(frozen=True)
class Overview:
    """`unknown`: what could not be found out, as sentences."""

    models: Sequence[ModelView]
    adopted: Sequence[EndpointRow]
    rules: TearDownRules
    dead_letters: dict[str, int]
    unknown: Sequence[str]
    switched_off: str = ""


def overview(stack: DeployedStack, now: dt.datetime) -> Overview:
    """The ledger's index first; the bucket knows of models that nobody has to look at, or that never went live."""
    rows = {row.model: row for row in ledger_of(stack).endpoints()}
    adopted = [row for row in rows.values() if row.is_adopted]
    names = sorted({row.model for row in rows.values() if not row.is_adopted} | set(model_names(stack)))
    unknown: list[str] = []
    tags = _tags(stack, unknown)
    read = partial(_read, stack, rows)
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        found = list(readers.map(read, names))
    rules = TearDownRules.of(stack)
    models = [_view(row, latest, rules, tags, now) for row, latest in found]
    adopted.sort(key=lambda row: row.model)
    letters = _dead_letters(stack, unknown)
    return Overview(models, adopted, rules, letters, unknown, switched_off_since(stack))


def _read(stack: DeployedStack, rows: dict[str, EndpointRow], name: str) -> tuple[EndpointRow, dict[str, Any]]:
    return rows.get(name) or ledger_of(stack).endpoint(name), latest_of(stack, name) or {}


def _view(
    row: EndpointRow, latest: dict[str, Any], rules: TearDownRules, tags: Mapping[str, str], now: dt.datetime
) -> ModelView:
    tag = tags.get(str(latest.get("endpoint")))
    return ModelView(row, latest, rules, keeping(tag, by_settings=row.keep, now=now))


def _tags(stack: DeployedStack, unknown: list[str]) -> Mapping[str, str]:
    try:
        with explained():
            return keep_tags(stack.clients.sagemaker, stack.name)
    except CommandError as error:
        unknown.append(f"Which endpoints are kept by a tag is not known. {error}")
        return {}


def _dead_letters(stack: DeployedStack, unknown: list[str]) -> dict[str, int]:
    counts = {}
    for queue in QUEUES:
        try:
            with explained():
                counts[queue] = look(stack.clients.sqs, dead_letter_queue(stack, queue))[1]
        except CommandError as error:
            unknown.append(f"What lies in the dead-letter queue of {queue} is not known. {error}")
    return counts
