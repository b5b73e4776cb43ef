"""One regular expression for a whole row: rows that match it tell nothing new, so nobody has to read their cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ebb.datasets.batch import Batch
from ebb.datasets.cells import as_read_by_xgboost
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn, ValueColumn
from ebb.datasets.layout import Layout
from ebb.datasets.number_pattern import within

MAX_WIDTH = 500  # compiling takes about a millisecond a column
_SAMPLE = 100  # cells
_RESTLESS = 10  # of them beyond the bounds: a counter, a time stamp
_NUMBER = r"-?+\d{1,18}+(?:\.\d{0,19}+)?+"


@dataclass(frozen=True)
class RowPattern:
    """Holds for the columns as they were when it was made.

    `bounded`: columns of which a matching row cannot have anything new. `restless`: numbers, but of any size.
    """

    rows: re.Pattern[str]
    cells: tuple[str, ...]
    bounded: frozenset[int]
    restless: frozenset[int]

    @classmethod
    def of(cls, layout: Layout, columns: Mapping[int, Column], restless: frozenset[int]) -> RowPattern:
        cells = tuple(
            _cell(columns.get(place), layout.delimiter, restless=place in restless) for place in range(layout.width)
        )
        bounded = {place for place, column in columns.items() if not isinstance(column, ValueColumn)}
        rows = re.compile(rf"(?:{re.escape(layout.delimiter).join(cells)}\n)*+", re.ASCII)
        return cls(rows, cells, frozenset(bounded - restless), restless)

    def misses(self, text: str) -> list[int]:
        """Which of the text's rows, counted from 0, do not match."""
        found: list[int] = []
        row = begin = 0
        while True:
            match = self.rows.match(text, begin)
            end = match.end() if match else begin
            if end >= len(text):
                return found
            row += text.count("\n", begin, end)
            found.append(row)
            row, begin = row + 1, text.index("\n", end) + 1

    def beyond(self, batch: Batch) -> frozenset[int]:
        """The columns whose cells go on beyond the bounds, row by row."""
        return frozenset(place for place in self.bounded if self._misses_of(place, batch) >= _RESTLESS)

    def _misses_of(self, place: int, batch: Batch) -> int:
        cell = re.compile(self.cells[place], re.ASCII)
        return sum(cell.fullmatch(text) is None for text in batch.columns[place][:_SAMPLE])


def _cell(column: Column | None, delimiter: str, *, restless: bool) -> str:
    if isinstance(column, EmptyColumn):
        return ""
    if not isinstance(column, NumberColumn):
        return rf"[^{re.escape(delimiter)}\n]*+"
    known = r"(?!)"
    if restless:
        known = _NUMBER
    elif column.least:
        extremes = [cell for cell in (column.least, column.greatest) if as_read_by_xgboost(cell) == cell]
        known = within(column.minimum, column.maximum, extremes, column.sample)
    return f"(?:{known})?+" if column.missing else known
