"""Apply the newest model.toml to the live run, without training.

What it says in [idle] holds at once, what it says in [endpoint] as soon as the endpoint is updated.
Uploading a model.toml does the same by itself, where the newest upload was accepted.
"""

from __future__ import annotations

import argparse

from cli.arguments import add_model
from cli.aws_errors import explained
from cli.outcome import Outcome
from cli.stack.deployed_stack import add_option
from cli.stack.requests import ModelRequest
from ebb.ledger.endpoint_row import State

EXAMPLES = ("aws s3 cp model.toml s3://<bucket>/datasets/abalone/ && ebb apply abalone",)


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    with explained():
        asked = ModelRequest.of("Apply", given)
        if not asked.has_live_run:
            return asked.without_live_run("that settings could be applied to")
        later = " It is asleep: they hold from its next waking on." if asked.row.state is State.ASLEEP else ""
        return asked.ask(f"Asked to apply the newest settings of {asked.model.name} to {asked.row.live_run}.{later}")
