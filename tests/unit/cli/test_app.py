from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import commands
from cli.app import main

CAST = '''"""Throw a line and see what comes back.

It takes patience.
"""

from cli.outcome import CommandError, ExitCode, Outcome

EXAMPLES = ("ebb cast-line worm   # or nothing",)

def arguments(parser):
    parser.add_argument("bait")

def run(given):
    if given.bait == "nothing":
        raise CommandError(ExitCode.NOT_FOUND, "There is no \\x1b fish.")
    if given.bait == "patience":
        raise KeyboardInterrupt
    return Outcome(ExitCode.WAITING, {"bait": given.bait}, lambda screen: [f"cast {given.bait}", "wait"])
'''


@pytest.fixture(autouse=True)
def cast_line(tmp_path: Path) -> Iterator[None]:
    """A command more: a file more, nothing else."""
    (tmp_path / "cast_line.py").write_text(CAST)
    commands.__path__.append(str(tmp_path))
    yield
    commands.__path__.remove(str(tmp_path))
    sys.modules.pop("cli.commands.cast_line", None)


def test_a_command_is_a_file_and_ends_with_its_own_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "worm"]) == 4
    assert capsys.readouterr() == ("cast worm\nwait\n", "")


def test_every_command_has_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "Wurm \x7f ü", "--json"]) == 4
    out, err = capsys.readouterr()
    assert json.loads(out) == {"bait": "Wurm \x7f ü"}
    assert out.replace("\n", "").isprintable()
    assert out.isascii()
    assert err == ""


def test_a_sentence_says_what_a_command_cannot_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "nothing"]) == 3
    assert capsys.readouterr() == ("", "ebb cast-line: There is no \\x1b fish.\n")


def test_the_sentence_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "nothing", "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": {"code": "not_found", "message": "There is no \x1b fish."}}
    assert err == ""


def test_losing_patience_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "patience"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("words", [[], ["cast-line"], ["fly"], ["cast-line", "worm", "--colour\x1b[2J"], ["--json"]])
def test_wrong_usage_is_told_with_the_right_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: ebb")
    assert err.replace("\n", "").isprintable()


def test_help_lists_every_command_with_its_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "cast-line Throw a line and see what comes back." in said
    assert "check Tell whether a file would be accepted" in said
    assert "exit codes: 0 done or accepted, 1 refused or failed, 2 usage, 3 not found, 4 still waiting" in said


def test_help_of_a_command_has_all_of_its_docstring_and_its_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cast-line", "--help"]) == 0
    said = capsys.readouterr().out
    assert "Throw a line and see what comes back.\n\nIt takes patience.\n" in said
    assert "examples:\n\n  ebb cast-line worm   # or nothing\n\nexit codes: 0 done" in said


def test_only_the_module_of_the_command_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    sys.modules.pop("cli.commands.check", None)
    main(["cast-line", "worm"])
    assert "cli.commands.check" not in sys.modules
