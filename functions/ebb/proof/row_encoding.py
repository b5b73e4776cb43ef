"""An encoded row, back to the cells of its file and into the encoding of another run: by the dataset.json of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebb.datasets.cells import BOOLEANS, LARGEST, as_read_by_xgboost, is_number
from ebb.datasets.encoding import MISSING
from ebb.errors import EbbError
from ebb.problems import quoted

_TRUTH = {word: str(number) for words in BOOLEANS for word, number in words.items()}


class NotComparableError(EbbError):
    """The other run cannot be asked about this row."""


def decode(row: str, dataset: Mapping[str, Any]) -> dict[int | str, str | None]:
    """The features' cells by column name, or by position where the file has no header. Missing ones are None.

    A category that was unknown is missing, too; true and false are written as most of that column were.
    """
    encoded = row.split(",")
    if len(encoded) != len(dataset["features"]):
        raise NotComparableError(f"A row has {len(encoded)} features, and its run has {len(dataset['features'])}.")
    return {_key(column): _decoded(column, encoded) for column in _features(dataset)}


def _features(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [column for column in dataset["columns"] if column["role"] == "feature"]


def _key(column: Mapping[str, Any]) -> int | str:
    name: str | None = column["name"]
    return int(column["position"]) if name is None else name


def _decoded(column: Mapping[str, Any], encoded: list[str]) -> str | None:
    cells: list[str] = [encoded[place] for place in column["features"]]
    values: list[str] = [category["value"] for category in column["categories"] or ()]
    if column["kind"] == "category":
        return values[cells.index("1")] if "1" in cells else None
    if cells[0] in ("", MISSING):
        return None
    if column["kind"] == "boolean":
        return next(value for value in (*values, *_TRUTH) if _TRUTH[value.lower()] == cells[0])
    return cells[0]


def encode(cells: Mapping[int | str, str | None], dataset: Mapping[str, Any]) -> str:
    """The features as this run's model reads them; NotComparableError names a column that it needs and does not get.

    What this run does not know: a category is none of its own, a truth is missing.
    """
    parts = [_encoded(column, cells) for column in _features(dataset)]
    if not parts[-1]:
        parts[-1] = MISSING
    return ",".join(parts)


def _encoded(column: Mapping[str, Any], cells: Mapping[int | str, str | None]) -> str:
    key = _key(column)
    if key not in cells:
        name = f"the column {quoted(key)}" if isinstance(key, str) else f"column {key}"
        raise NotComparableError(f"The live run needs {name}, which is no feature of the new table.")
    cell = cells[key]
    if column["kind"] == "category":
        return ",".join("1" if category["value"] == cell else "0" for category in column["categories"])
    if cell is None:
        return ""
    return _TRUTH.get(cell.lower(), "") if column["kind"] == "boolean" else _number(cell, key)


def _number(cell: str, key: int | str) -> str:
    if not is_number(cell) or abs(float(cell)) > LARGEST:
        problem = (
            f"{quoted(cell)} in column {quoted(str(key))} is no number, and the live run learned from numbers there."
        )
        raise NotComparableError(problem)
    return as_read_by_xgboost(cell)


def relabel(label: float, of: Mapping[str, Any], to: Mapping[str, Any]) -> float:
    """The label of one run as the other run numbers it: classes are positions in `label.classes`."""
    words, others = of["label"]["classes"], to["label"]["classes"]
    if (words is None) != (others is None):
        raise NotComparableError("The labels of one run are words, those of the other one are numbers.")
    if words is None:
        return _known_class(label, to["label"])
    word = words[int(label)]
    if word not in others:
        raise NotComparableError(f"The live run knows no class {quoted(word)}.")
    return float(others.index(word))


def _known_class(label: float, known: Mapping[str, Any]) -> float:
    if known["kind"] == "class" and label > known["maximum"]:
        raise NotComparableError(f"The live run knows no class {label:g}.")
    return label
