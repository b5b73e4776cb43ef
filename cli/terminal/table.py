"""A table that fits the screen: what cannot be wider is cut or goes on in the next line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from cli.terminal.screen import Screen, Style
from cli.terminal.text import cut, flowed, padded, width

_GAP = "  "
_INDENT = "  "
_MAX_LINES = 3
_LEAST = 8

Cell = str | Sequence[str]
"""A text, or pieces that are never broken while a line has room for one."""


@dataclass(frozen=True)
class Head:
    """Columns with a `share` have that part of the room that the others leave."""

    title: str
    right: bool = False
    share: int = 0


def table(heads: Sequence[Head], rows: Sequence[Sequence[Cell]], screen: Screen, *, whole: bool) -> Iterator[str]:
    """`whole`: a cell may take however many lines; otherwise three, and `… 5 more`."""
    natural = [
        max(width(_text(cell)) for cell in column) for column in zip([h.title for h in heads], *rows, strict=True)
    ]
    widths = _fit(heads, natural, screen.width - len(_INDENT) - len(_GAP) * (len(heads) - 1))
    yield screen.paint(_line(heads, widths, [head.title for head in heads]), Style.DIM)
    yield screen.paint(_INDENT + "─" * (sum(widths) + len(_GAP) * (len(heads) - 1)), Style.DIM)
    for row in rows:
        cells = [_lines(cell, wide, whole=whole) for cell, wide in zip(row, widths, strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            yield _line(heads, widths, line)


def _fit(heads: Sequence[Head], natural: Sequence[int], room: int) -> list[int]:
    """What a column does not need of its share is the next one's, so the narrowest come first."""
    widths = list(natural)
    left = room - sum(wide for head, wide in zip(heads, natural, strict=True) if not head.share)
    shares = sum(head.share for head in heads)
    for at in sorted(range(len(heads)), key=natural.__getitem__):
        if heads[at].share:
            widths[at] = min(natural[at], max(left * heads[at].share // shares, _LEAST))
            left -= widths[at]
            shares -= heads[at].share
    return widths


def _lines(cell: Cell, wide: int, *, whole: bool) -> list[str]:
    if isinstance(cell, str):
        return [cut(cell, wide)]
    lines = flowed(cell, wide)
    shown = len(cell)
    while len(lines) > _MAX_LINES and shown > 1 and not whole:
        shown -= 1
        lines = flowed([*cell[:shown], f"… {len(cell) - shown} more"], wide)
    return lines


def _line(heads: Sequence[Head], widths: Sequence[int], cells: Sequence[str]) -> str:
    shown = [padded(cell, wide, right=head.right) for head, wide, cell in zip(heads, widths, cells, strict=True)]
    return (_INDENT + _GAP.join(shown)).rstrip()


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else " ".join(cell)
