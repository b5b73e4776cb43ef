"""Put a model's endpoint to sleep now.

It is not waited until nobody has called it for long. The endpoint is deleted; its config, model and artifact stay, so
that `ebb wake` brings it back as it was.
"""

from __future__ import annotations

import argparse

from cli.arguments import add_request
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.requests import End, ModelRequest
from cli.terminal.times import stamp
from ebb.ledger.endpoint_row import EndpointRow, State

EXAMPLES = ("ebb sleep abalone", "ebb sleep abalone --wait 120")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_request(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        return _sleep(ModelRequest.of("Sleep", given))


def _sleep(asked: ModelRequest) -> Outcome:
    row, name = asked.row, asked.model.name
    if not asked.has_live_run:
        return asked.without_live_run("that could be put to sleep")
    if row.state is State.ASLEEP and not row.wanted:
        return asked.nothing(f"{name} is asleep, since {stamp(row.since)}.")
    later = ", as soon as the change that is under way has ended" if row.busy else ""
    return asked.ask(f"Asked to put {name} to sleep{later}.", _judge)


def _judge(row: EndpointRow, began: bool) -> End | None:  # noqa: ARG001, FBT001  (a Judge)
    """Asleep, with the deletion of the endpoint behind it."""
    if row.state is State.ASLEEP and not row.wanted:
        return End(ExitCode.DONE, f"{row.model} is asleep.")
    return None
