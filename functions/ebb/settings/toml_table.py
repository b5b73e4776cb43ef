"""One table of a model.toml; what is wrong in it goes to the list that all tables share."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ebb.problems import MAX_PROBLEMS, MAX_VALUE_LENGTH, Code, Problem
from ebb.settings.value_kinds import Kind, in_toml

_MOST_CANDIDATES = 3
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


def line_of_error(message: str, text: str) -> int | None:
    """The line that tomllib's message names."""
    if found := _PLACE.search(message):
        return int(found[1])
    return max(1, len(text.splitlines())) if "at end of document" in message else None


@dataclass(frozen=True)
class TomlLines:
    """Lines of a text that is TOML."""

    text: str

    def of(self, path: tuple[str, ...]) -> int | None:
        """The line of a key; of its table if the key stands inside of it; None where that is not certain."""
        for length in range(len(path), 0, -1):
            for number, probe in self._candidates(path[length - 1]):
                if self._begins(number, probe, path[:length]):
                    return number
        return None

    def _candidates(self, key: str) -> Iterator[tuple[int, str]]:
        """Lines that look like `key = …`, `table.key = …`, `[key]`, each with a short statement in its place."""
        name = rf"""(?:[\w."'-]+\.)?["']?{re.escape(key)}["']?"""
        looks = re.compile(rf"^[ \t]*(?:({name})[ \t]*=|(\[{{1,2}}[ \t]*{name}[ \t]*\]{{1,2}}))", re.MULTILINE)
        for _, found in zip(range(_MOST_CANDIDATES), looks.finditer(self.text), strict=False):
            probe = f"{found[1]} = 0" if found[1] else found[2]
            yield self.text.count("\n", 0, found.start()) + 1, probe

    def _begins(self, number: int, probe: str, path: tuple[str, ...]) -> bool:
        """Without the line the key is not there, with it it is. Inside a text of several lines neither can be read."""
        before = "".join(self.text.splitlines(keepends=True)[: number - 1])
        try:
            return not _has(tomllib.loads(before), path) and _has(tomllib.loads(f"{before}\n{probe}\n"), path)
        except (ValueError, RecursionError):
            return False


def _has(table: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(table, dict) or name not in table:
            return False
        table = table[name]
    return True


REMEDY = "Correct it and upload model.toml again."
_MOST_LISTED = 12
_MOST_SHOWN = 80
_LONGEST_NAME = 64  # closeness to a known name takes time with the square of the length


@dataclass(frozen=True)
class SettingsTable:
    path: tuple[str, ...]
    given: Mapping[str, Any]
    problems: list[Problem]
    lines: TomlLines

    def table(self, name: str) -> SettingsTable:
        inside = self.given.get(name, {})
        if not isinstance(inside, dict):
            self.refuse(name, f"must be a table: [{name}]")
            inside = {}
        return SettingsTable((*self.path, name), inside, self.problems, self.lines)

    def read(self, name: str, kind: Kind, default: Any) -> Any:
        """The value; the default if there is none or a wrong one, which is refused."""
        if name not in self.given:
            return default
        try:
            return kind.read(self.given[name])
        except ValueError:
            self.refuse(name, kind.rule)
            return default

    def refuse_unknown(self, known: Iterable[str], reasons: Mapping[str, str], homes: Mapping[str, str]) -> None:
        """`reasons`: why a name that people try is no setting. `homes`: the tables in which other names are at home."""
        names = tuple(known)
        for name in self.given:
            if name not in names and not self.is_full:
                remedy = "Remove it." if name in reasons else _remedy(name, names, homes)
                self.refuse(name, reasons.get(name, "is not a setting"), remedy=remedy)

    def refuse(self, name: str, rule: str, *, remedy: str = REMEDY) -> None:
        if self.is_full:
            return
        value = self.given.get(name)
        shown = "" if name not in self.given or isinstance(value, dict) else in_toml(value)
        sentence = f"model.toml: {self._place(name)}{f' = {shown}' if shown else ''} {rule}."
        line = self.lines.of((*self.path, name))
        raw = value[:MAX_VALUE_LENGTH] if isinstance(value, str) else shown or None
        self.problems.append(Problem(Code.WRONG_SETTING, sentence, remedy, line=line, value=raw))

    def _place(self, name: str) -> str:
        """A key's full name as it may stand in a sentence."""
        place = ".".join((*self.path, name))
        return repr(place[:_MOST_SHOWN])[1:-1] + ("…" if len(place) > _MOST_SHOWN else "")

    @property
    def is_full(self) -> bool:
        """An answer holds no more."""
        return len(self.problems) >= MAX_PROBLEMS


def _remedy(name: str, known: tuple[str, ...], homes: Mapping[str, str]) -> str:
    if name in homes:
        return f"Move it to [{homes[name]}]." if homes[name] else "Move it to the top, above the first [table]."
    close = get_close_matches(name, known, 1) if len(name) <= _LONGEST_NAME else []
    if close:
        return f"Did you mean {close[0]}?"
    return f"Remove it. Known here: {', '.join(known)}." if len(known) <= _MOST_LISTED else "Remove it."
