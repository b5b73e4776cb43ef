"""Arguments that several commands have."""

from __future__ import annotations

import argparse
import math

from cli.stack.deployed_stack import add_option

MOST_SECONDS = 86400


def add_model(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    told = "the folder below datasets/" + ("; without it: all" if optional else "")
    parser.add_argument("model", metavar="MODEL", nargs="?" if optional else None, help=told)


def add_wait(parser: argparse.ArgumentParser, default: float | None = None) -> None:
    told = "; without it: not at all" if default is None else f"; {default:g} unless given, 0 for not at all"
    parser.add_argument(
        "--wait", metavar="SECONDS", type=_seconds, default=default, help=f"wait for the end, so long at most{told}"
    )


def add_request(parser: argparse.ArgumentParser) -> None:
    """Of a request about one model whose end can be waited for."""
    add_model(parser)
    add_wait(parser)
    add_option(parser)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to {MOST_SECONDS}")
    return seconds
