"""An encoded row, back to the cells of its file and into the encoding of another run: by the dataset.json of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ebb.datasets.cells import BOOLEANS, LARGEST, as_read_by_xgboost, is_missing, is_missing_in_text, is_number
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


@dataclass(frozen=True)
class FeatureColumn:
    """A column of the file that a model reads, and what its cells become.

    `places`: of each category among its features; `nothing`: what a missing cell becomes.
    """

    position: int
    name: str | None
    kind: str
    places: Mapping[str, int]
    nothing: str

    @classmethod
    def of(cls, column: Mapping[str, Any]) -> Self:
        kind, categories = column["kind"], column["categories"] or ()
        values = [category["value"] for category in categories] if kind == "category" else []
        places = {value: place for place, value in enumerate(values)}
        return cls(column["position"], column["name"], kind, places, ",".join("0" * len(places)))

    @property
    def key(self) -> int | str:
        return self.position if self.name is None else self.name

    def reads(self, cell: str) -> bool:
        """Whether such a cell could have been in the file that this column was learned from."""
        if self.kind == "number":
            return is_number(cell) and abs(float(cell)) <= LARGEST
        return self.kind == "category" or cell.lower() in _TRUTH

    def lacks(self, cell: str) -> bool:
        """Whether such a cell is missing: in a category, none is a value as others are."""
        return is_missing_in_text(cell) if self.kind == "category" else is_missing(cell)

    def text(self, cell: str | None) -> str:
        """What is not known is as if it were missing: a category is none of its own."""
        if cell is None:
            return self.nothing
        if self.kind == "category":
            place = self.places.get(cell)
            return self.nothing if place is None else f"{self.nothing[: 2 * place]}1{self.nothing[2 * place + 1 :]}"
        return as_read_by_xgboost(cell) if self.kind == "number" else _TRUTH.get(cell.lower(), "")


def feature_columns(dataset: Mapping[str, Any]) -> tuple[FeatureColumn, ...]:
    return tuple(map(FeatureColumn.of, _features(dataset)))


def joined(texts: list[str]) -> str:
    """The features of one row."""
    if not texts[-1]:
        texts[-1] = MISSING
    return ",".join(texts)


def encode(cells: Mapping[int | str, str | None], dataset: Mapping[str, Any]) -> str:
    """The features as this run's model reads them; NotComparableError names a column that it needs and does not get.

    What this run does not know: a category is none of its own, a truth is missing.
    """
    return joined([_encoded(column, cells) for column in feature_columns(dataset)])


def _encoded(column: FeatureColumn, cells: Mapping[int | str, str | None]) -> str:
    key = column.key
    if key not in cells:
        name = f"the column {quoted(key)}" if isinstance(key, str) else f"column {key}"
        raise NotComparableError(f"The live run needs {name}, which is no feature of the new table.")
    cell = cells[key]
    if cell is not None and column.kind == "number" and not column.reads(cell):
        problem = (
            f"{quoted(cell)} in column {quoted(str(key))} is no number, and the live run learned from numbers there."
        )
        raise NotComparableError(problem)
    return column.text(cell)
