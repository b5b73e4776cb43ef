"""UBJSON as xgboost writes it (its `src/common/json.cc`, UBJWriter): big-endian, 64-bit lengths, arrays with a count.

Objects become dicts, arrays lists, and arrays of one type (`[$d#L…`) `array.array`s.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Mapping
from typing import Any, Final

from ebb.trees.unusable import UnusableModelError, shown

MAX_DEPTH: Final = 32  # the deepest place of a model is 9 levels down
# The array type of each marker; "C" and "H" are never written.
_PACKED = {"d": "f", "D": "d", "i": "b", "U": "B", "I": "h", "l": "i", "L": "q"}
_TYPES = {f"${marker}#".encode(): code for marker, code in _PACKED.items()}
_SCALARS = {marker: struct.Struct(f">{code}") for marker, code in _PACKED.items()}
_CONSTANTS = {"Z": None, "T": True, "F": False}
_LENGTH = struct.Struct(">q")
_read_length = _LENGTH.unpack_from
_END, _LONG, _TYPED, _COUNT = b"}L$#"
_IS_SWAPPED = sys.byteorder == "little"


def parse(data: bytes) -> dict[str, Any]:
    """The document; UnusableModelError for anything that is not one, or that would take much more memory than bytes."""
    reader = _Reader(data)
    try:
        document = reader.value(0)
    except (IndexError, struct.error) as error:
        raise UnusableModelError("its UBJSON ends too early") from error
    except UnicodeDecodeError as error:
        raise UnusableModelError("its UBJSON has text that is not UTF-8") from error
    if not isinstance(document, dict):
        raise UnusableModelError("its UBJSON is no object")
    if reader.at != len(data):
        raise UnusableModelError("its UBJSON goes on behind its end")
    return document


class _Reader:
    """Where the reading is. A value outside of packed arrays costs far more memory than it has bytes: few are taken."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data
        self._values_left = 1000 + len(data) // 10
        self._containers_left = 1000 + len(data) // 32
        self._containers: Mapping[str, Callable[[int], Any]] = {"{": self._object, "[": self._array, "S": self._text}

    def value(self, depth: int) -> Any:
        self._values_left -= 1
        if self._values_left < 0:
            raise UnusableModelError("its UBJSON has too many values for its size")
        marker = chr(self._data[self.at])
        self.at += 1
        if marker in self._containers:
            return self._containers[marker](depth + 1)
        if scalar := _SCALARS.get(marker):
            start, self.at = self.at, self.at + scalar.size
            return scalar.unpack_from(self._data, start)[0]
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        raise UnusableModelError(f"its UBJSON has a value of the unknown type {shown(marker)}")

    def _object(self, depth: int) -> dict[str, Any]:
        self._enter(depth)
        found: dict[str, Any] = {}
        while self._data[self.at] != _END:
            key = str(self._counted(1), "utf-8")
            if key in found:
                raise UnusableModelError(f"its UBJSON has the key {shown(key)} twice")
            found[key] = self.value(depth)
        self.at += 1
        return found

    def _array(self, depth: int) -> list[Any] | array[Any]:
        self._enter(depth)
        if self._data[self.at] == _TYPED:
            return self._packed()
        if self._data[self.at] != _COUNT:
            raise UnusableModelError("its UBJSON has an array without its length")
        self.at += 1
        return [self.value(depth) for _ in range(self._length())]

    def _enter(self, depth: int) -> None:
        self._containers_left -= 1
        if self._containers_left < 0:
            raise UnusableModelError("its UBJSON has too many values for its size")
        if depth > MAX_DEPTH:
            raise UnusableModelError("its UBJSON is nested too deeply")

    def _packed(self) -> array[Any]:
        kind = _TYPES.get(self._data[self.at : self.at + 3])
        if kind is None:
            raise UnusableModelError(
                f"its UBJSON has an array that begins with {shown(self._data[self.at : self.at + 3])}"
            )
        self.at += 3
        numbers = array(kind)
        numbers.frombytes(self._counted(numbers.itemsize))
        if _IS_SWAPPED:
            numbers.byteswap()
        return numbers

    def _text(self, _depth: int) -> str:
        return str(self._counted(1), "utf-8")

    def _counted(self, itemsize: int) -> bytes:
        """A length, and as many items behind it."""
        start = self.at + 1 + _LENGTH.size
        self.at = start + self._length(itemsize) * itemsize
        return self._data[start : self.at]

    def _length(self, itemsize: int = 1) -> int:
        """Never more than what is left, so that no count can make the memory run out."""
        at = self.at
        if self._data[at] != _LONG:
            raise UnusableModelError("its UBJSON has a length that is no 64-bit number")
        length: int = _read_length(self._data, at + 1)[0]
        self.at = at = at + 1 + _LENGTH.size
        if not 0 <= length * itemsize <= len(self._data) - at:
            raise UnusableModelError("its UBJSON has a length that goes beyond its end")
        return length
