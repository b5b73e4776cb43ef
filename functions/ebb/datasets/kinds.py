"""What kind of column it is: the majority of its present cells in the file's first block decides."""

from __future__ import annotations

from collections.abc import Sequence

from ebb.datasets.cells import WITH_COMMAS, is_missing, is_number
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn, ValueColumn, floats
from ebb.datasets.label_column import ClassNumbers, ClassWords, NumberLabel
from ebb.datasets.labels import MAX_CLASSES, domain_of
from ebb.problems import Code, Problems, quoted


def looks_numeric(cells: Sequence[str]) -> bool:
    """The majority of what is present are numbers, be it with commas that will be refused."""
    if floats(cells):
        return True
    present = [cell for cell in cells if not is_missing(cell)]
    return sum(map(_is_like_a_number, present)) * 2 > len(present)


def _is_like_a_number(cell: str) -> bool:
    return is_number(cell) or WITH_COMMAS.fullmatch(cell) is not None


def feature_column(position: int, name: str | None, cells: Sequence[str]) -> Column:
    if all(map(is_missing, cells)):
        return EmptyColumn(position, name)
    return (NumberColumn if looks_numeric(cells) else ValueColumn)(position, name)


def label_column(
    position: int,
    name: str | None,
    cells: Sequence[str],
    numbers: Sequence[int],
    objective: str,
    num_class: int | None,
    problems: Problems,
) -> Column:
    domain = domain_of(objective, num_class)
    if looks_numeric(cells) or all(map(is_missing, cells)):
        return (ClassNumbers if domain.classes else NumberLabel)(position, name, domain=domain)
    if domain.classes:
        binary = objective.startswith("binary:")
        return ClassWords(position, name, limit=2 if binary else MAX_CLASSES, binary=binary)
    column = ValueColumn(position, name, closed=True)
    cell, line = next(
        (cell, line) for cell, line in zip(cells, numbers, strict=True) if not is_missing(cell) and not is_number(cell)
    )
    remedy = (
        "Name the column that holds the label (label = … in model.toml; -1 is the last one), "
        'or set an objective for classes, such as "binary:logistic".'
    )
    problem = f"The label {quoted(cell)} is text, and {objective} learns numbers."
    problems.add(column.problem(Code.WRONG_LABEL, problem, remedy, line, cell))
    return column
