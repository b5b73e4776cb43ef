"""Tell what is live, what sleeps, and what comes next.

Without MODEL: every model in a line, and below what needs somebody. With MODEL: all that is known of it, with the
evidence of the tear-down's last decision. No endpoint is called for it.
"""

from __future__ import annotations

import argparse
import datetime as dt
from functools import partial

from cli.arguments import add_model
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.deployed_stack import DeployedStack, add_option, deployed_stack
from cli.stack.known_model import known_model
from cli.status.keep import keep_tag, keeping
from cli.status.last_decision import last_decision
from cli.status.model_lines import model_lines
from cli.status.model_view import ModelView
from cli.status.overview import overview
from cli.status.overview_lines import overview_lines
from cli.status.tear_down_rules import TearDownRules
from ebb.ledger.endpoint_row import EndpointRow
from ebb.names import ADOPTED
from ebb.times import iso

EXAMPLES = ("ebb status", "ebb status abalone", "ebb status --json")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser, optional=True)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    now = dt.datetime.now(dt.UTC)
    with explained():
        stack = deployed_stack(given.stack)
        return _one(stack, given.model, now) if given.model is not None else _all(stack, now)


def _all(stack: DeployedStack, now: dt.datetime) -> Outcome:
    found = overview(stack, now)
    document = {
        "stack": stack.name,
        "at": iso(now),
        "models": [view.document(now) for view in found.models],
        "adopted": [_adopted(row, found.rules) for row in found.adopted],
        "dead_letters": found.dead_letters,
        "unknown": list(found.unknown),
        "switched_off_since": found.switched_off or None,
    }
    return Outcome(ExitCode.DONE, document, partial(overview_lines, found, stack.name, now))


def _one(stack: DeployedStack, name: str, now: dt.datetime) -> Outcome:
    known = known_model(stack, name)
    row, endpoint = known.row, str(known.latest.get("endpoint") or "")
    tag = keep_tag(stack.clients.sagemaker, stack.name, endpoint, row.live_config) if endpoint else None
    view = ModelView(row, known.latest, TearDownRules.of(stack), keeping(tag, by_settings=row.keep, now=now))
    journal = stack.outputs.get("JournalLogGroupName")
    decision = last_decision(stack.clients.logs, journal, name, now) if journal else None
    document = {"stack": stack.name, "at": iso(now)} | view.document(now)
    document |= {"latest": known.latest or None, "last_decision": decision}
    return Outcome(ExitCode.DONE, document, partial(model_lines, view, decision, now))


def _adopted(row: EndpointRow, rules: TearDownRules) -> dict[str, str | None]:
    return {
        "endpoint": row.model.removeprefix(ADOPTED),
        "state": row.state.value,
        "since": iso(row.since) if row.since else None,
        "last_call": iso(row.last_call) if row.last_call else None,
        "sleeps_at": rules.sleeps_at(row),
    }
