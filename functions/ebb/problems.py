"""A problem: what is wrong, where, and what to do. The same object in dataset.json, in events and on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ebb.errors import EbbError

if TYPE_CHECKING:
    from ebb.names import ModelName


class RefusedError(EbbError):
    """The upload cannot be trained, for these problems."""

    def __init__(self, problems: Sequence[Problem], model: ModelName | None = None, model_toml: str = "") -> None:
        """`model_toml`: a finished one that mends it, where that is known."""
        super().__init__("; ".join(problem.problem for problem in problems))
        self.problems = tuple(problems)
        self.model = model
        self.model_toml = model_toml


MAX_PROBLEMS = 20
MAX_VALUE_LENGTH = 40
MAX_NAME_LENGTH = 80


class Code(StrEnum):
    """The closed list of codes."""

    # The key and the settings
    WRONG_KEY = "wrong_key"
    WRONG_ENDING = "wrong_ending"
    WRONG_MODEL_NAME = "wrong_model_name"
    WRONG_SETTING = "wrong_setting"
    # The file
    NOT_UTF8 = "not_utf8"
    NOT_TEXT = "not_text"
    BAD_GZIP = "bad_gzip"
    LINE_ENDINGS = "line_endings"
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_LARGE_FOR_INSTANCE = "too_large_for_instance"
    UNREADABLE = "unreadable"
    # The table
    TOO_FEW_ROWS = "too_few_rows"
    NO_TRAINING_ROWS = "no_training_rows"
    NO_FEATURES = "no_features"
    TOO_MANY_COLUMNS = "too_many_columns"
    LINE_TOO_LONG = "line_too_long"
    UNCLOSED_QUOTE = "unclosed_quote"
    BAD_QUOTE = "bad_quote"
    RAGGED_ROW = "ragged_row"
    UNNAMED_COLUMN = "unnamed_column"
    DUPLICATE_COLUMN = "duplicate_column"
    HEADER_UNCLEAR = "header_unclear"
    UNKNOWN_COLUMN = "unknown_column"
    NO_LABEL = "no_label"
    # The cells
    NOT_A_NUMBER = "not_a_number"
    THOUSANDS_SEPARATOR = "thousands_separator"
    OUT_OF_RANGE = "out_of_range"
    TOO_MANY_VALUES = "too_many_values"
    MISSING_LABEL = "missing_label"
    CONSTANT_LABEL = "constant_label"
    WRONG_LABEL = "wrong_label"
    WRONG_NUM_CLASS = "wrong_num_class"
    TASK_CHANGED = "task_changed"
    # Odd but usable: warnings
    HEADER_OF_POSITIONS = "header_of_positions"
    ROW_NAMES = "row_names"
    FEW_VALUES = "few_values"
    NEW_CLASS = "new_class"
    COUNTS_ROWS = "counts_rows"
    CONSTANT_COLUMN = "constant_column"
    MOSTLY_MISSING = "mostly_missing"
    EMPTY_COLUMN = "empty_column"
    DUPLICATE_ROWS = "duplicate_rows"
    SAME_AS_LABEL = "same_as_label"
    CLASS_NOT_HELD_OUT = "class_not_held_out"
    CLASS_WITHOUT_ROWS = "class_without_rows"
    NOTHING_HELD_OUT = "nothing_held_out"


def quoted(value: str) -> str:
    """A value as it may stand in a sentence: short, whatever a cell or a key holds."""
    shown = repr(value[:MAX_VALUE_LENGTH])
    return f"{shown}…" if len(value) > MAX_VALUE_LENGTH else shown


@dataclass(frozen=True)
class Problem:
    """`line` counts physical lines from 1, `column` positions from 0; None where there is no such place.

    `name` is the column's, from the header.
    """

    code: Code
    problem: str
    remedy: str
    line: int | None = None
    column: int | None = None
    value: str | None = None
    name: str | None = None

    def as_json(self) -> dict[str, Any]:
        place = (
            None
            if self.column is None
            else {"position": self.column, "name": self.name and self.name[:MAX_NAME_LENGTH]}
        )
        return {
            "code": self.code.value,
            "line": self.line,
            "column": place,
            "value": None if self.value is None else self.value[:MAX_VALUE_LENGTH],
            "problem": self.problem,
            "remedy": self.remedy,
        }

    def sentence(self) -> str:
        """For people: `Line 3, column 2: 'abc' is not a number. Write a number …`."""
        name = f" ({quoted(self.name)})" if self.name else ""
        places = [f"line {self.line}"] if self.line else []
        places += [f"column {self.column}{name}"] if self.column is not None else []
        where = ", ".join(places)
        return (
            f"{where[:1].upper()}{where[1:]}: {self.problem} {self.remedy}"
            if where
            else f"{self.problem} {self.remedy}"
        )


def summary(problems: tuple[Problem, ...] | list[Problem]) -> str:
    """The first problem in full, and how many more there are."""
    more = len(problems) - 1
    rest = f" (and {more} more problem{'s' if more > 1 else ''} in dataset.json)" if more else ""
    return problems[0].sentence() + rest


class Problems:
    """What is found in one file, by its lines. As many as an answer holds: RefusedError ends the reading."""

    def __init__(self) -> None:
        self.all: list[Problem] = []

    def add(self, *found: Problem) -> None:
        """The problems of one stretch of lines, in any order."""
        self.all += first(found)
        if len(self.all) >= MAX_PROBLEMS:
            raise self.refusal()

    def last(self, problem: Problem, model_toml: str = "") -> RefusedError:
        """To raise: nothing beyond this one can be read."""
        self.all.append(problem)
        return self.refusal(model_toml)

    def refusal(self, model_toml: str = "") -> RefusedError:
        return RefusedError(self.all[:MAX_PROBLEMS], model_toml=model_toml)


class Gathered(Problems):
    """The problems of one block, found column by column: never more of them than an answer holds."""

    def add(self, *found: Problem) -> None:
        self.all = first((*self.all, *found))


def first(found: Iterable[Problem]) -> list[Problem]:
    """As many as an answer holds, by line and column."""
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))[:MAX_PROBLEMS]
