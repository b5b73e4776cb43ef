"""Keep a model's endpoint awake, called or not.

Until a time, for some time, or for ever. It is written on the endpoint and its config as the tag ebb:keep, which wins
over [idle] keep in model.toml.
"""

from __future__ import annotations

import argparse
import datetime as dt

from cli.arguments import add_model
from cli.aws_errors import explained
from cli.outcome import CommandError, ExitCode, Outcome
from cli.stack.deployed_stack import add_option
from cli.stack.requests import ModelRequest
from cli.terminal.times import span_of, stamp
from ebb.ledger.endpoint_row import State
from ebb.times import iso

EXAMPLES = (
    "ebb keep abalone                             # for ever",
    "ebb keep abalone --for 8h",
    "ebb keep abalone --until 2026-12-24T18:00Z   # without a zone: your own",
    "ebb keep abalone --not                       # it may sleep again",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--until", metavar="TIME", help="a date or a time, ISO 8601")
    how.add_argument("--for", dest="span", metavar="SPAN", help="so long from now: 90m, 8h, 2d, 1w")
    how.add_argument("--forever", action="store_true", help="until --not; the same as no option")
    how.add_argument("--not", dest="no", action="store_true", help="no longer: it may sleep when nobody calls it")
    add_option(parser)


def run(given: argparse.Namespace) -> Outcome:
    until = _until(given, dt.datetime.now(dt.UTC))
    with explained():
        return _keep(ModelRequest.of("Keep", given), until)


def _keep(asked: ModelRequest, until: str) -> Outcome:
    if not asked.has_live_run:
        return asked.without_live_run("that could be kept awake")
    name = asked.model.name
    if until == "false":
        return asked.ask(f"Asked to keep {name} no longer: it sleeps when nobody calls it.", until=until)
    said = f"Asked to keep {name} awake {'for ever' if until == 'true' else f'until {stamp(until)}'}."
    if asked.row.state is State.ASLEEP:
        said += f" It is asleep: that holds from its next waking on (`ebb wake {name}`)."
    return asked.ask(said, until=until)


def _until(given: argparse.Namespace, now: dt.datetime) -> str:
    """As the tag has it."""
    if given.no:
        return "false"
    if given.until is None and given.span is None:
        return "true"
    try:
        end = _time(given.until) if given.span is None else now + span_of(given.span)
        text = iso(end)
    except (ValueError, OverflowError) as error:
        raise CommandError(ExitCode.USAGE, f"{error}.") from error
    if end <= now:
        raise CommandError(ExitCode.USAGE, f"{stamp(text)} is over.")
    return text


def _time(text: str) -> dt.datetime:
    """A person who names no zone means the own one."""
    try:
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: write it like 2026-12-24 or 2026-12-24T18:00Z") from error
