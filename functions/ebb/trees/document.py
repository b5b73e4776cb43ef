"""What a model's document holds at a place, if it is of the type that xgboost gives it there."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ebb.trees.unusable import UnusableModelError, shown

_MOST_DIGITS: Final = 10
_WHOLE: Final = frozenset("bBhiq")
_LARGEST: Final = 2**31


def table(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise _wrong(key)
    return value


def tables(parent: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = parent.get(key)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _wrong(key)
    return value


def text(parent: Mapping[str, Any], key: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str):
        raise _wrong(key)
    return value


def count(parent: Mapping[str, Any], key: str) -> int:
    """A parameter, which xgboost writes as text: a whole number of at least 0."""
    digits = text(parent, key)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise UnusableModelError(f"its {key} is {shown(digits)}, which is no count")
    return int(digits)


def wholes(parent: Mapping[str, Any], key: str) -> list[int]:
    """A list of small whole numbers, packed or not."""
    value = parent.get(key)
    if isinstance(value, array) and value.typecode in _WHOLE:
        return value.tolist()
    if isinstance(value, list) and all(type(each) is int and -_LARGEST <= each < _LARGEST for each in value):
        return value
    raise _wrong(key)


def reals(parent: Mapping[str, Any], key: str) -> array[float]:
    """A list of 32-bit numbers, packed or not; whole ones may stand among them in JSON."""
    value = parent.get(key)
    if isinstance(value, array) and value.typecode == "f":
        return value
    if isinstance(value, list) and all(type(each) in (int, float) for each in value):
        return _packed(value, key)
    raise _wrong(key)


def of_length(length: int, values: list[int], key: str) -> list[int]:
    if len(values) != length:
        raise UnusableModelError(f"its {key} has {len(values)} values for {length}")
    return values


def _packed(values: Iterable[float], key: str) -> array[float]:
    try:
        return array("f", values)
    except OverflowError as error:
        raise _wrong(key) from error


def is_empty(parent: Mapping[str, Any], key: str) -> bool:
    """Nothing, or a list with nothing in it."""
    value = parent.get(key)
    return value is None or (isinstance(value, (list, array)) and not len(value))


def _wrong(key: str) -> UnusableModelError:
    return UnusableModelError(f"its {key} is missing or of another type")
