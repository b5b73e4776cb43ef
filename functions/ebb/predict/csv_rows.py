"""Rows as CSV, read as start_training reads a file: the delimiter and the header are those of the model's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ebb.datasets.batch import Batch, first_row
from ebb.datasets.cells import is_missing, is_number
from ebb.datasets.records import Block, Records
from ebb.predict.errors import bad_row
from ebb.predict.row_table import Cells, RowTable
from ebb.problems import Gathered, Problem, Problems, RefusedError, quoted

_LONGEST_NUMBER = 1000  # characters that are looked at


def cells_of(body: bytes, table: RowTable) -> Iterator[Cells]:
    """Of each row, the features' cells. A first line that names columns is a header."""
    row, width = 0, 0
    places: Sequence[int] = ()
    try:
        for block in Records([body], Problems()).blocks():
            rows = block
            if not places:
                first = first_row(block, table.delimiter, Problems())
                rows, places, width = _begun(block, first, table), _places(first, table), len(first)
            for piece in rows.pieces():
                yield from _cells(piece, places, width, table, row)
                row += len(piece.records)
    except RefusedError as refused:
        raise bad_row(None, refused.problems[0].sentence()) from refused


def _begun(block: Block, first: Sequence[str], table: RowTable) -> Block:
    return block.without_first() if _is_header(first, table) else block


def _is_header(first: Sequence[str], table: RowTable) -> bool:
    """It names a column, and nothing else in it is a number or missing."""
    others = [cell for cell in first if cell not in table.known]
    named = any(cell for cell in first if cell in table.known)
    return named and not any(is_missing(cell) or is_number(cell[:_LONGEST_NUMBER]) for cell in others)


def _places(first: Sequence[str], table: RowTable) -> list[int]:
    if not _is_header(first, table):
        return table.places_by_position(len(first), 0)
    return table.places_by_name(first)


def _cells(piece: Block, places: Sequence[int], width: int, table: RowTable, row: int) -> Iterator[Cells]:
    problems = Gathered()
    batch = Batch.of(piece, table.delimiter, width, problems)
    if problems.all:
        first = problems.all[0]
        lines = dict(zip(piece.numbers, range(row, row + len(piece.records)), strict=True))
        raise bad_row(lines.get(first.line or 0), _told(first, table))
    return zip(*(batch.columns[place] for place in places), strict=True)


def _told(problem: Problem, table: RowTable) -> str:
    return f"{problem.sentence()} The delimiter is {quoted(table.delimiter)}, as in the model's file."
