"""The settings that say how a file's columns are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

MAX_COLUMNS, MAX_NAME_LENGTH = 10_000, 1000
Header = bool | Literal["auto"]
Column = str | int


@dataclass(frozen=True)
class HeaderKind:
    rule: str = "must be 'auto', true or false"

    def read(self, value: Any) -> Header:
        if not isinstance(value, bool) and value != "auto":
            raise ValueError(self.rule)
        return True if value is True else False if value is False else "auto"


@dataclass(frozen=True)
class ColumnKind:
    rule: str = f"must be a column's name, or its position from 0 to {MAX_COLUMNS - 1}; -1 is the last column"

    def read(self, value: Any) -> Column:
        if isinstance(value, str) and 0 < len(value.strip()) <= MAX_NAME_LENGTH:
            return value.strip()  # as the names in the file are
        if isinstance(value, int) and not isinstance(value, bool) and -1 <= value < MAX_COLUMNS:
            return value
        raise ValueError(self.rule)


@dataclass(frozen=True)
class ColumnsKind:
    rule: str = f"must be an array of names and positions, such as ['id', 3], with at most {MAX_COLUMNS} entries"

    def read(self, value: Any) -> tuple[Column, ...]:
        if not isinstance(value, list) or len(value) > MAX_COLUMNS:
            raise ValueError(self.rule)
        return tuple(map(ColumnKind().read, value))
