"""What a file's first block shows of its columns, before anything is known of their meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ebb.datasets.batch import Batch, cells_of_record
from ebb.datasets.column_kinds import Tally
from ebb.datasets.order import Order
from ebb.datasets.records import Block
from ebb.problems import Gathered

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?")


@dataclass
class HeadColumn:
    """`empty`: every cell is nothing at all. `dates`: every cell that is no number is an ISO date."""

    tally: Tally = field(default_factory=Tally)
    order: Order = field(default_factory=Order)
    empty: bool = True
    dates: bool = True

    @property
    def is_text(self) -> bool:
        return bool(self.tally.present) and not self.tally.is_numeric

    def see(self, cells: Sequence[str], numbers: Sequence[int]) -> None:
        self.tally.count(cells, numbers)
        self.order.follow(cells)
        self.empty = self.empty and not any(cells)
        self.dates = self.dates and all(map(_ISO_DATE.match, filter(None, cells)))

    def preceded_by(self, cell: str, number: int) -> HeadColumn:
        """With one more row above the others."""
        above = Tally()
        above.count([cell], [number])
        dates = self.dates and (not cell or _ISO_DATE.match(cell) is not None)
        return HeadColumn(self.tally.below(above), self.order.preceded_by(cell), self.empty and not cell, dates)


@dataclass(frozen=True)
class Head:
    """`first`: the cells of the first line. `columns`: of the rows below it, which have `width` cells each.

    `rows`: how many they are; `regular`: all have as many.
    """

    first: list[str]
    line: int
    width: int
    columns: tuple[HeadColumn, ...]
    rows: int
    regular: bool

    @classmethod
    def of(cls, first: list[str], block: Block, delimiter: str) -> Head:
        """Rows that are one cell longer or shorter than the first line count by their own width, if all are."""
        below = block.without_first()
        second = cells_of_record(below, delimiter) if below.records else None
        if second and abs(len(second) - len(first)) == 1:
            found = cls._read(first, block.numbers[0], below, delimiter, len(second))
            if found.regular:
                return found
        return cls._read(first, block.numbers[0], below, delimiter, len(first))

    @classmethod
    def _read(cls, first: list[str], line: int, below: Block, delimiter: str, width: int) -> Head:
        columns = tuple(HeadColumn() for _ in range(width))
        ragged, rows = Gathered(), 0
        for piece in below.pieces():
            batch = Batch.of(piece, delimiter, width, ragged)
            for column, cells in zip(columns, batch.columns, strict=True):
                column.see(cells, batch.numbers)
            rows += batch.count
        return cls(first, line, width, columns, rows, regular=not ragged.all)

    def with_first_row(self) -> Head:
        """The first line is a row as the others are."""
        cells = zip(self.columns, self.first, strict=True)
        columns = tuple(column.preceded_by(cell, self.line) for column, cell in cells)
        return replace(self, columns=columns, rows=self.rows + 1)

    def of_first_width(self, block: Block, delimiter: str) -> Head:
        """By the width of the first line, whatever the others have."""
        if self.width == len(self.first):
            return self
        return Head._read(self.first, self.line, block.without_first(), delimiter, len(self.first))
