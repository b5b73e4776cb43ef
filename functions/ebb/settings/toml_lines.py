"""Where in a TOML text something stands: tomllib tells it for broken texts only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
