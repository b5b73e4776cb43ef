"""Reads a table whole, judges it, and writes what the container trains on; or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from ebb.datasets.dataset import Dataset, format_facts, label_facts, row_counts
from ebb.datasets.encoding import Encoding, column_facts
from ebb.datasets.label_column import problems_of_label
from ebb.datasets.layout import Layout, layout_of
from ebb.datasets.records import Block, Records
from ebb.datasets.row_writer import RowWriter
from ebb.datasets.source import Reading, Source
from ebb.datasets.split import Sink, Split
from ebb.datasets.table import Table
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
    head = next(blocks, None)
    if head is None:
        raise problems.last(Problem(Code.EMPTY_FILE, "The file is empty.", "Upload a table with at least 10 rows."))
    layout = layout_of(head, settings, problems)
    head = head.without_first() if layout.has_header else head
    table = Table.begun(head, layout, settings.objective, settings.num_class, problems)
    rest = chain(head.pieces(), blocks)
    with sink.open() as parts:
        split = Split(parts, settings.validation)
        if table.is_numeric:
            encoding = Encoding.of(layout, table.columns)
            problems.add(*_unfit_settings(settings, encoding))
            _read_once(rest, table, RowWriter(table, encoding, split))
            _judge(table, settings)
            _refuse_too_large(fits(table.rows, len(encoding.features)), problems)
        else:
            for block in rest:
                table.absorb(block, whole_rows=False)
            _judge(table, settings)
            encoding = Encoding.of(layout, table.columns)
            problems.add(*_unfit_settings(settings, encoding))
            if problems.all:
                raise problems.refusal()
            _refuse_too_large(fits(table.rows, len(encoding.features)), problems)
            table.learned()
            writer = RowWriter(table, encoding, split)
            for block in _again(source, layout, max_bytes):
                writer.write(block, table.read_again(block))
        split.finish()
        if not split.train:
            remedy = "Upload more rows that differ from each other, or set validation = 0 in model.toml."
            raise problems.last(Problem(Code.NO_TRAINING_ROWS, "Every row would be held out.", remedy))
    return Dataset(
        format=format_facts(encoding, compressed=reading.is_compressed),
        objective=settings.objective,
        label=label_facts(table),
        columns=column_facts(layout, table.columns, encoding, table.rows),
        features=encoding.features,
        encoding=encoding.digest,
        rows=row_counts(table, split),
        validation=settings.validation,
        sha256=reading.digest.hexdigest(),
        warnings=warnings_of(table, split),
    )


def _read_once(blocks: Iterator[Block], table: Table, writer: RowWriter) -> None:
    """Rows are written as they are proven."""
    for block in blocks:
        seen = table.absorb(block, whole_rows=writer.takes_whole_rows)
        if not table.problems.all:  # otherwise nothing will be kept: the rest is read for its problems
            writer.write(block, seen)


def _again(source: Source, layout: Layout, max_bytes: int) -> Iterator[Block]:
    """The second pass: the same bytes once more."""
    problems = Problems()
    blocks = Records(Reading(source, problems, max_bytes).text(), problems).blocks()
    head = next(blocks)
    yield from (head.without_first() if layout.has_header else head).pieces()
    yield from blocks


def _refuse_too_large(problem: Problem | None, problems: Problems) -> None:
    if problem:
        raise problems.last(problem)


def _unfit_settings(settings: ModelSettings, encoding: Encoding) -> Iterator[Problem]:
    """Seen with xgboost 3.2.0: more constraints than features end the job, fewer leave the others free."""
    constraints = len(re.findall(r"[+-]?\d+", str(settings.hyperparameters.get("monotone_constraints", ""))))
    features = len(encoding.features)
    if constraints > features:
        problem = f"model.toml: hyperparameters.monotone_constraints has {constraints} entries for {features} features."
        names = ", ".join(map(quoted, encoding.features[:MAX_SHOWN]))
        remedy = f"Give one for each encoded feature, in this order: {names}{' …' if features > MAX_SHOWN else ''}."
        yield Problem(Code.WRONG_SETTING, problem, remedy)


def _judge(table: Table, settings: ModelSettings) -> None:
    """What only the whole file shows."""
    problems = table.problems
    if table.rows < MIN_ROWS and not problems.all:
        remedy = f"A model needs at least {MIN_ROWS} rows to learn from and to be tested on."
        if table.rows:
            problem = f"The file has only {table.rows} row{'s' if table.rows > 1 else ''}."
            problems.add(Problem(Code.TOO_FEW_ROWS, problem, remedy))
        else:
            problems.add(Problem(Code.EMPTY_FILE, "The file has no rows.", remedy))
    elif not problems.all:
        problems.add(*problems_of_label(table.label, settings.num_class))
    if problems.all:
        raise problems.refusal()
