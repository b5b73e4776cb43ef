"""What all commands share: their arguments, exit codes, `--json`, and the end of a pipe or of somebody's patience.

A command is a module in cli/commands: its docstring says what it does, in the first line and then in more words,
`EXAMPLES` how it is used, `arguments` adds its own arguments, `run` does it.
"""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn, TextIO

from cli import commands
from cli.outcome import CommandError, ExitCode, Outcome
from cli.terminal.screen import Screen
from cli.terminal.text import visible, wrapped

_EXIT_CODES = "exit codes: 0 done or accepted, 1 refused or failed, 2 usage, 3 not found, 4 still waiting"


class _Help(argparse.HelpFormatter):
    """Paragraphs are wrapped; lines that begin with a space are examples, and stay as they are."""

    def add_argument(self, action: argparse.Action) -> None:
        """The commands are indented once more than argparse makes room for."""
        super().add_argument(action)
        if action.dest == "command":
            self._action_max_length += self._indent_increment

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = (
            [block] if block.startswith(" ") else wrapped(block, width - len(indent)) for block in text.split("\n\n")
        )
        return "\n\n".join("\n".join(indent + line for line in lines) for lines in paragraphs)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


def main(words: Sequence[str]) -> int:
    """The exit code; nothing but a bug ends in a traceback."""
    try:
        return _run(words)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    finally:
        _close(sys.stdout)
        _close(sys.stderr)


def _run(words: Sequence[str]) -> int:
    try:
        arguments = _parser(words).parse_args(words)
    except SystemExit as told:  # help, or what is wrong with the words
        return int(told.code or 0)
    try:
        outcome: Outcome = arguments.run(arguments)
        said = [_json(outcome.document)] if arguments.json else outcome.lines(Screen.of(sys.stdout))
        _print(sys.stdout, said)
    except CommandError as failed:
        if arguments.json:
            _print(sys.stdout, [_json(failed.document)])
        else:
            _print(sys.stderr, [f"ebb {arguments.command}: {visible(str(failed))}"])
        return failed.code
    return outcome.code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Only the module of the command that is asked for is read: what AWS needs takes half a second to load."""
    title = "Drop a CSV in S3, get an endpoint that ebbs away."
    parser = _Parser(prog="ebb", description=title, epilog=_EXIT_CODES, formatter_class=_Help)
    known = parser.add_subparsers(dest="command", metavar="command", required=True)
    names = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    for name in [name for name in names if words[:1] == [_spelled(name)]] or names:
        module = import_module(f"{commands.__name__}.{name}")
        said, examples = module.__doc__ or "", getattr(module, "EXAMPLES", ())
        ending = "\n\n".join(
            [*(["examples:", "\n".join(f"  {line}" for line in examples)] if examples else []), _EXIT_CODES]
        )
        command = known.add_parser(
            _spelled(name),
            help=said.partition("\n")[0],
            description=said.strip(),
            epilog=ending,
            formatter_class=_Help,
        )
        command.add_argument("--json", action="store_true", help="print one JSON document, nothing else")
        command.set_defaults(run=module.run)
        module.arguments(command)
    return parser


def _spelled(module: str) -> str:
    return module.replace("_", "-")


def _json(document: dict[str, Any]) -> str:
    """ASCII only, control characters escaped: no terminal takes a part of it for an order."""
    return json.dumps(document, indent=2, allow_nan=False)


def _print(stream: TextIO | None, lines: Iterable[str]) -> None:
    """A reader that has seen enough (`| head`) changes nothing about how the command ended."""
    if stream is None:
        return
    screen = Screen.of(stream)
    try:
        for line in lines:
            print(screen.text(line), file=stream)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        raise CommandError(ExitCode.FAILED, f"The answer cannot be written: {error.strerror}.") from error


def _close(stream: TextIO | None) -> None:
    if stream is not None:
        try:
            stream.flush()
        except OSError:
            _silence(stream)


def _silence(stream: TextIO) -> None:
    """What is still held for it goes nowhere: otherwise Python would complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
