"""What kind of column it is: the majority of its present cells in the file's first block decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ebb.datasets.batch import Batch
from ebb.datasets.cells import WITH_COMMAS, is_missing, is_number
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn, ValueColumn, floats
from ebb.datasets.label_column import MAX_CLASSES, ClassNumbers, ClassWords, NumberLabel, domain_of
from ebb.datasets.records import Block
from ebb.problems import Code, Gathered, Problems, quoted


@dataclass
class Tally:
    """How many of a column's cells are present, how many of those are numbers; and the first text, with its line."""

    present: int = 0
    numbers: int = 0
    text: str = ""
    line: int = 0

    @property
    def is_numeric(self) -> bool:
        """Most of them are numbers, be it with commas that will be refused."""
        return self.numbers * 2 > self.present

    def count(self, cells: Sequence[str], numbers: Sequence[int]) -> None:
        values = floats(cells)
        if values is not None:
            self.present += len(values)
            self.numbers += len(values)
            return
        for cell, line in zip(cells, numbers, strict=True):
            if not is_missing(cell):
                self.present += 1
                self._see(cell, line)

    def _see(self, cell: str, line: int) -> None:
        if is_number(cell) or WITH_COMMAS.fullmatch(cell) or _is_a_number_to_python(cell):
            self.numbers += 1
        elif not self.line:
            self.text, self.line = cell, line


def _is_a_number_to_python(cell: str) -> bool:
    """`inf`, `1_000`, digits of other scripts, a no-break space beside them: meant as numbers, and refused as such."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def tallies_of(head: Block, delimiter: str, width: int) -> list[Tally]:
    tallies = [Tally() for _ in range(width)]
    for block in head.pieces():
        batch = Batch.of(block, delimiter, width, Gathered())
        for tally, cells in zip(tallies, batch.columns, strict=True):
            tally.count(cells, batch.numbers)
    return tallies


def feature_column(position: int, name: str | None, tally: Tally) -> Column:
    if not tally.present:
        return EmptyColumn(position, name)
    return (NumberColumn if tally.is_numeric else ValueColumn)(position, name)


def label_column(
    position: int, name: str | None, tally: Tally, objective: str, num_class: int | None, problems: Problems
) -> Column:
    domain = domain_of(objective, num_class)
    if tally.is_numeric or not tally.present:
        return (ClassNumbers if domain.classes else NumberLabel)(position, name, domain=domain)
    if domain.classes:
        binary = objective.startswith("binary:")
        return ClassWords(position, name, limit=2 if binary else MAX_CLASSES, binary=binary)
    column = ValueColumn(position, name, closed=True)
    remedy = (
        "Name the column that holds the label (label = … in model.toml; -1 is the last one), "
        'or set an objective for classes, such as "binary:logistic".'
    )
    problem = f"The label {quoted(tally.text)} is text, and {objective} learns numbers."
    problems.add(column.problem(Code.WRONG_LABEL, problem, remedy, tally.line, tally.text))
    return column
