"""What must become of a table, worked out from the rules and from nothing of ours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tests.unit.ebb.datasets.generated import Table, is_missing, is_number

Floats = npt.NDArray[np.float32]
_SMALLEST_NORMAL = 1.1754944e-38
_VALUES_OF_TEXT = ("none", "None")
_TRUE, _FALSE = ("true", "yes"), ("false", "no")


@dataclass(frozen=True)
class Expected:
    """`columns` are facts of dataset.json; `matrix` has a row for each row of the file, its label first."""

    columns: list[dict[str, Any]]
    features: list[str]
    classes: list[str] | None
    objective: str
    num_class: int | None
    matrix: Floats
    held_out: list[bool]


def expected(table: Table, records: list[bytes]) -> Expected | None:
    """None where a number column holds a word: no such table is accepted."""
    width = len(table.rows[0])
    assert table.settings.label is not None
    label = place_of(table.settings.label, table)
    dropped = {place_of(name, table) for name in table.settings.drop}
    if table.names is None and not any(row[-1].strip(" \t") for row in table.rows):
        dropped.add(width - 1)  # a delimiter at the end of the lines
    facts: list[dict[str, Any]] = []
    features: list[str] = []
    values: list[list[float]] = []
    classes: list[str] | None = None
    for place in range(width):
        cells = [row[place].strip(" \t") for row in table.rows]
        name = table.names[place] if table.names else None
        fact: dict[str, Any] = {"position": place, "name": name, "role": "dropped"}
        if place == label:
            fact["role"] = "label"
            classes = _classes_of(cells, table.settings.objective)
            values.insert(0, [_number(cell) if classes is None else _place(cell, classes) for cell in cells])
        elif place not in dropped:
            kind = _kind(cells)
            if kind is None:
                return None
            names, added = _encoded(kind, str(place) if name is None else name, cells)
            fact |= _facts_of(kind, cells, list(range(len(features), len(features) + len(names))))
            features += names
            values += added
        facts.append(fact)
    matrix = np.array(values, dtype=np.float64).T.astype(np.float32)
    objective = _objective(table.settings.objective, classes)
    given = table.settings.num_class or 0
    num_class = max(given, len(classes)) if classes and objective.startswith("multi:") else None
    held = held_out(records, table.settings.validation)
    return Expected(facts, features, classes, objective, num_class, matrix, held)


def _objective(named: str, classes: list[str] | None) -> str:
    if named != "auto":
        return named
    return "reg:squarederror" if classes is None else "binary:logistic" if len(classes) == 2 else "multi:softprob"


def _classes_of(cells: list[str], objective: str) -> list[str] | None:
    """Numbers by value, words by code point, false before true; spelled as most often, the shortest of those."""
    numeric = all(map(is_number, cells))
    by_key: dict[Any, Counter[str]] = {}
    truth = any({cell.lower() for cell in cells} <= {yes, no} for yes, no in zip(_TRUE, _FALSE, strict=True))
    for cell in cells:
        key = float(cell) if numeric else cell.lower() in _TRUE if truth else cell
        by_key.setdefault(key, Counter())[cell] += 1
    if numeric and not objective.startswith(("binary:", "multi:")):
        whole = all(key.is_integer() for key in by_key)
        if objective != "auto" or len(by_key) != 2 or not whole:
            return None
    return [min(by_key[key], key=lambda cell: (-by_key[key][cell], len(cell), cell)) for key in sorted(by_key)]


def _place(cell: str, classes: list[str]) -> int:
    if cell in classes:
        return classes.index(cell)
    if is_number(cell):
        return [float(word) for word in classes].index(float(cell))
    return [word.lower() for word in classes].index(cell.lower())


def held_out(records: list[bytes], share: float) -> list[bool]:
    return [crc32(record) % 10_000 < Decimal(str(share)) * 10_000 for record in records]


def place_of(name: int | str, table: Table) -> int:
    if isinstance(name, int):
        return name % len(table.rows[0])
    assert table.names
    return table.names.index(name)


def _kind(cells: list[str]) -> str | None:
    present = [cell for cell in cells if not is_missing(cell)]
    numbers = sum(map(is_number, present))
    if numbers * 2 > len(present) or not present:
        return "number" if numbers == len(present) else None
    present += [cell for cell in cells if cell in _VALUES_OF_TEXT]
    if any({cell.lower() for cell in present} <= {yes, no} for yes, no in zip(_TRUE, _FALSE, strict=True)):
        return "boolean"
    return "category"


def _encoded(kind: str, name: str, cells: list[str]) -> tuple[list[str], list[list[float]]]:
    if kind == "number":
        return [name], [[_number(cell) for cell in cells]]
    if kind == "boolean":
        return [name], [[np.nan if is_missing(cell) else float(cell.lower() in _TRUE) for cell in cells]]
    values = by_frequency(cells)
    return [f"{name}={value}" for value in values], [[float(cell == value) for cell in cells] for value in values]


def by_frequency(cells: list[str]) -> list[str]:
    counts = Counter(cell for cell in cells if not _is_missing_text(cell))
    return sorted(sorted(counts), key=lambda value: counts[value], reverse=True)


def _is_missing_text(cell: str) -> bool:
    return is_missing(cell) and cell not in _VALUES_OF_TEXT


def _number(cell: str) -> float:
    """Numbers nearer to zero than a 32-bit float's normal ones are zero."""
    if is_missing(cell):
        return np.nan
    return float(cell) if abs(float(cell)) >= _SMALLEST_NORMAL else 0.0


def _facts_of(kind: str, cells: list[str], features: list[int]) -> dict[str, Any]:
    absent = is_missing if kind == "number" else _is_missing_text
    present = [cell for cell in cells if not absent(cell)]
    numbers = [float(cell) for cell in present] if kind == "number" else []
    counts = Counter(present)
    return {
        "role": "feature",
        "kind": kind,
        "missing": round(1 - len(present) / len(cells), 6),
        "minimum": min(numbers, default=None),
        "maximum": max(numbers, default=None),
        "categories": None
        if kind == "number"
        else [{"value": value, "rows": counts[value]} for value in by_frequency(cells)],
        "features": features,
    }
