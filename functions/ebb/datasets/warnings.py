"""What is odd about a table, but usable."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ebb.datasets.columns import Column, EmptyColumn, NumberColumn, ValueColumn
from ebb.datasets.order import FIRST_ROWS
from ebb.datasets.split import Split
from ebb.datasets.table import Table
from ebb.datasets.task import Task, doubts
from ebb.problems import Code, Problem, quoted

_MOSTLY = 0.5
MAX_WARNINGS = 100
_OTHERS = 90
_TWO = 2


def warnings_of(table: Table, task: Task, split: Split) -> tuple[Problem, ...]:
    """At most a hundred: whoever has more odd columns than that has one oddity."""
    of_label = doubts(table.label, task, table.settings)
    of_classes = [*_of_num_class(table.label, task), *_of_classes(table.label, task, split)]
    others = [*_of_rows(table), *of_label, *of_classes, *_of_split(split)]
    others = [*table.layout.remarks, *others[:_OTHERS]]
    return (*islice(_of_columns(table), MAX_WARNINGS - len(others)), *others)


def _of_columns(table: Table) -> Iterator[Problem]:
    for place in table.layout.features:
        column = table.columns[place]
        leave_out = f"Leave it out: {column.in_drop}."
        if isinstance(column, EmptyColumn):
            problem = "The column is empty in every row; the model learns nothing from it."
            yield column.problem(Code.EMPTY_COLUMN, problem, leave_out, None, None)
            continue
        value = _only_value(column)
        if value is not None:
            where = "where it is not missing" if column.missing else "in every row"
            problem = f"The column has the same value {where}: {quoted(value)}."
            yield column.problem(Code.CONSTANT_COLUMN, problem, leave_out, None, value)
        if column.missing > _MOSTLY * table.rows:
            problem = f"The column is missing in {column.missing / table.rows:.0%} of the rows."
            remedy = f"Fill it in where the value is known, or leave it out: {column.in_drop}."
            yield column.problem(Code.MOSTLY_MISSING, problem, remedy, None, None)
        if place in table.counters and table.sorting.is_sorted:
            among = f"the first {FIRST_ROWS:,} rows" if table.rows > FIRST_ROWS else "the rows"
            problem = f"The column counts {among}, and they are sorted by the label: the model may learn their order."
            yield column.problem(Code.COUNTS_ROWS, problem, leave_out, None, None)
        if place in table.twins:
            problem = "The column equals the label in every row, so the model will only copy it."
            yield column.problem(Code.SAME_AS_LABEL, problem, leave_out, None, None)


def _only_value(column: Column) -> str | None:
    if isinstance(column, NumberColumn) and column.minimum == column.maximum:
        return column.least
    if isinstance(column, ValueColumn) and len(column.values) == 1:
        return next(iter(column.values))
    return None


def _of_rows(table: Table) -> Iterator[Problem]:
    if table.repeated:
        among = f"the first {FIRST_ROWS:,} rows" if table.rows > FIRST_ROWS else f"the {table.rows:,} rows"
        problem = f"{table.repeated:,} of {among} repeat{'s' if table.repeated == 1 else ''} an earlier one."
        remedy = "Remove them if they are there by accident: repeated rows count more in training."
        yield Problem(Code.DUPLICATE_ROWS, problem, remedy)


def _of_classes(label: Column, task: Task, split: Split) -> Iterator[Problem]:
    held, trained = split.held_out_classes, split.train_classes
    for number, name in enumerate(task.classes or ()):
        if not trained.get(str(number)):
            problem = f"The class {quoted(name)} has no row to train on."
            yield label.problem(Code.CLASS_WITHOUT_ROWS, problem, "Add rows of this class.", None, name)
        elif split.validation and not held.get(str(number)):
            problem = f"The class {quoted(name)} has no held-out row, so it is never tested."
            remedy = "Add rows of this class, or raise validation."
            yield label.problem(Code.CLASS_NOT_HELD_OUT, problem, remedy, None, name)


def _of_num_class(label: Column, task: Task) -> Iterator[Problem]:
    found = len(task.classes or ())
    if task.classes is not None and (task.num_class or 0) > max(found, _TWO):
        problem = f"num_class is {task.num_class}, and the label has {found} classes: the others are never answered."
        yield label.problem(Code.CLASS_WITHOUT_ROWS, problem, "Leave num_class out of model.toml.", None, None)


def _of_split(split: Split) -> Iterator[Problem]:
    if split.share and not split.validation:
        problem = "No row is held out, so the model is tested on rows that it has seen."
        yield Problem(Code.NOTHING_HELD_OUT, problem, "Add rows, or raise validation in model.toml.")
