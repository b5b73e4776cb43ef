"""What reading a whole file, block by block, shows of its columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ebb.datasets.batch import Batch, plain_cells
from ebb.datasets.cells import is_missing
from ebb.datasets.column_kinds import Tally, feature_column, label_column
from ebb.datasets.columns import Column, EmptyColumn, NoColumn, NumberColumn, ValueColumn
from ebb.datasets.head import Head
from ebb.datasets.label_column import NumberLabel
from ebb.datasets.label_rule import How
from ebb.datasets.layout import Layout
from ebb.datasets.order import FIRST_ROWS, Order, Sorting
from ebb.datasets.records import Block
from ebb.datasets.row_pattern import MAX_WIDTH, Group, RowPattern
from ebb.datasets.task import Task, found_task
from ebb.problems import Code, Gathered, Problem, Problems

if TYPE_CHECKING:
    from ebb.settings.live_label import LiveLabel
    from ebb.settings.model_settings import ModelSettings

_T = TypeVar("_T")
_Text = TypeVar("_Text", str, bytes)
MAX_FEATURES = 10_000
_MANY_TEXTS = 10_000
_FEW = 0.2  # of a block's rows: then only those that miss the pattern are read


@dataclass(frozen=True)
class Seen:
    """A block that was read. `batch` has the cells of all rows, or only of the `misses`: rows, counted from 0.

    The others are proven; `groups` has their cells by the pattern's groups, unless they were not wanted.
    """

    batch: Batch
    misses: Sequence[int] | None = None
    groups: Sequence[tuple[Group, Sequence[str]]] = ()


@dataclass
class Table:
    """The columns that are used, by position: the label's and the features'."""

    layout: Layout
    columns: dict[int, Column]
    problems: Problems
    settings: ModelSettings
    presumed: Task | None = None
    rows: int = 0
    repeated: int = 0
    twins: set[int] = field(default_factory=set)
    counters: set[int] = field(default_factory=set)
    order: Order = field(default_factory=Order)
    sorting: Sorting = field(default_factory=Sorting)
    _found: Gathered = field(default_factory=Gathered)
    _first_rows: set[int] = field(default_factory=set)
    _pattern: RowPattern | None = None
    _restless: frozenset[int] = frozenset()
    _plain_texts: dict[int, dict[str, str]] = field(default_factory=dict)
    _blocks_left: int = 0
    _wait: int = 1

    @classmethod
    def begun(cls, block: Block, head: Head, layout: Layout, settings: ModelSettings, problems: Problems) -> Table:
        """The columns' kinds, by the first block's rows; they are not counted yet."""
        tallies = [column.tally for column in head.columns]
        columns = {place: feature_column(place, layout.name(place), tallies[place]) for place in layout.features}
        counters = {place for place in layout.features if head.columns[place].order.counts_the_rows}
        table = cls(layout, columns, problems, settings, twins=set(layout.features), counters=counters)
        columns[layout.label] = table._new_label(tallies[layout.label], problems)
        label, sorting = table._new_label(tallies[layout.label], Gathered()), Sorting()
        presumed = label if table.is_numeric and isinstance(label, NumberLabel) else None
        for piece in block.pieces():
            cells = Batch.of(piece, layout.delimiter, layout.width, Gathered())
            labels = cells.columns[layout.label]
            table.twins = {place for place in table.twins if cells.columns[place] == labels}
            if table.counters:
                sorting.follow(labels)
                table.counters = table.counters if sorting.may_be_sorted else set()
            if presumed:
                presumed.absorb(labels, cells.numbers, Gathered())
            if not (table.twins or table.counters or (presumed and presumed.must_be_seen)):
                break
        if layout.ending is not None:
            columns[layout.ending] = NoColumn(layout.ending, None)
        if presumed:
            task = found_task(presumed, settings, table.live)
            table.presumed = task if isinstance(task, Task) else None
        return table

    def _new_label(self, tally: Tally, problems: Problems) -> Column:
        place, objective = self.layout.label, self.settings.objective
        return label_column(place, self.layout.name(place), tally, objective, self.live, problems)

    @property
    def live(self) -> LiveLabel | None:
        """What is predicted already, if this is the same column."""
        live, place = self.settings.live, self.layout.label
        return live if live and live.is_that_of(self.layout.name(place), place) else None

    @property
    def task(self) -> Task | Problem:
        """What is learned, by all that was seen of the label."""
        return found_task(self.label, self.settings, self.live)

    @property
    def is_as_presumed(self) -> bool:
        """Whether the label is still learned as its first rows let it expect: then rows are written as they come."""
        task, label = self.presumed, self.label
        if task is None or not isinstance(label, NumberLabel):
            return False
        if task.classes is None:
            return label.values is None or (isinstance(found := self.task, Task) and found.classes is None)
        return label.values is not None and label.values.keys() <= set(task.order or ())

    @property
    def label(self) -> Column:
        return self.columns[self.layout.label]

    @property
    def is_numeric(self) -> bool:
        """Every column is known to hold numbers, so that a row can be written as soon as it is read."""
        used = (column for place, column in self.columns.items() if place != self.layout.ending)
        return all(isinstance(column, NumberColumn) for column in used)

    def absorb(self, block: Block, *, whole_rows: bool) -> Seen:
        """Learn from a block. `whole_rows`: of the proven rows nobody wants to know the cells."""
        self._count_repeated(block)
        self._found = Gathered()
        seen = self._absorbed(block, whole_rows=whole_rows)
        self.problems.add(*self._found.all)
        self._refuse_too_many_features()
        return seen

    def _refuse_too_many_features(self) -> None:
        features = sum(len(column.values) for column in self.columns.values() if isinstance(column, ValueColumn))
        if features > MAX_FEATURES:
            problem = f"The categories would become more than {MAX_FEATURES:,} features."
            remedy = "Leave columns of text out: drop = […] in model.toml."
            raise self.problems.last(Problem(Code.TOO_MANY_COLUMNS, problem, remedy))

    def learned(self) -> None:
        """Nothing more will be: the pattern of the second pass knows everything."""
        self._pattern = None

    def read_again(self, block: Block) -> Seen:
        """The cells of a block that was learned from before."""
        pattern = self._known()
        proven = self._proven(block, pattern) if pattern else None
        return proven[0] if proven else Seen(self.batch(block))

    def _absorbed(self, block: Block, *, whole_rows: bool) -> Seen:
        pattern = self._known()
        if pattern and whole_rows and not block.quoted:
            misses = pattern.misses(block.text.decode())
            if len(misses) <= _FEW * len(block.records):
                return self._learn_from_misses(block, misses, pattern)
        elif pattern and (proven := self._proven(block, pattern)):
            self._learn_from_proven(block, *proven)
            return proven[0]
        batch = self.batch(block)
        if pattern and block.one_line_each:
            self._restless |= pattern.beyond(batch)
            self._forget()
        self._learn(batch)
        return Seen(batch)

    def _proven(self, block: Block, pattern: RowPattern) -> tuple[Seen, int] | None:
        """The rows that match, and how many; None if they are not most."""
        if not block.one_line_each:
            return None
        text = block.text.decode()
        count, found = pattern.found(text)
        if count < (1 - _FEW) * len(block.records):
            return None
        misses = pattern.misses(text) if count < len(block.records) else []
        groups = [(group, self._plain(group, cells)) for group, cells in zip(pattern.groups, found, strict=True)]
        return Seen(self.batch(block.only(misses)), misses, groups), count

    def _plain(self, group: Group, cells: Sequence[str]) -> Sequence[str]:
        """Only cells of text stand in quotes, or have spaces around them."""
        place = group.places[0]
        column = self.columns[place]
        if not isinstance(column, ValueColumn) or column.closed:
            return cells
        known = self._plain_texts.setdefault(place, {})
        if len(known) > _MANY_TEXTS:
            known.clear()
        return plain_cells(cells, known)

    def _learn_from_proven(self, block: Block, seen: Seen, count: int) -> None:
        misses = seen.misses or ()
        self.rows += count
        numbers = _without(block.numbers, misses)
        for group, cells in seen.groups:
            if group.run:
                self._count_missing(group.places, cells, self.layout.delimiter, group.places)
            else:
                self._absorb(group.places[0], list(cells), numbers)
        if misses:
            self._learn(seen.batch)
            self._forget()

    def batch(self, block: Block) -> Batch:
        """The cells of its rows."""
        return Batch.of(block, self.layout.delimiter, self.layout.width, self._found)

    def _learn(self, batch: Batch) -> None:
        self.rows += batch.count
        for place in self.columns:
            self._absorb(place, batch.columns[place], batch.numbers)
        labels = batch.columns[self.layout.label]
        self.twins = {place for place in self.twins if batch.columns[place] == labels}
        self._follow(labels)

    def _follow(self, labels: list[str]) -> None:
        """The order of the rows; while it tells something, every row is read."""
        if self._is_followed:
            self.order.follow(labels)
        if self.counters and self.rows - len(labels) < FIRST_ROWS:
            self.sorting.follow(labels)
            if not self.sorting.may_be_sorted:
                self.counters = set()

    @property
    def _is_followed(self) -> bool:
        """A label that nobody named must not count the rows; without a name, nor rise with them."""
        how, order = self.layout.how, self.order
        if how is How.NAMED or not order.rises:
            return False
        return order.counts or (how is How.FIRST and order.rows < FIRST_ROWS)

    def _learn_from_misses(self, block: Block, misses: list[int], pattern: RowPattern) -> Seen:
        """Only the rows that miss the pattern are taken apart; of the others the empty cells are counted."""
        self.rows += len(block.records) - len(misses)
        if any(column.missing for column in self.columns.values()):
            lines = _without(block.records, misses)
            self._count_missing(range(self.layout.width), lines, self.layout.delimiter.encode(), pattern.bounded)
        if pattern.restless:
            self._watch(block, misses, pattern.restless)
        batch = self.batch(block.only(misses))
        if misses:
            self._learn(batch)
            self._forget()
        return Seen(batch, misses)

    def _count_missing(
        self, places: Sequence[int], lines: Sequence[_Text], delimiter: _Text, counted: Collection[int]
    ) -> None:
        """The empty cells of those `counted` that are known to have some; `places`: the columns of these lines."""
        holed = [index for index, place in enumerate(places) if place in counted and self.columns[place].missing]
        if not holed:
            return
        two, nothing = delimiter + delimiter, delimiter[:0]
        if len(places) > 1:
            lines = [line for line in lines if two in line or line[:1] == delimiter or line[-1:] == delimiter]
        cells = delimiter.join(lines).split(delimiter) if lines else []
        for index in holed:
            self.columns[places[index]].missing += cells[index :: len(places)].count(nothing)

    def _watch(self, block: Block, misses: list[int], places: Iterable[int]) -> None:
        delimiter = self.layout.delimiter.encode()
        proven, numbers = _without(block.records, misses), _without(block.numbers, misses)
        for place in places:
            self._absorb(place, [line.split(delimiter, place + 1)[place].decode() for line in proven], numbers)

    def _absorb(self, place: int, cells: list[str], numbers: Sequence[int]) -> None:
        column = self.columns[place]
        was_open = isinstance(column, NumberLabel) and column.must_be_seen
        if isinstance(column, EmptyColumn) and place != self.layout.ending and not all(map(is_missing, cells)):
            tally = Tally()
            tally.count(cells, numbers)
            empty, column = column, feature_column(place, column.name, tally)
            column.missing = empty.missing
            if isinstance(column, NumberColumn):
                column.irregular = empty.irregular
            elif isinstance(column, ValueColumn):
                column.values.update(empty.words)
                column.missing -= empty.words.total()
            self.columns[place] = column
            self._pattern = None  # it was made for another kind
        column.absorb(cells, numbers, self._found)
        if was_open and isinstance(column, NumberLabel) and not column.must_be_seen:
            self._pattern = None  # from now on its bounds are all that is to be known

    def _known(self) -> RowPattern | None:
        """A pattern of the rows that tell nothing new; None where it would not help."""
        followed = self._is_followed or (self.counters and self.rows < FIRST_ROWS)
        if self.twins or followed or not self.rows or self.layout.width > MAX_WIDTH:
            return None
        if self._pattern is None:
            label = self.label
            open_label = {self.layout.label} if isinstance(label, NumberLabel) and label.must_be_seen else set()
            self._pattern = RowPattern.of(self.layout, self.columns, self._restless | open_label)
        self._blocks_left -= 1
        return self._pattern

    def _forget(self) -> None:
        """Make a new pattern of what was learned since; more and more seldom, for it takes its time."""
        if self._blocks_left <= 0:
            self._pattern, self._blocks_left = None, self._wait
            self._wait *= 2

    def _count_repeated(self, block: Block) -> None:
        """Among the first 100,000 rows, by Python's hash of 64 bits: how many are there again."""
        first = block.records[: max(FIRST_ROWS - self.rows, 0)]
        before = len(self._first_rows)
        self._first_rows.update(map(hash, first))
        self.repeated += len(first) - (len(self._first_rows) - before)


def _without(items: Sequence[_T], places: Sequence[int]) -> Sequence[_T]:
    """`places` in ascending order, and few."""
    if not places:
        return items
    kept = list(items)
    for place in reversed(places):
        del kept[place]
    return kept
