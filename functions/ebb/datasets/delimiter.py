"""What separates the columns: found from the first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter

from ebb.datasets.cells import is_missing, is_number

DELIMITERS = (b",", b";", b"\t", b"|")
_SAMPLE = 100  # lines
SAMPLE_SIZE = 128 * 1024  # what csv takes as one cell at most
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def delimiter_of(text: bytes) -> bytes:
    """The one by which most lines have the same number of cells, and most cells look like one; else a comma."""
    lines = text[:SAMPLE_SIZE].decode("utf-8", "replace").split("\n")[:_SAMPLE]
    scores = {delimiter: _score(lines, delimiter.decode()) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0, 0) else b","


def raw_cells(line: str, delimiter: str) -> list[str]:
    """A line cut at the delimiters that stand outside of quotes, wherever the quotes are."""
    cells = [""]
    for place, part in enumerate(line.split('"')):
        cells[-1] += '"' if place else ""
        first, *others = [part] if place % 2 else part.split(delimiter)
        cells[-1] += first
        cells += others
    return cells


def _score(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How well it fits, and how many columns it gives."""
    rows = [row for row in csv.reader(_without_ending(lines), delimiter=delimiter, skipinitialspace=True) if any(row)]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0, 0
    width, alike = widths.most_common(1)[0]
    cells = [cell.strip() for row in rows if len(row) == width for cell in row]
    good = sum(_looks_like_one_cell(cell, delimiter) for cell in cells)
    return alike / len(rows) * good / len(cells), width


def _without_ending(lines: list[str]) -> list[str]:
    return [line.rstrip("\r").replace("\r", " ") for line in lines]


def _looks_like_one_cell(cell: str, delimiter: str) -> bool:
    if is_number(cell) or is_missing(cell) or (delimiter != "," and _DECIMAL_COMMA.fullmatch(cell)):
        return True
    return not any(other.decode() in cell for other in DELIMITERS)
