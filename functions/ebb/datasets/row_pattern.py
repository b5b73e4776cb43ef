"""One regular expression for a whole row: a row that matches it has no news of its numbers, so nobody reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ebb.datasets.batch import Batch
from ebb.datasets.cells import as_read_by_xgboost
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn
from ebb.datasets.layout import Layout
from ebb.datasets.number_pattern import within

MAX_WIDTH = 500  # compiling takes about a millisecond a column
_SAMPLE = 100  # cells
_RESTLESS = 10  # of them beyond the bounds: a counter, a time stamp
_NUMBER = r"-?+[0-9]{1,18}+(?:\.[0-9]{0,19}+)?+"


@dataclass(frozen=True)
class Group:
    """Columns side by side. A `run` is of numbers whose cells need not be told apart; others stand alone."""

    places: tuple[int, ...]
    run: bool


@dataclass(frozen=True)
class RowPattern:
    """Holds for the columns as they were when it was made.

    `bounded`: columns of which a matching row cannot have anything new. `restless`: numbers, but of any size.
    """

    cells: tuple[str, ...]
    groups: tuple[Group, ...]
    bounded: frozenset[int]
    restless: frozenset[int]
    rows: re.Pattern[str]
    finder: re.Pattern[str]

    @classmethod
    def of(cls, layout: Layout, columns: Mapping[int, Column], restless: frozenset[int]) -> RowPattern:
        cells = tuple(
            _cell(columns.get(place), layout.delimiter, restless=place in restless) for place in range(layout.width)
        )
        numeric = {place for place, column in columns.items() if isinstance(column, (NumberColumn, EmptyColumn))}
        runs = numeric - restless - {layout.label, layout.ending}
        known = columns.keys() - {layout.ending}
        stretches = [
            (kind, tuple(places)) for kind, places in groupby(range(layout.width), lambda at: _kind(at, runs, known))
        ]
        delimiter = re.escape(layout.delimiter)
        spelled = [
            delimiter.join(cells[place] for place in places)
            if kind is None
            else _captured(kind, places, cells, delimiter)
            for kind, places in stretches
        ]
        groups = [group for kind, places in stretches if kind for group in _groups(kind, places)]
        rows = re.compile(rf"(?:{delimiter.join(cells)}\n)*+", re.ASCII)
        finder = re.compile(rf"^{delimiter.join(spelled)}\n", re.ASCII | re.MULTILINE)
        return cls(cells, tuple(groups), frozenset(numeric - restless), restless, rows, finder)

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

    def found(self, text: str) -> tuple[int, list[Sequence[str]]]:
        """How many rows match, and their cells by group."""
        rows: list[Any] = self.finder.findall(text)
        if not rows:
            return 0, [() for _ in self.groups]
        return len(rows), [rows] if len(self.groups) == 1 else list(zip(*rows, strict=True))

    def beyond(self, batch: Batch) -> frozenset[int]:
        """The columns whose cells go on beyond the bounds, row by row."""
        return frozenset(place for place in self.bounded if self._misses_of(place, batch) >= _RESTLESS)

    def _misses_of(self, place: int, batch: Batch) -> int:
        cell = re.compile(self.cells[place], re.ASCII)
        return sum(cell.fullmatch(text) is None for text in batch.columns[place][:_SAMPLE])


def _kind(place: int, runs: Collection[int], known: Collection[int]) -> str | None:
    if place in runs:
        return "run"
    return "alone" if place in known else None


def _captured(kind: str, places: Sequence[int], cells: Sequence[str], delimiter: str) -> str:
    if kind == "run":
        return f"({delimiter.join(cells[place] for place in places)})"
    return delimiter.join(f"({cells[place]})" for place in places)


def _groups(kind: str, places: tuple[int, ...]) -> list[Group]:
    return [Group(places, run=True)] if kind == "run" else [Group((place,), run=False) for place in places]


def _cell(column: Column | None, delimiter: str, *, restless: bool) -> str:
    if isinstance(column, EmptyColumn):
        return ""
    if not isinstance(column, NumberColumn):
        return rf'(?:"[^"]*+"|[^"{re.escape(delimiter)}\n]*+)'  # with one record in each line, no quote goes beyond it
    known = r"(?!)"
    if restless:
        known = _NUMBER
    elif column.least:
        extremes = [cell for cell in (column.least, column.greatest) if as_read_by_xgboost(cell) == cell]
        known = within(column.minimum, column.maximum, extremes, column.sample)
    return f"(?:{known}|)" if column.missing else known
