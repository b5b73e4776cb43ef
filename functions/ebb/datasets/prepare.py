"""Reads a table whole, judges it, and writes what the container trains on; or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ebb.datasets.dataset import Dataset, format_facts, label_facts, row_counts
from ebb.datasets.encoding import Encoding, column_facts
from ebb.datasets.head import Head
from ebb.datasets.label_judgement import constant_label, label_that_nobody_named
from ebb.datasets.layout import layout_of, no_label
from ebb.datasets.records import Block, Records
from ebb.datasets.row_writer import RowWriter
from ebb.datasets.source import Reading, Source
from ebb.datasets.split import Sink, Split
from ebb.datasets.table import Table
from ebb.datasets.task import Task
from ebb.datasets.warnings import warnings_of
from ebb.problems import Code, Problem, Problems, quoted

if TYPE_CHECKING:
    from ebb.settings.model_settings import ModelSettings

MIN_ROWS = 10
MAX_SHOWN = 20


Fits = Callable[[int, int], Problem | None]


def prepare(
    source: Source, settings: ModelSettings, sink: Sink, *, max_bytes: int, fits: Fits = lambda _rows, _features: None
) -> Dataset:
    """RefusedError names up to 20 problems. A table of numbers is read once, one with text twice: values first.

    `fits`: what is wrong with a matrix of so many rows and features.
    """
    problems = Problems()
    reading = Reading(source, problems, max_bytes)
    blocks = Records(reading.text(), problems).blocks()
    first = next(blocks, None)
    if first is None:
        raise problems.last(Problem(Code.EMPTY_FILE, "The file is empty.", "Upload a table with at least 10 rows."))
    layout, head = layout_of(first, settings, problems)
    first = first.without_first() if layout.has_header else first
    table = Table.begun(first, head, layout, settings, problems)
    preparing = _Preparing(source, settings, sink, max_bytes, fits, table, head)
    split, encoding = preparing.written(chain(first.pieces(), blocks))
    task = encoding.task
    return Dataset(
        format=format_facts(encoding, compressed=reading.is_compressed),
        task=task,
        label=label_facts(table, task),
        columns=column_facts(layout, table.columns, encoding, table.rows),
        features=encoding.features,
        encoding=encoding.digest,
        rows=row_counts(table, split),
        validation=settings.validation,
        sha256=reading.digest.hexdigest(),
        warnings=warnings_of(table, task, split),
    )


class _OtherwiseError(Exception):
    """The label is learned otherwise than its first rows let it expect: what was written of it is void."""


@dataclass(frozen=True)
class _Preparing:
    """Reads a table, and writes its rows."""

    source: Source
    settings: ModelSettings
    sink: Sink
    max_bytes: int
    fits: Fits
    table: Table
    head: Head

    def written(self, rest: Iterator[Block]) -> tuple[Split, Encoding]:
        """A table of numbers whose label is as presumed is read once, every other one twice."""
        presumed = self.table.presumed
        if presumed is not None:
            try:
                return self._read_once(rest, presumed)
            except _OtherwiseError:
                pass  # it is known whole by now
        else:
            for block in rest:
                self.table.absorb(block, whole_rows=False)
        return self._read_again()

    def _read_once(self, blocks: Iterator[Block], presumed: Task) -> tuple[Split, Encoding]:
        """Rows are written as they are proven."""
        table = self.table
        with self.sink.open() as parts:
            split = Split(parts, self.settings.validation)
            encoding = self._encoding(presumed)
            self._refuse_misfits(encoding)
            read_once(blocks, table, RowWriter(table, encoding, split))
            if not table.problems.all and not table.is_as_presumed:
                raise _OtherwiseError
            encoding = self._encoding(self._judged())
            self._refuse_too_large(encoding)
            self._finish(split)
        return split, encoding

    def _read_again(self) -> tuple[Split, Encoding]:
        table = self.table
        encoding = self._encoding(self._judged())
        self._refuse_misfits(encoding)
        self._refuse_too_large(encoding)
        table.learned()
        with self.sink.open() as parts:
            split = Split(parts, self.settings.validation)
            writer = RowWriter(table, encoding, split)
            for block in self._blocks_again():
                writer.write(block, table.read_again(block))
            self._finish(split)
        return split, encoding

    def _encoding(self, task: Task) -> Encoding:
        return Encoding.of(self.table.layout, self.table.columns, task)

    def _blocks_again(self) -> Iterator[Block]:
        """The second pass: the same bytes once more."""
        problems = Problems()
        blocks = Records(Reading(self.source, problems, self.max_bytes).text(), problems).blocks()
        first = next(blocks)
        yield from (first.without_first() if self.table.layout.has_header else first).pieces()
        yield from blocks

    def _judged(self) -> Task:
        """What only the whole file shows."""
        table, problems = self.table, self.table.problems
        if table.rows < MIN_ROWS and not problems.all:
            problems.add(_too_few_rows(table.rows))
        elif not problems.all:
            problems.add(*constant_label(table.label))
        if problems.all:
            raise problems.refusal()
        if why := label_that_nobody_named(table):
            layout = table.layout
            raise no_label(self.head, layout, self.settings, problems, why)
        task = table.task
        if isinstance(task, Problem):
            raise problems.last(task)
        return task

    def _refuse_misfits(self, encoding: Encoding) -> None:
        problems, task = self.table.problems, encoding.task
        problems.add(*_unfit_constraints(self.settings, encoding))
        if task.objective != self.settings.objective or task.num_class != self.settings.num_class:
            problems.add(*self.settings.for_task(task.objective, task.num_class).misfits())
        if problems.all:
            raise problems.refusal()

    def _refuse_too_large(self, encoding: Encoding) -> None:
        problem = self.fits(self.table.rows, len(encoding.features))
        if problem:
            raise self.table.problems.last(problem)

    def _finish(self, split: Split) -> None:
        split.finish()
        if not split.train:
            remedy = "Upload more rows that differ from each other, or set validation = 0 in model.toml."
            problem = Problem(Code.NO_TRAINING_ROWS, "Every row would be held out.", remedy)
            raise self.table.problems.last(problem)


def read_once(blocks: Iterator[Block], table: Table, writer: RowWriter) -> None:
    """What will not be kept, of problems or of another label than was presumed, is read on, but not written."""
    for block in blocks:
        seen = table.absorb(block, whole_rows=writer.takes_whole_rows)
        if not table.problems.all and table.is_as_presumed:
            writer.write(block, seen)


def _unfit_constraints(settings: ModelSettings, encoding: Encoding) -> Iterator[Problem]:
    """Seen with xgboost 3.2.0: more constraints than features end the job, fewer leave the others free."""
    constraints = len(re.findall(r"[+-]?\d+", str(settings.hyperparameters.get("monotone_constraints", ""))))
    features = len(encoding.features)
    if constraints > features:
        problem = f"model.toml: hyperparameters.monotone_constraints has {constraints} entries for {features} features."
        names = ", ".join(map(quoted, encoding.features[:MAX_SHOWN]))
        remedy = f"Give one for each encoded feature, in this order: {names}{' …' if features > MAX_SHOWN else ''}."
        yield Problem(Code.WRONG_SETTING, problem, remedy)


def _too_few_rows(rows: int) -> Problem:
    remedy = f"A model needs at least {MIN_ROWS} rows to learn from and to be tested on."
    if not rows:
        return Problem(Code.EMPTY_FILE, "The file has no rows.", remedy)
    return Problem(Code.TOO_FEW_ROWS, f"The file has only {rows} row{'s' if rows > 1 else ''}.", remedy)
