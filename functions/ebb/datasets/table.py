"""What reading a whole file, block by block, shows of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ebb.datasets.batch import Batch
from ebb.datasets.cells import is_missing
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn
from ebb.datasets.kinds import feature_column, label_column
from ebb.datasets.label_column import NumberLabel
from ebb.datasets.layout import Layout
from ebb.datasets.records import Block
from ebb.datasets.row_pattern import MAX_WIDTH, RowPattern
from ebb.problems import Gathered, Problems

_T = TypeVar("_T")
FIRST_ROWS = 100_000
_FEW = 0.2  # of a block's rows: then only those that miss the pattern are read
_TOO_MANY = 0.02  # then a new pattern may pay
_LONGEST_WAIT = 64  # blocks from one pattern to the next


@dataclass(frozen=True)
class Seen:
    """A block that was learned from. `batch` has the cells of all rows, or of those in `misses` only."""

    batch: Batch
    misses: Sequence[int] | None = None


@dataclass
class Table:
    """The columns that are used, by position: the label's and the features'."""

    layout: Layout
    columns: dict[int, Column]
    problems: Problems
    rows: int = 0
    repeated: int = 0
    twins: set[int] = field(default_factory=set)
    _found: Gathered = field(default_factory=Gathered)
    _first_rows: set[int] = field(default_factory=set)
    _pattern: RowPattern | None = None
    _restless: frozenset[int] = frozenset()
    _blocks_left: int = 0
    _wait: int = 1

    @classmethod
    def begun(cls, head: Block, layout: Layout, objective: str, num_class: int | None, problems: Problems) -> Table:
        """The columns' kinds, by the first block's rows; they are not counted yet."""
        batch = Batch.of(head, layout.delimiter, layout.width, Gathered())
        columns = {place: feature_column(place, layout.name(place), batch.columns[place]) for place in layout.features}
        labels = batch.columns[layout.label]
        label = columns[layout.label] = label_column(
            layout.label, layout.name(layout.label), labels, batch.numbers, objective, num_class, problems
        )
        twins = {place for place in layout.features if batch.columns[place] == labels}
        whole = isinstance(label, NumberLabel) and label.domain.whole  # no bounds tell 0.5 from a class
        return cls(layout, columns, problems, twins=twins, _restless=frozenset({layout.label} if whole else ()))

    @property
    def label(self) -> Column:
        return self.columns[self.layout.label]

    @property
    def is_numeric(self) -> bool:
        """Every column is known to hold numbers, so that a row can be written as soon as it is read."""
        return all(isinstance(column, NumberColumn) for column in self.columns.values())

    def absorb(self, block: Block, *, cells_wanted: bool) -> Seen:
        """Learn from a block. `cells_wanted`: the cells of every row, also of those that tell nothing new."""
        self._count_repeated(block)
        self._found = Gathered()
        seen = self._absorbed(block, cells_wanted=cells_wanted)
        self.problems.add(*self._found.all)
        return seen

    def _absorbed(self, block: Block, *, cells_wanted: bool) -> Seen:
        pattern = self._known()
        misses = pattern.misses(block.text.decode()) if pattern and not block.quoted else range(len(block.records))
        few = len(misses) <= _FEW * len(block.records)
        if pattern and few and self.is_numeric and not cells_wanted:
            return self._learn_from_misses(block, misses, pattern)
        batch = self.batch(block)
        if pattern and few and batch.count == len(block.records):
            self._learn_numbers_from_misses(batch, misses, pattern)
            return Seen(batch)
        if pattern and not block.quoted:
            self._restless |= pattern.beyond(batch)
            self._forget()
        self._learn(batch)
        return Seen(batch)

    def batch(self, block: Block) -> Batch:
        """The cells of its rows."""
        return Batch.of(block, self.layout.delimiter, self.layout.width, self._found)

    def _learn(self, batch: Batch) -> None:
        self.rows += batch.count
        for place in self.columns:
            self._absorb(place, batch.columns[place], batch.numbers)
        self.twins = {place for place in self.twins if batch.columns[place] == batch.columns[self.layout.label]}

    def _learn_numbers_from_misses(self, batch: Batch, misses: Sequence[int], pattern: RowPattern) -> None:
        """Of a number column only the cells that the pattern does not vouch for; of others all."""
        self.rows += batch.count
        numbers = [batch.numbers[row] for row in misses]
        for place, column in list(self.columns.items()):
            cells = batch.columns[place]
            if place in pattern.bounded:
                missed = [cells[row] for row in misses]
                column.missing += cells.count("") - missed.count("") if column.missing else 0
                self._absorb(place, missed, numbers)
            else:
                self._absorb(place, cells, batch.numbers)

    def _learn_from_misses(self, block: Block, misses: Sequence[int], pattern: RowPattern) -> Seen:
        """Only the rows that miss the pattern are taken apart; of the others the empty cells are counted."""
        self.rows += len(block.records) - len(misses)
        self._count_missing(block, misses, pattern)
        if pattern.restless:
            self._watch(block, misses, pattern.restless)
        batch = self.batch(block.only(misses))
        if misses:
            self._learn(batch)
        if len(misses) > _TOO_MANY * len(block.records):
            self._forget()
        return Seen(batch, misses)

    def _count_missing(self, block: Block, misses: Sequence[int], pattern: RowPattern) -> None:
        holed = [place for place in pattern.bounded if self.columns[place].missing]
        if not holed:
            return
        delimiter, proven = self.layout.delimiter.encode(), _without(block.records, misses)
        two = delimiter * 2
        lines = [line for line in proven if two in line or line[:1] == delimiter or line[-1:] == delimiter]
        cells = delimiter.join(lines).split(delimiter)
        for place in holed:
            self.columns[place].missing += cells[place :: self.layout.width].count(b"") if lines else 0

    def _watch(self, block: Block, misses: Sequence[int], places: Iterable[int]) -> None:
        delimiter = self.layout.delimiter.encode()
        proven, numbers = _without(block.records, misses), _without(block.numbers, misses)
        for place in places:
            self._absorb(place, [line.split(delimiter, place + 1)[place].decode() for line in proven], numbers)

    def _absorb(self, place: int, cells: list[str], numbers: Sequence[int]) -> None:
        column = self.columns[place]
        if isinstance(column, EmptyColumn) and not all(map(is_missing, cells)):
            missing, column = column.missing, feature_column(place, column.name, cells)
            column.missing = missing
            self.columns[place] = column
        column.absorb(cells, numbers, self._found)

    def _known(self) -> RowPattern | None:
        """A pattern of the rows that tell nothing new; None where it would not help."""
        if self.twins or not self.rows or self.layout.width > MAX_WIDTH:
            return None
        if self._pattern is None:
            self._pattern = RowPattern.of(self.layout, self.columns, self._restless)
        self._blocks_left -= 1
        return self._pattern

    def _forget(self) -> None:
        """Make a new pattern of what was learned since; more and more seldom, for it takes its time."""
        if self._blocks_left <= 0:
            self._pattern, self._blocks_left = None, self._wait
            self._wait = min(2 * self._wait, _LONGEST_WAIT)

    def _count_repeated(self, block: Block) -> None:
        """Among the first 100,000 rows, by Python's hash of 64 bits: how many are there again."""
        first = block.records[: max(FIRST_ROWS - self.rows, 0)]
        before = len(self._first_rows)
        self._first_rows.update(map(hash, first))
        self.repeated += len(first) - (len(self._first_rows) - before)


def _without(items: Sequence[_T], places: Sequence[int]) -> Sequence[_T]:
    if not places:
        return items
    left_out = set(places)
    return [item for place, item in enumerate(items) if place not in left_out]
