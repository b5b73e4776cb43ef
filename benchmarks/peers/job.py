"""What every contender's process does around its own work: `python -m benchmarks.peers.<peer> <way> <kind> <file>`.

It prints one line of JSON: what it found, and how long it took once its libraries were loaded.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.dataset_files import FOLDER, KINDS, Kind

HELD_OUT = 0.2
MODULUS = 10_000
BELOW = int(HELD_OUT * MODULUS)
OUT = FOLDER / "out"
TRAIN, VALIDATION = OUT / "train.csv", OUT / "validation.csv"


class Refused(Exception):
    """The file has a fault that a contender found."""


@dataclass(frozen=True)
class Column:
    minimum: float
    maximum: float
    missing: int
    finite: bool = True


@dataclass(frozen=True)
class Facts:
    """What dataset.json wants to know: the numeric columns in file order, rows, and the file's SHA-256."""

    rows: int
    columns: list[Column]
    sha256: str


Work = Callable[[Kind, Path], Facts]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def numeric(kind: Kind) -> list[str]:
    return [name for name in kind.columns if not name.startswith("w")]


def checked(kind: Kind, columns: list[Column]) -> list[Column]:
    """The same columns, or the refusal that a library does not give by itself."""
    for name, column in zip(numeric(kind), columns, strict=True):
        if not column.finite:
            raise Refused(f"column {name} has a cell that is not a finite number")
        if column.missing and (name == "label" or not kind.missing):
            raise Refused(f"column {name} has an empty cell")
    return columns


def by_frequency(counts: Mapping[str, int]) -> list[str]:
    """A category's values, the most frequent first."""
    return sorted(counts, key=lambda value: (-counts[value], value))


def one_hot(values: list[str]) -> dict[str, str]:
    """The cells that a value becomes."""
    return {value: ",".join("1" if other == value else "0" for other in values) for value in values}


def main(ways: dict[str, Work]) -> None:
    way, kind, path = sys.argv[1:]
    OUT.mkdir(parents=True, exist_ok=True)
    began, busy = time.perf_counter(), time.process_time()
    try:
        facts = ways[way](KINDS[kind], Path(path))
    except Exception as error:  # noqa: BLE001  (a contender refuses a file in its own words)
        sys.exit(f"{type(error).__name__}: {error}")
    report: dict[str, Any] = {"seconds": time.perf_counter() - began, "busy": time.process_time() - busy}
    print(json.dumps(report | asdict(facts)))
