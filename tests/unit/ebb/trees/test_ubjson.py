"""The documents of a model: UBJSON as xgboost writes it, and the same as JSON."""

from __future__ import annotations

import struct
import tracemalloc
from array import array
from typing import Any

import pytest

from ebb.trees import json_text, ubjson
from ebb.trees.unusable import UnusableModelError


def _long(number: int) -> bytes:
    return b"L" + struct.pack(">q", number)


def _object(**values: bytes) -> bytes:
    return b"{" + b"".join(_long(len(key)) + key.encode() + value for key, value in values.items()) + b"}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"Z", None),
        (b"T", True),
        (b"F", False),
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I\x80\x00", -32768),
        (b"l\x7f\xff\xff\xff", 2**31 - 1),
        (_long(-(2**63)), -(2**63)),
        (b"d\x3f\xc0\x00\x00", 1.5),
        (b"D" + struct.pack(">d", 0.1), 0.1),
        (b"S" + _long(3) + "ä!".encode(), "ä!"),
        (b"[#" + _long(3) + b"i\x01Z[#" + _long(0), [1, None, []]),
        (b"[$d#" + _long(2) + struct.pack(">2f", 1.5, -2), array("f", [1.5, -2])),
        (b"[$l#" + _long(2) + struct.pack(">2i", 1, -2), array("i", [1, -2])),
        (b"[$U#" + _long(2) + b"\x01\xff", array("B", [1, 255])),
        (_object(a=b"i\x01", b=_object()), {"a": 1, "b": {}}),
    ],
    ids=repr,
)
def test_a_value_is_read(written: bytes, value: Any) -> None:
    found = ubjson.parse(_object(it=written))["it"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"", "ends too early"),
        (b"{", "ends too early"),
        (b"i\x01", "is no object"),
        (_object() + b"x", "goes on behind its end"),
        (_object(it=b"l\x01"), "ends too early"),
        (_object(it=b"H" + _long(1) + b"1"), "unknown type 'H'"),
        (_object(it=b"C1"), "unknown type 'C'"),
        (_object(it=b"[]"), "an array without its length"),
        (_object(it=b"[$d]"), "an array that begins with"),
        (_object(it=b"[$d#i\x01"), "a length that is no 64-bit number"),
        (_object(it=b"[$Z#" + _long(1)), r"an array that begins with b'\$Z#'"),
        (_object(it=b"[#" + _long(2**62)), "goes beyond its end"),
        (_object(it=b"[#" + _long(-1)), "goes beyond its end"),
        (_object(it=b"[$d#" + _long(2**61) + b"abcd"), "goes beyond its end"),
        (_object(it=b"S" + _long(9) + b"abc"), "goes beyond its end"),
        (_object(it=b"Si\x03abc"), "a length that is no 64-bit number"),
        (_object(it=b"S" + _long(2) + b"\xff\xff"), "text that is not UTF-8"),
        (b"{" + 2 * (_long(1) + b"a" + b"Z") + b"}", "the key 'a' twice"),
        (40 * (b"{" + _long(1) + b"a") + b"Z" + 40 * b"}", "nested too deeply"),
        (_object(it=40 * (b"[#" + _long(1)) + b"Z"), "nested too deeply"),
        (_object(it=b"[#" + _long(20_000) + 20_000 * b"Z"), "too many values for its size"),
        (_object(it=b"[#" + _long(9_000) + 9_000 * b"{}"), "too many values for its size"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_anything_else_is_refused_by_what_it_is(written: bytes, reason: str) -> None:
    with pytest.raises(UnusableModelError, match=reason):
        ubjson.parse(written)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"{", "cannot be read"),
        (b'{"a": nan}', "cannot be read"),
        (b"[1]", "is no object"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b'{"a": 1, "b": 2, "a": 3}', "the key 'a' twice"),
        (b'{"a": ' + 100_000 * b"[" + 100_000 * b"]" + 4_000_000 * b" " + b"}", "nested too deeply"),
        (b'{"a": [' + 5_000 * b"[]," + b"1]}", "too many values for its size"),
        (b'{"a": [' + 5_000 * b'"",' + b"1]}", "too many values for its size"),
        (b'{"a": ' + 5_000 * b"1" + b"}", "cannot be read"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_so_is_json(written: bytes, reason: str) -> None:
    with pytest.raises(UnusableModelError, match=reason):
        json_text.parse(written)


@pytest.mark.parametrize(
    "item",
    [b"d\x3f\xc0\x00\x01", b"S" + _long(1) + b"a", b"{" + _long(1) + b"a" + b"Z}", b"L" + bytes(7) + b"\x99\x99"],
)
def test_no_document_takes_more_than_ten_times_its_bytes(item: bytes) -> None:
    count = 200_000 // len(item)
    written = _object(it=b"[#" + _long(count) + count * item)
    for padded in (
        written,
        _object(
            it=b"[#" + _long(count // 32) + count // 32 * item, pad=b"[$U#" + _long(len(written)) + bytes(len(written))
        ),
    ):
        tracemalloc.start()
        try:
            ubjson.parse(padded)
        except UnusableModelError:
            pass
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 10 * len(padded)
