"""The label's column: every row has one, and the objective can learn it."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ebb.datasets.cells import SMALLEST, is_missing
from ebb.datasets.columns import Column, NumberColumn, ValueColumn
from ebb.problems import Code, Problem, Problems, quoted

MAX_CLASSES = 1000


@dataclass(frozen=True)
class Domain:
    """The interval of the labels; `above` leaves its lower end out."""

    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    whole: bool = False
    classes: bool = False

    def holds(self, number: float) -> bool:
        """Whether it is still a label when xgboost has read it: as a 32-bit float."""
        label = float(struct.unpack("f", struct.pack("f", number))[0]) if abs(number) >= SMALLEST else 0.0
        inside = self.least < label if self.above else self.least <= label
        return inside and label <= self.most and (not self.whole or label.is_integer())

    def rule(self) -> str:
        """What a label must be: `must be a whole number from 0 to 2`."""
        number = "a whole number" if self.whole else "a number"
        if self.most < math.inf:
            return f"must be {number} from {self.least:g} to {self.most:g}"
        return f"must be {number} {'above' if self.above else 'of at least'} {self.least:g}"


_DOMAINS = {
    "reg:logistic": Domain(0, 1),
    "reg:gamma": Domain(0, above=True),
    "reg:tweedie": Domain(0),
    "reg:squaredlogerror": Domain(-1, above=True),
    "count:poisson": Domain(0),
    "rank:pairwise": Domain(0, 31, whole=True),
    "rank:ndcg": Domain(0, 31, whole=True),
    "rank:map": Domain(0, 1, whole=True),
}


def domain_of(objective: str, num_class: int | None) -> Domain:
    """Seen with xgboost 3.2.0: each bound is where training begins to fail."""
    if objective.startswith("binary:"):
        return Domain(0, 1, whole=True, classes=True)
    if objective.startswith("multi:"):
        return Domain(0, (num_class or MAX_CLASSES) - 1, whole=True, classes=True)
    return _DOMAINS.get(objective, Domain())


_OTHER_LABELS = "Correct the label, or set another objective in model.toml."


@dataclass
class NumberLabel(NumberColumn):
    """A number that lies in the objective's domain."""

    domain: Domain = field(default_factory=Domain)

    def _are_good(self, values: list[float], missing: int) -> bool:
        if missing or not values or not super()._are_good(values, missing):
            return not missing and not values
        return all(map(self.domain.holds, values if self.domain.whole else (min(values), max(values))))

    def _problem(self, cell: str, line: int) -> Problem | None:
        if is_missing(cell):
            remedy = "Fill it in or remove the row: the container would train on 0."
            return self.problem(Code.MISSING_LABEL, "The label is missing.", remedy, line, cell)
        problem = super()._problem(cell, line)
        if problem or self.domain.holds(float(cell)):
            return problem
        problem_text = f"The label {quoted(cell)[1:-1]} {self.domain.rule()}."
        return self.problem(Code.WRONG_LABEL, problem_text, _OTHER_LABELS, line, cell)


@dataclass
class ClassNumbers(NumberLabel):
    """Classes that are whole numbers from 0; `rows` of each."""

    rows: Counter[int] = field(default_factory=Counter)

    def _see(self, cells: list[str], values: list[float]) -> None:
        super()._see(cells, values)
        self.rows.update(map(int, values))

    @property
    def classes(self) -> dict[str, int]:
        """By the label as Python writes it, however the file does."""
        return {str(number): number for number in self.rows}


@dataclass
class ClassWords(ValueColumn):
    """Classes that are words: sorted, the first of them is 0. A binary objective has two."""

    limit: int = MAX_CLASSES
    binary: bool = False

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        problems.add(
            *(self._missing(cell, line) for cell, line in zip(cells, numbers, strict=True) if is_missing(cell))
        )
        super().absorb(cells, numbers, problems)

    def _missing(self, cell: str, line: int) -> Problem:
        remedy = "Fill it in or remove the row."
        if cell:
            remedy += f" If {quoted(cell)} is a class, give it another name."
        return self.problem(Code.MISSING_LABEL, "The label is missing.", remedy, line, cell)

    def _too_many(self, value: str, line: int) -> Problem:
        if self.binary:
            problem = f"{quoted(value)} is a third class; a binary objective has two."
            remedy = 'Set objective = "multi:softprob" and num_class in model.toml, or correct the label.'
            return self.problem(Code.WRONG_LABEL, problem, remedy, line, value)
        problem = f"{quoted(value)} is the {self.limit + 1:,}th class; at most {self.limit:,} can be learned."
        remedy = "Name the column that holds the classes: label = … in model.toml."
        return self.problem(Code.TOO_MANY_VALUES, problem, remedy, line, value)

    @property
    def classes(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(sorted(self.values))}


def problems_of_label(label: Column, num_class: int | None) -> list[Problem]:
    """What only all labels together show: there is nothing to learn, or another number of classes."""
    if isinstance(label, NumberLabel) and label.minimum == label.maximum:
        return [_constant(label, label.least)]
    if isinstance(label, ClassWords) and len(label.values) == 1:
        return [_constant(label, next(iter(label.values)))]
    if num_class and isinstance(label, (ClassNumbers, ClassWords)):
        classes = max(label.classes.values()) + 1
        if classes != num_class:
            problem = f"The label has {classes} classes, and num_class is {num_class}."
            remedy = f"Set num_class = {classes} in model.toml."
            return [label.problem(Code.WRONG_NUM_CLASS, problem, remedy, None, str(num_class))]
    return []


def _constant(label: Column, value: str) -> Problem:
    remedy = "Name the column that holds the label: label = … in model.toml; -1 is the last one."
    problem = f"The label is {quoted(value)} in every row, so there is nothing to learn."
    return label.problem(Code.CONSTANT_LABEL, problem, remedy, None, value)
