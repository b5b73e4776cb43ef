"""The label's column: every row has one, and the objective can learn it."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ebb.datasets.cells import LARGEST, SMALLEST, is_missing, is_missing_in_text, is_number
from ebb.datasets.columns import NumberColumn, ValueColumn, truth_of
from ebb.problems import Code, Problem, Problems, quoted

MAX_CLASSES = 1000
MAX_TEXTS = 100  # that are classes without anybody saying so
FEW_VALUES = 20  # different whole numbers that may as well be classes
TWO = 2
_MOST_SPELLINGS = 16  # of one class, that are counted


@dataclass(frozen=True)
class Domain:
    """The interval of the labels; `above` leaves its lower end out."""

    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    whole: bool = False
    classes: bool = False

    def holds(self, number: float) -> bool:
        """Whether it is still a label when xgboost has read it: as a 32-bit float. It never reads a class itself."""
        if self.classes:
            return number.is_integer()
        label = float(struct.unpack("f", struct.pack("f", number))[0]) if abs(number) >= SMALLEST else 0.0
        inside = self.least < label if self.above else self.least <= label
        return inside and label <= self.most and (not self.whole or label.is_integer())

    def rule(self) -> str:
        """What a label must be: `must be a whole number from 0 to 2`."""
        number = "a whole number" if self.whole else "a number"
        if self.least == -math.inf:
            return f"must be {number}"
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


def has_classes(objective: str) -> bool:
    return objective.startswith(("binary:", "multi:"))


def is_binary(objective: str) -> bool:
    return objective.startswith("binary:")


def domain_of(objective: str) -> Domain:
    """Seen with xgboost 3.2.0: each bound is where training begins to fail. Classes are numbered anew."""
    if has_classes(objective):
        return Domain(whole=True, classes=True)
    return _DOMAINS.get(objective, Domain())


_OTHER_LABELS = "Correct the label, or set another objective in model.toml."


@dataclass
class NumberLabel(NumberColumn):
    """A number that lies in the objective's domain.

    `values`: up to `most` different whole ones, each with its spellings and their rows; None once there are more, or
    one that is not whole.
    """

    domain: Domain = field(default_factory=Domain)
    most: int = 0
    values: dict[float, Counter[str]] | None = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.most:
            self.values = None

    @property
    def must_be_seen(self) -> bool:
        """Whether each of its cells still tells something, be it within the bounds."""
        return self.domain.whole or self.values is not None

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        super().absorb(cells, numbers, problems)
        for cell, count in Counter(cells).items() if self.values is not None else ():
            if is_number(cell) and abs(float(cell)) <= LARGEST and self.values is not None:
                self._count(cell, count, cells, numbers, problems)

    def _count(self, cell: str, count: int, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        assert self.values is not None
        value = float(cell)
        if value not in self.values and (not value.is_integer() or len(self.values) >= self.most):
            self._beyond(cell, numbers[cells.index(cell)], problems)
            return
        spellings = self.values.setdefault(value, Counter())
        if cell in spellings or len(spellings) < _MOST_SPELLINGS:
            spellings[cell] += count
        else:
            spellings[next(iter(spellings))] += count

    def _beyond(self, cell: str, line: int, problems: Problems) -> None:  # noqa: ARG002  (where classes are named)
        self.values = None

    @property
    def _how_to_mend(self) -> str:
        return "Write a number, or remove the row."

    def _are_good(self, values: list[float], missing: int) -> bool:
        if missing or not values or not super()._are_good(values, missing):
            return not missing and not values
        return all(map(self.domain.holds, set(values) if self.domain.whole else (min(values), max(values))))

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
    """Classes that are whole numbers, for an objective of classes that was named."""

    closed: bool = False

    def _beyond(self, cell: str, line: int, problems: Problems) -> None:
        if float(cell).is_integer() and not self.closed:  # one that is not whole was told already
            self.closed = True
            problems.add(_too_many(self, self.most, cell, line))


@dataclass
class ClassWords(ValueColumn):
    """Classes that are words. A binary objective has two."""

    limit: int = MAX_CLASSES
    binary: bool = False

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        problems.add(
            *(self._missing(cell, line) for cell, line in zip(cells, numbers, strict=True) if is_missing_in_text(cell))
        )
        super().absorb(cells, numbers, problems)

    def _missing(self, cell: str, line: int) -> Problem:
        remedy = "Fill it in or remove the row."
        if cell:
            remedy += f" If {quoted(cell)} is a class, give it another name."
        return self.problem(Code.MISSING_LABEL, "The label is missing.", remedy, line, cell)

    def _is_full(self, value: str) -> bool:
        """Spellings of true and false are no classes of their own."""
        return super()._is_full(value) and (not self.truth or self.with_truth(value) is None)

    def with_truth(self, value: str) -> dict[str, int] | None:
        """What each value stands for if this one is true or false as well."""
        return truth_of([*self.values, value])

    def _too_many(self, value: str, line: int) -> Problem:
        return _too_many(self, self.limit, value, line)


def _too_many(column: NumberLabel | ClassWords, limit: int, value: str, line: int) -> Problem:
    if limit == TWO:
        problem = f"{quoted(value)} is a third class; a binary objective has two."
        remedy = "Leave the objective out of model.toml, or set multi:softprob; or correct the label."
        return column.problem(Code.WRONG_LABEL, problem, remedy, line, value)
    problem = f"{quoted(value)} is the {limit + 1:,}th class; at most {limit:,} can be learned."
    remedy = "Name the column that holds the classes: label = … in model.toml."
    return column.problem(Code.TOO_MANY_VALUES, problem, remedy, line, value)
