"""Whether the first line is a header, by its cells and by what stands below them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from ebb.datasets.cells import INFINITE, WITH_COMMAS, is_missing, is_number

LEAST_POSITIONS = 4  # columns called 0, 1, 2, …
_YEAR = re.compile(r"1[89][0-9]{2}|20[0-9]{2}|2100")
_SAYS_SOMETHING = re.compile(r"\w")


class FirstLine(StrEnum):
    HEADER = "header"
    POSITIONS = "positions"  # a header of the columns' positions
    ROW = "row"
    OPEN = "open"


class Cell(StrEnum):
    NAME = "name"
    VALUE = "value"
    YEAR = "year"
    NEITHER = "neither"


def first_line(cells: Sequence[str], are_numbers: Sequence[bool]) -> FirstLine:
    """`are_numbers`: which of them stand over a column of numbers. Without one, nothing tells a header from a row."""
    if cells == [str(place) for place in range(len(cells))] and len(cells) >= LEAST_POSITIONS:
        return FirstLine.POSITIONS
    if cells == ["", *map(str, range(len(cells) - 1))] and len(cells) >= LEAST_POSITIONS - 1:
        return FirstLine.POSITIONS
    if not any(are_numbers):
        return FirstLine.OPEN
    kinds = [kind_of(cell, place) for place, cell in enumerate(cells) if are_numbers[place]]
    names, values = kinds.count(Cell.NAME), kinds.count(Cell.VALUE)
    if names and names >= values:
        return FirstLine.HEADER
    if names or values or Cell.YEAR not in kinds:
        return FirstLine.ROW
    return FirstLine.OPEN


def kind_of(cell: str, place: int) -> Cell:
    """Of a cell over numbers. A whole number that may well be a name is neither a name nor a value."""
    if is_missing(cell) or cell == str(place):
        return Cell.NEITHER
    if is_number(cell):
        return Cell.YEAR if _YEAR.fullmatch(cell) else Cell.VALUE
    if INFINITE.fullmatch(cell) or WITH_COMMAS.fullmatch(cell):
        return Cell.VALUE
    return Cell.NAME if _SAYS_SOMETHING.search(cell) else Cell.NEITHER
