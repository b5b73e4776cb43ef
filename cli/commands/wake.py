"""Wake a model's endpoint, without training.

It answers as before. What sleeps is created again from its kept config; what was purged is built anew from the
artifact of its run first. A call of the predict URL wakes it, too (`ebb predict`).
"""

from __future__ import annotations

import argparse

from cli.arguments import add_request
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.requests import End, ModelRequest
from cli.terminal.times import stamp
from ebb.aws.endpoints import OwnEndpoints
from ebb.ledger.endpoint_row import EndpointRow, State

EXAMPLES = ("ebb wake abalone", "ebb wake abalone --wait 600")


def arguments(parser: argparse.ArgumentParser) -> None:
    add_request(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        return _wake(ModelRequest.of("Wake", given))


def _wake(asked: ModelRequest) -> Outcome:
    row, name = asked.row, asked.model.name
    if row.state is State.DEPLOYING:
        said = f"{name} is being deployed since {stamp(row.since)}."
        return asked.follow(said, _judge) if asked.wait else asked.nothing(said)
    if not asked.has_live_run:
        return asked.without_live_run("that could be woken")
    if row.state is State.LIVE and _is_there(asked):
        return asked.nothing(f"{name} is awake, since {stamp(row.since)}.")
    again = ", which is broken, once more" if row.state is State.BROKEN else ""
    return asked.ask(f"Asked to wake {name}{again}; it takes a few minutes.", _judge, by="request")


def _is_there(asked: ModelRequest) -> bool:
    """Somebody may have deleted the endpoint by hand, which the ledger learns at a tick."""
    name = str(asked.model.latest.get("endpoint", ""))
    return not name or name in dict(OwnEndpoints(asked.stack.clients.sagemaker, asked.stack.name).listed(name))


def _judge(row: EndpointRow, began: bool) -> End | None:  # noqa: FBT001  (a Judge)
    if row.busy:
        return None
    if row.state is State.LIVE:
        return End(ExitCode.DONE, f"{row.model} is awake.")
    if row.state is State.BROKEN or (began and row.state in (State.ASLEEP, State.NONE)):
        return End(ExitCode.FAILED, f"{row.model} did not wake: it is {row.state}.")
    return None
