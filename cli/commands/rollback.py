"""Go back to the run before the live one.

The endpoint keeps its name, and nothing is trained. Asked for twice, it goes forth and back: the run that was live
until then is the one before.
"""

from __future__ import annotations

import argparse

from cli.arguments import add_request
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.requests import End, Judge, ModelRequest
from cli.terminal.times import stamp
from ebb.ledger.endpoint_row import EndpointRow, State

EXAMPLES = ("ebb rollback abalone", "ebb rollback abalone --wait 900")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_request(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        return _roll_back(ModelRequest.of("Rollback", given))


def _roll_back(asked: ModelRequest) -> Outcome:
    row, name = asked.row, asked.model.name
    if row.busy and row.wanted:
        return asked.refused(
            f"A change of {name} is under way ({row.wanted.reason}, since {stamp(row.wanted.at)}). "
            "Try again when it has ended."
        )
    if not asked.has_live_run:
        return asked.without_live_run("to go back from")
    if not row.previous_run:
        return asked.refused(f"There is nothing to go back to: {row.live_run} is the only run of {name} that was live.")
    return asked.ask(f"Asked to go back from {row.live_run} to {row.previous_run}.", _judge(row))


def _judge(was: EndpointRow) -> Judge:
    def judge(row: EndpointRow, began: bool) -> End | None:  # noqa: FBT001  (a Judge)
        if row.busy:
            return None
        if row.live_run == was.previous_run:
            return End(ExitCode.DONE, f"{row.model} is back at {row.live_run}.")
        if row.state is State.BROKEN or began:
            return End(ExitCode.FAILED, f"{row.model} did not go back: it is {row.state} with {row.live_run}.")
        return None

    return judge
