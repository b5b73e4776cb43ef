"""What kind of column it is: the majority of its present cells in the file's first block decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ebb.datasets.cells import WITH_COMMAS, is_missing, is_number
from ebb.datasets.columns import Column, EmptyColumn, NumberColumn, ValueColumn, floats
from ebb.datasets.label_column import (
    FEW_VALUES,
    MAX_CLASSES,
    MAX_TEXTS,
    TWO,
    ClassNumbers,
    ClassWords,
    Domain,
    NumberLabel,
    domain_of,
    has_classes,
    is_binary,
)
from ebb.problems import Code, Problems, quoted
from ebb.settings.hyperparameters import AUTO
from ebb.settings.live_label import LiveLabel


@dataclass
class Tally:
    """How many of a column's cells are present, how many of those are numbers; and the first text, with its line."""

    present: int = 0
    numbers: int = 0
    text: str = ""
    line: int = 0

    def below(self, above: Tally) -> Tally:
        """Of both, `above` being the rows above."""
        text, line = (above.text, above.line) if above.line else (self.text, self.line)
        return Tally(self.present + above.present, self.numbers + above.numbers, text, line)

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


def feature_column(position: int, name: str | None, tally: Tally) -> Column:
    if not tally.present:
        return EmptyColumn(position, name)
    return (NumberColumn if tally.is_numeric else ValueColumn)(position, name)


def label_column(
    position: int, name: str | None, tally: Tally, objective: str, live: LiveLabel | None, problems: Problems
) -> Column:
    """`objective` may still be to be found; `live`: what is predicted already, if it is the same column."""
    learns_classes = has_classes(objective)
    if tally.is_numeric or not tally.present:
        if learns_classes:
            most = TWO if is_binary(objective) else MAX_CLASSES
            return ClassNumbers(position, name, domain=domain_of(objective), most=most)
        if objective == AUTO:
            most = MAX_CLASSES if live and live.classes else FEW_VALUES
            return NumberLabel(position, name, domain=Domain(), most=most)
        return NumberLabel(position, name, domain=domain_of(objective))
    if learns_classes or objective == AUTO:
        binary = is_binary(objective)
        limit = TWO if binary else MAX_TEXTS if objective == AUTO else MAX_CLASSES
        return ClassWords(position, name, limit=limit, binary=binary)
    column = ValueColumn(position, name, closed=True)
    remedy = (
        "Name the column that holds the label (label = … in model.toml; -1 is the last one), "
        "or leave the objective out: it is found."
    )
    problem = f"The label {quoted(tally.text)} is text, and {objective} learns numbers."
    problems.add(column.problem(Code.WRONG_LABEL, problem, remedy, tally.line, tally.text))
    return column
