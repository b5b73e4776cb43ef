"""How a column's cells follow each other: whether they count the rows, or are sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ebb.datasets.cells import is_number

FIRST_ROWS = 100_000


@dataclass
class Order:
    """`rises`: whole numbers, each larger than the one before. `counts`: by one, besides."""

    rows: int = 0
    rises: bool = True
    counts: bool = True
    _first: float = 0.0
    _last: float = 0.0

    @property
    def counts_the_rows(self) -> bool:
        return self.counts and self.rows > 1

    @property
    def rises_with_the_rows(self) -> bool:
        return self.rises and self.rows > 1

    def follow(self, cells: Sequence[str]) -> None:
        """The cells of the next rows, all of them."""
        for cell in cells if self.rises else ():
            number = _whole(cell)
            if number is None or (self.rows and number <= self._last):
                self.rises = self.counts = False
                return
            if not self.rows:
                self._first = number
            else:
                self.counts = self.counts and number - self._last == 1
            self._last = number
            self.rows += 1

    def preceded_by(self, cell: str) -> Order:
        """With one more row above the others."""
        if not self.rises or not self.rows:
            other = Order()
            other.follow([cell] if self.rises else [cell, ""])
            return other
        number = _whole(cell)
        rises = number is not None and number < self._first
        counts = self.counts and rises and self._first - (number or 0.0) == 1
        return Order(self.rows + 1, rises, counts, number or 0.0, self._last)


def _whole(cell: str) -> float | None:
    number = float(cell) if is_number(cell) else 0.5
    return number if number.is_integer() else None


@dataclass
class Sorting:
    """Whether a label's rows are sorted by it: numbers up or down, texts in one stretch each."""

    rises: bool = True
    falls: bool = True
    grouped: bool = True
    _seen: set[str] = field(default_factory=set)
    _last: str | None = None

    @property
    def may_be_sorted(self) -> bool:
        return self.rises or self.falls or self.grouped

    @property
    def is_sorted(self) -> bool:
        return len(self._seen) > 1 and self.may_be_sorted

    def follow(self, cells: Sequence[str]) -> None:
        for cell in cells:
            if cell == self._last:
                continue
            if self._last is not None:
                self._step(self._last, cell)
            if not self.may_be_sorted:
                return
            self._seen.add(cell)
            self._last = cell

    def _step(self, before: str, after: str) -> None:
        self.grouped = self.grouped and after not in self._seen
        both = is_number(before) and is_number(after)
        self.rises = self.rises and both and float(after) >= float(before)
        self.falls = self.falls and both and float(after) <= float(before)
