from __future__ import annotations

from typing import Any

import pytest

from cli.terminal.problem_lines import problem_lines
from cli.terminal.screen import Screen, Style
from cli.terminal.text import width
from tests.unit.cli.conftest import Make


def shown(*problems: dict[str, Any], screen: Screen | None = None) -> list[str]:
    return list(problem_lines(problems, screen or Screen(), Style.BOLD))


def at(line: int | None, position: int | None = None, name: str | None = None) -> dict[str, Any]:
    return {"line": line, "column": None if position is None else {"position": position, "name": name}}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (at(1207, 2, "price"), 'line 1,207, column 2 "price": '),
        (at(7, 0), "line 7, column 0: "),
        (at(7), "line 7: "),
        (at(None, 3, "id"), 'column 3 "id": '),
        (at(None), ""),
    ],
)
def test_the_place_comes_first_as_far_as_there_is_one(problem: Make, place: dict[str, Any], said: str) -> None:
    assert shown(problem(**place)) == ["", f"  {said}'abc' is not a number.", "    → Write a number."]


def test_the_value_is_added_where_the_sentence_does_not_say_it(problem: Make) -> None:
    assert shown(problem("Too many values.", value="a\tb"))[1] == r"  Too many values. Found: 'a\tb'"
    assert shown(problem("'a\\tb' is not a number.", value="a\tb"))[1] == r"  'a\tb' is not a number."
    assert shown(problem("The label is missing.", value=""))[1] == "  The label is missing."


def test_the_same_in_other_lines_of_a_column_is_said_once(problem: Make) -> None:
    alike = [problem(f"'{value}' is not a number.", **at(line, 2), value=value) for line, value in ((7, "a"), (9, "b"))]
    assert shown(alike[0], problem(**at(8, 1)), alike[1]) == [
        "",
        "  line 7, column 2: 'a' is not a number.",
        "    → Write a number.",
        "    · also line 9 ('b')",
        "",
        "  line 8, column 1: 'abc' is not a number.",
        "    → Write a number.",
    ]


def test_beyond_eight_other_lines_they_are_counted(problem: Make) -> None:
    lines = shown(*(problem(**at(line, 2)) for line in range(1, 20)))
    assert " ".join(" ".join(lines).split()).endswith("line 8, line 9 and 10 more")


def test_the_same_in_up_to_three_columns_is_told_for_each(problem: Make) -> None:
    lines = shown(*(problem(f"Column {place} is constant.", **at(None, place)) for place in range(3)))
    assert [line for line in lines if "constant" in line] == [
        f"  column {place}: Column {place} is constant." for place in range(3)
    ]


def test_the_same_in_more_columns_is_told_once(problem: Make) -> None:
    names = [problem("The column has no name.", **at(1, place)) for place in range(2, 6)]
    ragged = [problem("The line is short.", code="ragged_row", **at(line, line)) for line in range(6, 10)]
    assert [line for line in shown(*names, *ragged) if "→" not in line] == [
        "",
        "  line 1, column 2: The column has no name.",
        "    · also column 3, column 4, column 5",
        "",
        "  line 6, column 6: The line is short.",
        "    · also line 7 column 7, line 8 column 8, line 9 column 9",
    ]


def test_problems_without_a_place_are_all_said(problem: Make) -> None:
    lines = shown(problem("eta must be a number."), problem("gamma must be a number."))
    assert [line for line in lines if "must" in line] == ["  eta must be a number.", "  gamma must be a number."]


def test_only_the_place_is_painted(problem: Make) -> None:
    lines = shown(problem(**at(7, 2)), screen=Screen(colour=True))
    assert lines[1] == "  \x1b[1mline 7, column 2:\x1b[0m 'abc' is not a number."


def test_text_from_the_file_cannot_steer_the_terminal_nor_leave_it(problem: Make) -> None:
    bad = problem("\x1b[2J\u202e " + "x" * 300, **at(7, 2, "\x07" + "y" * 300), value="\x1b" * 40)
    lines = shown(bad, bad | at(8, 2))
    assert "".join(lines).isprintable()
    assert max(map(width, lines)) <= 80


def test_on_a_very_wide_screen_lines_stay_readable(problem: Make) -> None:
    assert max(map(len, shown(problem("word " * 100), screen=Screen(width=240)))) <= 100
