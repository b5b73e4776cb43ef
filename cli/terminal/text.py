"""Text of unknown origin as a terminal may show it: nothing in it moves the cursor, and its width is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

_MAX_MARKS = 2  # accents on one letter; more of them would pile up over the lines around
_MARKS = ("Mn", "Me")
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # each terminal gives them another width


def visible(text: str) -> str:
    """Control characters, direction marks and whatever else has no glyph of its own are written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _MARKS else 0
        if char in _VARIATION_SELECTORS:
            continue
        yield char if char.isprintable() and marks <= _MAX_MARKS else char.encode("unicode_escape").decode()


def width(text: str) -> int:
    """Columns of a terminal: two for wide characters such as Chinese ones, none for accents of their own."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in _MARKS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, most: int) -> str:
    """At most `most` columns, with `…` where something is missing."""
    return text if width(text) <= most else f"{_split(text, most - 1)[0]}…"


def padded(text: str, columns: int, *, right: bool = False) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space


def wrapped(text: str, most: int) -> list[str]:
    """The words of a text on lines of at most `most` columns."""
    return flowed(text.split(), most)


def flowed(pieces: Iterable[str], most: int) -> list[str]:
    """Pieces on lines of at most `most` columns; only a piece longer than a line is broken."""
    lines: list[str] = []
    for piece in pieces:
        if lines and width(lines[-1]) + 1 + width(piece) <= most:
            lines[-1] += f" {piece}"
            continue
        rest = piece
        while rest:
            line, rest = _split(rest, most)
            lines.append(line)
    return lines


def _split(text: str, most: int) -> tuple[str, str]:
    """What fits, at least one character, and the rest."""
    used = 0
    for at, char in enumerate(text):
        used += _char_width(char)
        if used > most and at:
            return text[:at], text[at:]
    return text, ""
