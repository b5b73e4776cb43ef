"""Any cell made unreadable is refused at exactly that cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ebb.problems import RefusedError
from tests.unit.ebb.datasets.generated import (
    Style,
    Table,
    Written,
    chance,
    is_missing,
    is_number,
    styles,
    tables,
    written,
)
from tests.unit.ebb.datasets.oracle import expected, place_of
from tests.unit.ebb.datasets.preparing import Memory, prepared

BYTE = "\ue000"  # stands for what no text can hold
BAD_BYTES = [(b"\xff", "not_utf8"), (b"\xc3", "not_utf8"), (b"\xed\xa0\x80", "not_utf8"), (b"\0", "not_text")]
BAD_CELLS = {
    "not_a_number": ["abc", "1.5abc", "2024-01-01", "0x10", "1_000", "\uff11\uff12", "--1", "1e", "1.2.3", "+", "."],
    "out_of_range": ["inf", "-Infinity", "+INF", "1e39", "-3.5e38", "9" * 400],
    "thousands_separator": ["1,000", "-1,000,000.5", "1.234,5", "12,5", "1 000", "1'000"],
}
Place = tuple[str, int | None, int | None, str | None]


@dataclass(frozen=True)
class Damage:
    """A cell made unreadable: the code it is refused by."""

    row: int
    column: int
    code: str
    cell: str


def places(file: Written, table: Table) -> list[Place]:
    with pytest.raises(RefusedError) as refused:
        prepared(Memory(file.data, file.name), table.settings)
    return [
        (str(problem.code), problem.line, problem.column, problem.value and problem.value[:40])
        for problem in refused.value.problems
    ]


def with_cells(table: Table, damages: list[Damage]) -> Table:
    rows = [list(row) for row in table.rows]
    for damage in damages:
        rows[damage.row][damage.column] = damage.cell
    settings = replace(table.settings, header=table.names is not None)  # damage may hide what the first line is
    return replace(table, rows=rows, settings=settings)


def number_columns(table: Table) -> list[int]:
    """With a clear majority of numbers, whatever happens to two cells."""
    place_and_cells = [(place, [row[place] for row in table.rows]) for place in range(len(table.rows[0]))]
    dropped = {place_of(name, table) for name in table.settings.drop}
    return [
        place
        for place, cells in place_and_cells
        if place not in dropped
        and all(is_number(cell) or is_missing(cell) for cell in cells)
        and sum(map(is_number, cells)) > 4
    ]


@given(tables(), styles, st.data(), st.integers(0, 2**32))
def test_a_cell_that_is_no_number_is_refused_where_it_stands(
    table: Table, style: Style, data: st.DataObject, seed: int
) -> None:
    columns = number_columns(table)
    assume(columns and expected(table, [b""] * len(table.rows)))
    damages = [
        Damage(row, data.draw(st.sampled_from(columns)), code, data.draw(st.sampled_from(BAD_CELLS[code])))
        for row in data.draw(st.sets(st.integers(0, len(table.rows) - 1), min_size=1, max_size=2))
        for code in [data.draw(st.sampled_from(sorted(BAD_CELLS)))]
    ]
    file = written(with_cells(table, damages), style, chance(seed))
    wanted = sorted((file.lines[damage.row], damage.column, damage.code, damage.cell[:40]) for damage in damages)
    assert places(file, with_cells(table, damages)) == [
        (code, line, column, cell) for line, column, code, cell in wanted
    ]


@given(tables(), styles, st.data(), st.integers(0, 2**32))
def test_a_missing_label_is_refused_where_it_should_stand(
    table: Table, style: Style, data: st.DataObject, seed: int
) -> None:
    assume(expected(table, [b""] * len(table.rows)))
    label = place_of(table.settings.label or 0, table)
    row = data.draw(st.integers(0, len(table.rows) - 1))
    damaged = with_cells(
        table, [Damage(row, label, "missing_label", data.draw(st.sampled_from(["", "NA", "nan", "?"])))]
    )
    file = written(damaged, style, chance(seed))
    assume(any(file.records[row].strip(b" \t")))
    assert places(file, damaged)[0] == ("missing_label", file.lines[row], label, damaged.rows[row][label])


@given(tables(), styles, st.data(), st.integers(0, 2**32))
def test_a_row_too_short_or_too_long_is_refused_at_the_first_cell_that_is_missing_or_too_much(
    table: Table, style: Style, data: st.DataObject, seed: int
) -> None:
    assume(expected(table, [b""] * len(table.rows)))
    damaged = with_cells(table, [])
    first = 0 if table.names else 1  # the first line tells how many there are to be
    row, width = data.draw(st.integers(first, len(table.rows) - 1)), len(table.rows[0])
    rest = [*table.rows[:row], *table.rows[row + 1 :]]  # in which a column may be of another kind than in all of them
    assume(expected(replace(table, rows=rest), [b""] * len(rest)))
    if data.draw(st.booleans()):
        damaged.rows[row].append(data.draw(st.sampled_from(["", "1", "x"])))
    else:
        del damaged.rows[row][-1]
        width -= 1
    file = written(damaged, style, chance(seed))
    assume(file.records[row].strip(b" \t\r"))
    assert places(file, damaged) == [("ragged_row", file.lines[row], width, None)]


@given(tables(), styles, st.data(), st.integers(0, 2**32))
def test_a_bad_byte_is_refused_in_the_cell_that_holds_it(
    table: Table, style: Style, data: st.DataObject, seed: int
) -> None:
    assume(expected(table, [b""] * len(table.rows)))
    row, column = data.draw(st.integers(0, len(table.rows) - 1)), data.draw(st.integers(0, len(table.rows[0]) - 1))
    cell, (byte, code) = f"x{BYTE}y", data.draw(st.sampled_from(BAD_BYTES))
    damaged = with_cells(table, [Damage(row, column, code, cell)])
    file = written(damaged, replace(style, quoted=0, members=0), chance(seed))
    file = replace(file, data=file.data.replace(BYTE.encode(), byte))
    value = f"x{byte.decode(errors='replace')}y"
    assert places(file, damaged) == [(code, file.lines[row], column, value)]


@given(tables(), styles, st.data(), st.integers(0, 2**32))
def test_a_lone_carriage_return_is_refused_in_the_cell_that_holds_it(
    table: Table, style: Style, data: st.DataObject, seed: int
) -> None:
    assume(expected(table, [b""] * len(table.rows)))
    row, column = data.draw(st.integers(0, len(table.rows) - 1)), data.draw(st.integers(0, len(table.rows[0]) - 1))
    damaged = with_cells(table, [Damage(row, column, "line_endings", f"1{BYTE}2")])
    file = written(damaged, replace(style, quoted=0, members=0), chance(seed))
    file = replace(file, data=file.data.replace(BYTE.encode(), b"\r"))
    assert places(file, damaged) == [("line_endings", file.lines[row], column, "1\r2")]
