from __future__ import annotations

from typing import Any

from cli.check.column_rows import heads, rows
from tests.unit.cli.conftest import Make


def one(column: dict[str, Any], longest: int = 24) -> list[Any]:
    (row,) = rows([column], longest, named=True, whole=False)
    return row


def test_a_number_has_its_range_and_its_feature(column: Make) -> None:
    assert one(column(3, "length", minimum=0.075, maximum=0.815, missing=0.031)) == [
        "3",
        "length",
        "number",
        "3.1 %",
        ["0.075 to 0.815"],
        "3",
    ]


def test_a_category_has_its_values_with_their_rows_and_a_feature_each(column: Make) -> None:
    values = [{"value": "M", "rows": 1528}, {"value": "F", "rows": 1307}]
    facts = column(0, "sex", kind="category", minimum=None, maximum=None, categories=values, features=[0, 1])
    assert one(facts)[2:] == ["category", "0 %", ["M (1,528),", "F (1,307)"], "0-1"]


def test_the_label_and_what_is_dropped_become_no_feature(column: Make) -> None:
    assert one(column(8, "rings", role="label", features=[]))[2:] == ["label", "0 %", ["0 to 1"], ""]
    dropped = column(1, "id", role="dropped", kind=None, minimum=None, maximum=None, features=[])
    assert one(dropped)[2:] == ["dropped", "", [""], ""]


def test_a_column_in_which_every_cell_is_missing_has_no_range(column: Make) -> None:
    assert one(column(1, "x", minimum=None, maximum=None, missing=1.0))[3:5] == ["100 %", [""]]


def test_names_and_values_cannot_steer_the_terminal(column: Make) -> None:
    values = [{"value": "\x1b[2J" + "x" * 1000, "rows": 2}]
    row = one(column(0, "a\nb" + "c" * 1000, kind="category", categories=values), longest=12)
    assert row[1] == r"a\nb" + 43 * "c" + "…"
    assert row[4] == [r"\x1b[2Jxxxx… (2)"]


def test_without_a_header_there_are_no_names(column: Make) -> None:
    (row,) = rows([column(0)], 24, named=False, whole=False)
    assert row == ["0", "number", "0 %", ["0 to 1"], "0"]
    assert [head.title for head in heads(named=False)] == ["column", "kind", "missing", "values", "features"]


def test_of_very_many_columns_numbers_side_by_side_share_a_row(column: Make) -> None:
    pixels = [column(at, f"pixel{at}", maximum=float(at), features=[at - 1], missing=at / 5000) for at in range(1, 500)]
    digit = column(0, "digit", role="label", kind="class", features=[])
    assert rows([digit, *pixels], 24, named=True, whole=False)[1:] == [
        ["1-499", "pixel1 … pixel499", "number", "≤ 9.98 %", ["0 to 499"], "0-498"]
    ]
    assert len(rows([digit, *pixels], 24, named=True, whole=True)) == 500


def test_forty_columns_have_a_row_each(column: Make) -> None:
    assert len(rows([column(at) for at in range(40)], 24, named=False, whole=False)) == 40
    assert len(rows([column(at) for at in range(41)], 24, named=False, whole=False)) == 1


def test_of_very_many_that_differ_the_first_and_last_are_shown_and_the_others_counted(column: Make) -> None:
    columns = [column(at, f"c{at}", kind=("number", "boolean")[at % 2]) for at in range(500)]
    shown = rows(columns, 24, named=True, whole=False)
    assert [row[0] for row in shown] == [*map(str, range(30)), "…", *map(str, range(490, 500))]
    assert shown[30][4] == ["460 more columns"]
    assert len(rows(columns, 24, named=True, whole=True)) == 500
