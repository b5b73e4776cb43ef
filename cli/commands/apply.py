"""Apply the newest model.toml to the live run, without training.

What it says in [idle] holds at once, what it says in [endpoint] as soon as the endpoint is updated.
Uploading a model.toml does the same by itself, where the newest upload was accepted.
"""

from __future__ import annotations

import argparse

from cli.arguments import add_request
from cli.aws_errors import explained
from cli.outcome import ExitCode, Outcome
from cli.stack.requests import End, ModelRequest
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.ledger.ledger import Row

EXAMPLES = (
    "aws s3 cp model.toml s3://<bucket>/datasets/abalone/ && ebb apply abalone",
    "ebb apply abalone --wait 600",
)
_DONE = {
    "applied": "goes by its new [idle].",
    "nothing to apply": "has these settings already.",
    "applied as soon as it is live": "has its new settings from its next waking on.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    add_request(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        asked = ModelRequest.of("Apply", given)
        if not asked.has_live_run:
            return asked.without_live_run("that settings could be applied to")
        later = " It is asleep: they hold from its next waking on." if asked.row.state is State.ASLEEP else ""
        said = f"Asked to apply the newest settings of {asked.model.name} to {asked.row.live_run}.{later}"
        return asked.ask(said, answered=_answered)


def _answered(answer: Row, row: EndpointRow) -> End | None:
    """[idle] at once, [endpoint] through a config of its own, which is live when it was proven."""
    outcome = answer["outcome"]
    if outcome in _DONE:
        return End(ExitCode.DONE, f"{row.model} {_DONE[outcome]}")
    if outcome != "on its way":
        return End(ExitCode.FAILED, f"The settings of {row.model} are not applied: {outcome}.")
    if row.busy:
        return None
    if row.live_config == answer["config"]:
        return End(ExitCode.DONE, f"{row.model} answers with its new settings.")
    return End(ExitCode.FAILED, f"{row.model} goes on with its settings from before: it is {row.state}.")
