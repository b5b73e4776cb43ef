"""What reading its cells shows of each column, and the cells as they will be written."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ebb.datasets.cells import (
    BOOLEANS,
    INFINITE,
    LARGEST,
    WITH_COMMAS,
    WORDS,
    as_read_by_xgboost,
    is_missing,
    is_missing_in_text,
    is_number,
    only_numeric_characters,
)
from ebb.problems import MAX_PROBLEMS, Code, Problem, Problems, quoted
from ebb.settings.toml_writing import toml_column

MAX_CATEGORIES = 32
MAX_CATEGORY_LENGTH = 200  # characters
_SAMPLE = 100  # cells
_ALWAYS_READ_RIGHT = 19  # characters: no more digits than xgboost's parser looks at


@dataclass
class Column(ABC):
    """`position` counts from 0 in the file, `name` comes from the header, `missing` counts rows."""

    position: int
    name: str | None
    missing: int = 0

    @abstractmethod
    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        """Learn from some rows' cells; `numbers` are their lines."""

    @abstractmethod
    def written(self, cells: list[str]) -> list[str]:
        """The same cells, what is missing empty, and numbers as xgboost is to read them."""

    def problem(self, code: Code, problem: str, remedy: str, line: int | None, value: str | None) -> Problem:
        return Problem(code, problem, remedy, line, self.position, value, self.name)

    @property
    def in_drop(self) -> str:
        """How to leave this column out: by its name, if that is easily written."""
        return f"drop = [{toml_column(self.position, self.name)}]"


@dataclass
class NumberColumn(Column):
    """`least` and `greatest` are the cells that hold the extremes, as they are written in the file.

    `irregular`: some cells have to be written otherwise. `sample`: some of them as they are.
    """

    minimum: float = math.inf
    maximum: float = -math.inf
    least: str = ""
    greatest: str = ""
    irregular: bool = False
    sample: list[str] = field(default_factory=list)

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        values = floats(cells)
        if values is None or not self._are_good(values, len(cells) - len(values)):
            cells, self.irregular = self._judged(cells, numbers, problems), True
            values = floats(cells) or []
        self.missing += len(cells) - len(values)
        if values:
            self._see(cells, values)
            self.irregular = self.irregular or _may_be_misread(cells)

    def written(self, cells: list[str]) -> list[str]:
        if not self.irregular:
            return cells
        return ["" if is_missing(cell) else as_read_by_xgboost(cell) for cell in cells]

    def _see(self, cells: list[str], values: list[float]) -> None:
        present = [cell for cell in cells if cell] if len(values) < len(cells) else cells
        self.sample = self.sample or present[:_SAMPLE]
        minimum, maximum = min(values), max(values)
        if minimum < self.minimum:
            self.minimum, self.least = minimum, present[values.index(minimum)]
        if maximum > self.maximum:
            self.maximum, self.greatest = maximum, present[values.index(maximum)]

    def _are_good(self, values: list[float], missing: int) -> bool:  # noqa: ARG002  (a label's matters)
        return not values or -LARGEST <= min(values) <= max(values) <= LARGEST

    def _judged(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> list[str]:
        """What is no number or missing is left empty, once its problem is told."""
        found: list[Problem] = []
        judged = list(cells)
        for row, cell in enumerate(cells):
            problem = self._problem(cell, numbers[row])
            if problem:
                found.append(problem)
            if problem or is_missing(cell):
                judged[row] = ""
            if len(found) == MAX_PROBLEMS:
                judged[row + 1 :] = ()  # more of them than anybody will hear of
                break
        problems.add(*found)
        return judged

    def _problem(self, cell: str, line: int) -> Problem | None:
        if is_missing(cell):
            return None
        if is_number(cell):
            if abs(float(cell)) <= LARGEST:
                return None
            remedy = "XGBoost computes in 32-bit floats: use values within ±3.4e38."
            return self.problem(Code.OUT_OF_RANGE, f"{quoted(cell)} is too large.", remedy, line, cell)
        if INFINITE.fullmatch(cell):
            remedy = "Leave the cell empty, or write a number: XGBoost cannot learn from infinity."
            return self.problem(Code.OUT_OF_RANGE, f"{quoted(cell)} is infinite.", remedy, line, cell)
        if WITH_COMMAS.fullmatch(cell):
            problem = f"{quoted(cell)} has a thousands separator or a decimal comma."
            remedy = "Write numbers with a decimal point and nothing between the thousands."
            return self.problem(Code.THOUSANDS_SEPARATOR, problem, remedy, line, cell)
        remedy = self._how_to_mend
        if line == 1:
            remedy += " If the first line is a header, set header = true."
        problem = f"{quoted(cell)} is not a number, as most of this column are."
        return self.problem(Code.NOT_A_NUMBER, problem, remedy, line, cell)

    @property
    def _how_to_mend(self) -> str:
        return f"Write a number, leave the cell empty if the value is missing, or leave the column out: {self.in_drop}."


def _may_be_misread(cells: list[str]) -> bool:
    return max(map(len, cells)) > _ALWAYS_READ_RIGHT or "e" in "".join(cells).lower()


def floats(cells: Sequence[str]) -> list[float] | None:
    """Those of the cells that are not empty; None if one of them is no plain number."""
    if not only_numeric_characters(cells):
        return None
    try:
        return list(map(float, filter(None, cells)))
    except ValueError:
        return None


@dataclass
class ValueColumn(Column):
    """Text: each value and how many rows have it. Closed once there are too many."""

    limit: int = MAX_CATEGORIES
    values: dict[str, int] = field(default_factory=dict)
    closed: bool = False

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        if not self.closed:
            for value, count in Counter(cells).items():
                self._see(value, count, cells, numbers, problems)

    def written(self, cells: list[str]) -> list[str]:
        return ["" if is_missing_in_text(cell) else cell for cell in cells] if self.missing else cells

    def _is_full(self, value: str) -> bool:  # noqa: ARG002  (of classes, not every value needs a place of its own)
        return len(self.values) >= self.limit

    def _see(self, value: str, count: int, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        if is_missing_in_text(value):
            self.missing += count
        elif value in self.values or not self._is_full(value):
            self.values[value] = self.values.get(value, 0) + count
        elif not self.closed:
            self._close(self._too_many(value, numbers[cells.index(value)]), problems)
        if len(value) > MAX_CATEGORY_LENGTH and not self.closed:
            self._close(self._too_long(value, numbers[cells.index(value)]), problems)

    def _close(self, problem: Problem, problems: Problems) -> None:
        self.closed = True
        problems.add(problem)

    def _too_long(self, value: str, line: int) -> Problem:
        problem = f"{quoted(value)} has {len(value):,} characters; a category has at most {MAX_CATEGORY_LENGTH}."
        remedy = f"Leave the column out, if it is free text: {self.in_drop}."
        return self.problem(Code.TOO_MANY_VALUES, problem, remedy, line, value)

    def _too_many(self, value: str, line: int) -> Problem:
        problem = f"{quoted(value)} is one text too many in this column: at most {self.limit} become features."
        remedy = f"Leave the column out: {self.in_drop}. Dates and ids help only as numbers."
        return self.problem(Code.TOO_MANY_VALUES, problem, remedy, line, value)

    @property
    def truth(self) -> dict[str, int] | None:
        """What each value stands for, if all are true and false, or yes and no, in any case."""
        return truth_of(list(self.values))

    def by_frequency(self) -> list[str]:
        return sorted(self.values, key=lambda value: (-self.values[value], value))


def truth_of(values: list[str]) -> dict[str, int] | None:
    for words in BOOLEANS:
        if values and all(value.lower() in words for value in values):
            return {value: words[value.lower()] for value in values}
    return None


@dataclass
class EmptyColumn(Column):
    """Nothing present so far. `irregular`: some of it is missing in words; `words`: those that a text would have."""

    irregular: bool = False
    words: Counter[str] = field(default_factory=Counter)

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:  # noqa: ARG002
        self.missing += len(cells)
        if any(cells):
            self.irregular = True
            self.words.update(cell for cell in cells if cell in WORDS)

    def written(self, cells: list[str]) -> list[str]:
        return [""] * len(cells)


@dataclass
class NoColumn(EmptyColumn):
    """A delimiter at the end of the lines: there is nothing behind it, in any row."""

    def absorb(self, cells: list[str], numbers: Sequence[int], problems: Problems) -> None:
        for cell, line in zip(cells, numbers, strict=True) if any(cells) else ():
            if cell:
                problem = (
                    f"{quoted(cell)} stands behind the delimiter that ends the lines in the first mebibyte of the file."
                )
                remedy = "Give every row the same number of columns, and the last one a name in the header."
                problems.add(self.problem(Code.RAGGED_ROW, problem, remedy, line, cell))
