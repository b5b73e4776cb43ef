"""A problem: what is wrong, where, and what to do. The same object in dataset.json, in events and on the screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MAX_PROBLEMS = 20
MAX_VALUE_LENGTH = 40


class Code(StrEnum):
    """The closed list of codes."""

    WRONG_KEY = "wrong_key"
    WRONG_ENDING = "wrong_ending"
    WRONG_MODEL_NAME = "wrong_model_name"
    WRONG_SETTING = "wrong_setting"
    NOT_A_CSV = "not_a_csv"
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_FEW_ROWS = "too_few_rows"
    TOO_FEW_COLUMNS = "too_few_columns"
    HEADER = "header"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    MISSING_LABEL = "missing_label"
    RAGGED_ROW = "ragged_row"
    EMPTY_COLUMN = "empty_column"
    LINE_TOO_LONG = "line_too_long"


def quoted(value: str) -> str:
    """A value as it may stand in a sentence: short, whatever a cell or a key holds."""
    shown = repr(value[:MAX_VALUE_LENGTH])
    return f"{shown}…" if len(value) > MAX_VALUE_LENGTH else shown


@dataclass(frozen=True)
class Problem:
    """`line` counts physical lines from 1, `column` positions from 0; None where there is no such place."""

    code: Code
    problem: str
    remedy: str
    line: int | None = None
    column: int | None = None
    value: str | None = None

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self) | {"code": self.code.value}
        shown["column"] = None if self.column is None else {"position": self.column, "name": None}
        shown["value"] = None if self.value is None else self.value[:MAX_VALUE_LENGTH]
        return shown

    def sentence(self) -> str:
        """For people: `Line 3, column 2: 'abc' is not a number. Write a number …`."""
        places = [f"line {self.line}"] if self.line else []
        places += [f"column {self.column}"] if self.column is not None else []
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
