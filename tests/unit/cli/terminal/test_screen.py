from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from cli.terminal.screen import Screen, Style


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colour", "moves"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(environment: Mapping[str, str], colour: bool, moves: bool) -> None:  # noqa: FBT001
    screen = Screen.of(Terminal(), environment)
    assert (screen.colour, screen.moves) == (colour, moves)


def test_a_file_gets_no_colour() -> None:
    screen = Screen.of(io.StringIO(), {"TERM": "xterm"})
    assert screen.paint("accepted", Style.GREEN) == "accepted"
    assert not screen.moves


def test_a_closed_stream_is_no_terminal() -> None:
    assert Screen.of(None, {"TERM": "xterm"}).moves is False


def test_paint_ends_with_what_was_painted() -> None:
    assert Screen(colour=True).paint("no", Style.RED) == "\x1b[1;31mno\x1b[0m"


def test_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    assert Screen.of(io.StringIO()).width == 132
    monkeypatch.setenv("COLUMNS", "10")
    assert Screen.of(io.StringIO()).width == 40


def test_signs_have_a_stand_in_of_the_same_width_where_the_encoding_has_none() -> None:
    assert Screen(encoding="latin-1").text("✓ Länge … ─ 東") == "+ Länge ~ - ?"
    assert Screen(encoding="utf-8").text("✓ Länge … ─ 東") == "✓ Länge … ─ 東"
