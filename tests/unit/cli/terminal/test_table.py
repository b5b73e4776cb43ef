from __future__ import annotations

from collections.abc import Sequence

from cli.terminal.screen import Screen
from cli.terminal.table import Cell, Head, table
from cli.terminal.text import width

HEADS = [Head("column", right=True), Head("name", share=2), Head("values", share=3)]


def shown(*rows: Sequence[Cell], wide: int = 40, whole: bool = False) -> list[str]:
    return list(table(HEADS, rows, Screen(wide), whole=whole))


def test_columns_are_as_wide_as_what_they_hold() -> None:
    assert shown(["0", "sex", ["M", "F"]], ["10", "length", ["0 to 1"]]) == [
        "  column  name    values",
        "  ──────────────────────",
        "       0  sex     M F",
        "      10  length  0 to 1",
    ]


def test_what_does_not_fit_is_cut_or_goes_on_in_the_next_line() -> None:
    lines = shown(["0", "a_very_long_name_indeed", ["M (1,528),", "F (1,307),", "I (1,342)"]])
    assert lines[2:] == [
        "       0  a_very_lon…  M (1,528),",
        "                       F (1,307),",
        "                       I (1,342)",
    ]


def test_a_cell_of_more_than_three_lines_says_how_many_pieces_are_left_out() -> None:
    row = ["0", "a_very_long_name_indeed", [f"value{number} (1)," for number in range(6)]]
    assert [line.strip() for line in shown(row)[3:]] == ["value1 (1),", "… 4 more"]
    assert shown(row, whole=True)[-1].strip() == "value5 (1),"


def test_a_column_leaves_its_neighbour_what_it_does_not_need() -> None:
    (line,) = shown(["0", "x", ["twenty-four columns wide"]])[2:]
    assert line == "       0  x     twenty-four columns wide"


def test_no_line_is_wider_than_the_screen() -> None:
    rows: list[list[Cell]] = [["9999", "名" * 60, ["東" * 50, "x" * 90]], ["1", "b", [""]]]
    for wide in (40, 80, 132):
        assert max(map(width, shown(*rows, wide=wide))) <= wide
