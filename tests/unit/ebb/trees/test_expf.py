"""The exponential and the logarithm have the bits of glibc's, with which the container's xgboost computes."""

from __future__ import annotations

import ctypes
import math
import platform
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import chain
from random import Random

import pytest

from ebb.trees import expf as module
from ebb.trees.expf import expf
from ebb.trees.float32 import INFINITY, NAN, rounded
from ebb.trees.logf import logf

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 0.7, 0.69921875, 1.3984375, 88.7, 88.72283, 88.72284, 89.0, -87.4, -103.9, -104.0)
ODD = (1e-45, 1.1754944e-38, 3.4028235e38, INFINITY, -INFINITY, NAN, 9.999e-7, 1e-6, -200.0)
EXAMPLES = 20_000

needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or platform.machine() != "x86_64", reason="compared with glibc on x86-64"
)


def _glibc(name: str) -> Callable[[float], float]:
    function = getattr(ctypes.CDLL("libm.so.6"), name)
    function.argtypes, function.restype = [ctypes.c_float], ctypes.c_float
    call: Callable[[float], float] = function
    return call


def _bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("f", value)


def _floats(seed: int, count: int) -> Iterator[float]:
    """Of any size and sign, each bit pattern as likely as any other."""
    chance = Random(seed)  # noqa: S311  (numbers for a test)
    for _ in range(count):
        yield from struct.unpack("f", struct.pack("I", chance.randrange(2**32)))
        yield from struct.unpack("f", struct.pack("f", chance.uniform(-105, 90)))
        yield from struct.unpack("f", struct.pack("f", chance.gauss(0, 3)))


def _differences(ours: Callable[[float], float], name: str, numbers: Iterator[float]) -> list[str]:
    theirs, edges = _glibc(name), map(rounded, (*EDGES, *ODD))
    return [number.hex() for number in chain(edges, numbers) if _bits(ours(number)) != _bits(theirs(number))]


@needs_glibc
@pytest.mark.parametrize(("ours", "name"), [(expf, "expf"), (logf, "logf")], ids=["expf", "logf"])
def test_a_number_has_the_bits_of_glibc(ours: Callable[[float], float], name: str) -> None:
    assert _differences(ours, name, _floats(1, EXAMPLES)) == []


@needs_glibc
@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("ours", "name"), [(expf, "expf"), (logf, "logf")], ids=["expf", "logf"])
def test_so_have_millions(ours: Callable[[float], float], name: str) -> None:
    assert _differences(ours, name, _floats(2, 2_000_000)) == []


def test_the_powers_are_the_nearest_doubles_whatever_pow_the_machine_has() -> None:
    with localcontext() as context:
        context.prec = 60
        nearest = [float(Decimal(2) ** (Decimal(step) / 32)) for step in range(32)]
    assert nearest == list(module._POWERS)
