"""What one setting may hold. Each kind reads a TOML value, or says its rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ebb.problems import MAX_VALUE_LENGTH, quoted

INT32_MOST = 2**31 - 1
FLOAT32_MOST = 3.4e38


class Kind(Protocol):
    @property
    def rule(self) -> str:
        """Begins with `must`."""
        ...

    def read(self, value: Any) -> Any:
        """ValueError: it is not of this kind."""
        ...


@dataclass(frozen=True)
class Whole:
    least: int = 0
    most: int = INT32_MOST

    @property
    def rule(self) -> str:
        if self.least == self.most:
            return f"must be {self.least}"
        return f"must be a whole number from {self.least} to {self.most}"

    def read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValueError(self.rule)
        return value

    def read_text(self, text: str) -> int:
        return self.read(int(text))


@dataclass(frozen=True)
class Real:
    """`open_least`, `open_most`: the end itself is not allowed. Not a number lies in no range."""

    least: float = -FLOAT32_MOST
    most: float = FLOAT32_MOST
    open_least: bool = False
    open_most: bool = False

    @property
    def rule(self) -> str:
        least = f"above {self.least:g}" if self.open_least else f"from {self.least:g}"
        most = f"below {self.most:g}" if self.open_most else f"at most {self.most:g}"
        if not self.open_least and not self.open_most:
            most = f"to {self.most:g}"
        return f"must be a number {least}{'' if most.startswith('to') else ','} {most}"

    def read(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not self.least <= value <= self.most:
            raise ValueError(self.rule)
        if (self.open_least and value == self.least) or (self.open_most and value == self.most):
            raise ValueError(self.rule)
        return value

    def read_text(self, text: str) -> float:
        return self.read(float(text))


@dataclass(frozen=True)
class Word:
    words: tuple[str, ...]

    @property
    def rule(self) -> str:
        return f"must be {self.words[0]}" if len(self.words) == 1 else f"must be one of {', '.join(self.words)}"

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(self.rule)
        return value


@dataclass(frozen=True)
class Switch:
    """true or false: a TOML boolean or its word. Kept as the word, which is what the container takes."""

    words: tuple[str, ...] = ("true", "false")

    @property
    def rule(self) -> str:
        return f"must be {' or '.join(self.words)}"

    def read(self, value: Any) -> str:
        text = str(value).lower() if isinstance(value, bool) else value
        if text not in self.words:
            raise ValueError(self.rule)
        return str(text)


@dataclass(frozen=True)
class Flag:
    rule: str = "must be true or false"

    def read(self, value: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        raise ValueError(self.rule)


@dataclass(frozen=True)
class Words:
    """Comma-separated text, or an array of texts. Kept as text without spaces, which is what the container takes."""

    rule: str
    known: tuple[str, ...]
    pattern: str = r"[^\s\S]"
    most: int = 2500
    _also: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_also", re.compile(self.pattern))

    def read(self, value: Any) -> str:
        given = value.split(",") if isinstance(value, str) else value
        words = [word.strip() for word in given if isinstance(word, str)] if isinstance(given, list) else []
        text = ",".join(words)
        if words and len(words) == len(given) and len(text) <= self.most and all(map(self._knows, words)):
            return text
        raise ValueError(self.rule)

    def _knows(self, word: str) -> bool:
        return word in self.known or self._also.fullmatch(word) is not None


@dataclass(frozen=True)
class Text:
    """A text of one form."""

    rule: str
    pattern: str
    most: int = 2500

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.most or not re.fullmatch(self.pattern, value):
            raise ValueError(self.rule)
        return value


def in_toml(value: Any) -> str:
    """A value as it stands in a model.toml, short whatever it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    text = _as_text(value)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def _as_text(value: Any) -> str:
    try:
        return repr(str(value)[: MAX_VALUE_LENGTH + 1])[1:-1]
    except (ValueError, RecursionError):  # Python does not write out whole numbers of thousands of digits
        return "a number of thousands of digits"


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
