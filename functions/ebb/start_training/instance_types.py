"""How much a training instance holds: its memory for the matrix, its volume for the files.

Memory: AWS's pages of EC2 instance types; a family's memory grows with its size. The sizes are those that SageMaker
offers for training. Of a type that is not here nothing is known, so nothing is checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from ebb.problems import Code, Problem

GIB = 1024**3
MAX_VOLUME_GB = 1024
_BYTES_PER_VALUE = 4 * 3  # 32-bit floats; the text, the matrix and its sorted copy are in memory at once
_NEW = ("xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_FAMILIES: dict[str, tuple[float, tuple[str, ...]]] = {  # GiB of the size called xlarge; the sizes
    "m4": (16, ("xlarge", "2xlarge", "4xlarge", "10xlarge", "16xlarge")),
    "c4": (7.5, ("xlarge", "2xlarge", "4xlarge", "8xlarge")),
    "m5": (16, ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")),
    "c5": (8, ("xlarge", "2xlarge", "4xlarge", "9xlarge", "18xlarge")),
    "r5": (32, ("large", *_NEW)),
    "m6i": (16, ("large", *_NEW, "32xlarge")),
    "c6i": (8, (*_NEW, "32xlarge")),
    "r6i": (32, ("large", *_NEW, "32xlarge")),
    "m7i": (16, ("large", *_NEW, "48xlarge")),
    "c7i": (8, ("large", *_NEW, "48xlarge")),
    "r7i": (32, ("large", *_NEW, "48xlarge")),
}


def _times_xlarge(size: str) -> float:
    return 0.5 if size == "large" else int(size.removesuffix("xlarge") or 1)


MEMORY_GIB = {
    f"ml.{family}.{size}": xlarge * _times_xlarge(size)
    for family, (xlarge, sizes) in _FAMILIES.items()
    for size in sizes
}


def matrix_problem(rows: int, features: int, instance_type: str, allowed: str) -> Problem | None:
    """What is said when the instance cannot hold the matrix: with the smallest allowed type that can.

    AWS documents: "the total memory available … must be able to hold the training dataset". `allowed`: patterns,
    separated by commas.
    """
    needed = rows * features * _BYTES_PER_VALUE / GIB
    held = MEMORY_GIB.get(instance_type, math.inf)
    if needed <= held:
        return None
    problem = (
        f"{rows:,} rows of {features:,} features need about {needed:,.1f} GiB of memory; "
        f"{instance_type} has {held:g} GiB."
    )
    fitting = min(_fitting(needed, allowed), default=None)
    remedy = (
        f'Set [training] instance_type = "{fitting[-1]}" in model.toml, or upload a sample of the rows.'
        if fitting
        else "No type in AllowedInstanceTypes holds it: upload a sample of the rows, or have a larger one allowed."
    )
    return Problem(Code.TOO_LARGE_FOR_INSTANCE, problem, remedy, value=instance_type)


def _fitting(needed: float, allowed: str) -> Iterator[tuple[float, float, str]]:
    """Memory, size (of two types with the same memory the one with fewer processors costs less), and name."""
    patterns = allowed.split(",")
    for name, memory in MEMORY_GIB.items():
        if memory >= needed and any(fnmatchcase(name, pattern) for pattern in patterns):
            yield memory, _times_xlarge(name.rpartition(".")[2]), name


def volume_gb(usual: int, stored: Mapping[str, int]) -> int:
    """Raised to twice the training and validation data and five more, when they need it."""
    return min(max(usual, math.ceil(2 * sum(stored.values()) / GIB) + 5), MAX_VOLUME_GB)
