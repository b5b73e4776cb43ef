"""What a cell is: a number, missing, or text; and a number as xgboost's own parser reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?"})
WORDS = frozenset({"none", "None"})  # are values in a column of text
INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
WITH_COMMAS = re.compile(
    r"[+-]?(?:\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+,\d+)", re.ASCII
)
SPACES = " \t"
BOOLEANS = ({"false": 0, "true": 1}, {"no": 0, "yes": 1})

LARGEST = 3.4e38  # XGBoost keeps 32-bit floats
SMALLEST = 1.1754944e-38  # what is nearer to zero, xgboost reads as this
_DIGITS_READ = 19  # xgboost's parser looks at as many, before the point and behind it
_GREATEST_EXPONENT = 38  # and takes a greater one, of either sign, for this
_NUMERIC = b"0123456789.+-eE"


def is_missing(cell: str) -> bool:
    return cell.lower() in MISSING


def is_missing_in_text(cell: str) -> bool:
    """In a column of text, where `none` is a value as others are."""
    return cell.lower() in MISSING and cell not in WORDS


def is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


def only_numeric_characters(cells: Iterable[str]) -> bool:
    """What Python reads as a float of these characters alone is a number here, too: no `nan`, no `1_000`."""
    return not "".join(cells).encode().translate(None, _NUMERIC)


def as_read_by_xgboost(number: str) -> str:
    """The same number in a form that xgboost's parser does not misread; most stay as they are."""
    value = float(number)
    digits, _, exponent = number.lower().lstrip("+-").partition("e")
    if abs(value) < SMALLEST and digits.strip("0."):
        return "0"
    whole, _, fraction = digits.partition(".")
    if max(len(whole), len(fraction)) > _DIGITS_READ or abs(float(exponent or 0)) > _GREATEST_EXPONENT:
        return repr(value)
    return number
