"""What a row looks like to a run: the columns of its file, and which of them the model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

from ebb.datasets.cells import is_number
from ebb.evaluation.inference import MAX_BYTES
from ebb.evaluation.row_encoding import FeatureColumn, feature_columns, joined
from ebb.predict.errors import ColumnPlace, RequestError, bad_row, too_large
from ebb.problems import MAX_VALUE_LENGTH, quoted

Cells = Sequence[str | None]
_LONGEST_NUMBER = 1000  # characters: how long it takes to see that something is no number grows with their square
_LONGEST_NAME = 64  # and so does looking for names that are close
_MOST_COMPARED = 1000
_WRITTEN_OUT = len("nan")  # what an empty cell is sent as
_FIRST_LINE = len("nan\n")  # what precedes rows of one feature


@dataclass(frozen=True)
class RowTable:
    """`columns`: the features, in the order of the file. `names`: of all its columns; empty without a header.

    A column without a name has `` for one.
    """

    columns: tuple[FeatureColumn, ...]
    names: tuple[str, ...]
    known: frozenset[str]
    width: int
    label: int
    delimiter: str

    @classmethod
    def of(cls, dataset: Mapping[str, Any]) -> Self:
        named = dataset["format"]["header"]
        names = tuple(column["name"] or "" for column in dataset["columns"]) if named else ()
        delimiter, label = dataset["format"]["delimiter"], dataset["label"]["position"]
        return cls(feature_columns(dataset), names, frozenset(names), len(dataset["columns"]), label, delimiter)

    def places_by_position(self, width: int, row: int) -> list[int]:
        """Where the features are in a row in file order: all columns without the label, or the features alone."""
        if width == self.width - 1:
            return [column.position - (column.position > self.label) for column in self.columns]
        if width == len(self.columns):
            return list(range(width))
        features, all_but_label = len(self.columns), self.width - 1
        wanted = "" if features == all_but_label else f", or {features} without those that were dropped"
        problem = f"The row has {width} values; the model's file has {all_but_label} beside the label{wanted}."
        raise bad_row(row, f"{problem} Send them in its order.")

    def places_by_name(self, names: Sequence[str]) -> list[int]:
        """Where the features are below such a header; each name must be known, and no feature may be absent."""
        if tuple(names) == self.names:
            return [column.position for column in self.columns]
        places: dict[int | str, int] = {}
        for place, name in enumerate(names):
            if places.setdefault(name, place) < place and name:
                raise bad_row(None, f"The header has the name {quoted(name)} twice.")
        self.refuse_unknown(names, None)
        for column in self.columns:
            if column.key not in places:
                raise self.absent(column, None)
        return [places[column.key] for column in self.columns]

    def refuse_unknown(self, names: Iterable[str], row: int | None) -> None:
        for name in names:
            if name not in self.known:
                raise self._unknown(name, row)

    def absent(self, column: FeatureColumn, row: int | None) -> RequestError:
        problem = f"The row has no {quoted(column.key if isinstance(column.key, str) else str(column.key))}."
        return bad_row(row, f"{problem} Send null (in CSV: nothing) where it is missing.", place_of(column))

    def _unknown(self, name: str, row: int | None) -> RequestError:
        names = [column.name for column in self.columns[:_MOST_COMPARED] if column.name]
        near = get_close_matches(name, names, 1) if len(name) <= _LONGEST_NAME else []
        hint = f"Did you mean {quoted(near[0])}?" if near else "Leave it out."
        return bad_row(
            row, f"The model's file had no column {quoted(name)}. {hint}", ColumnPlace(None, name[:MAX_VALUE_LENGTH])
        )

    def encoded(self, rows: Iterable[Cells], most_bytes: int = MAX_BYTES) -> list[str]:
        """As start_training has written them. Too large is what does not go into one request: one model answers all."""
        texts: list[str] = []
        size = _FIRST_LINE
        for number, cells in enumerate(rows):
            text = joined([_text(column, cell, number) for column, cell in zip(self.columns, cells, strict=True)])
            size += len(text) + 1 + _WRITTEN_OUT * text.split(",").count("")
            if size > most_bytes:
                problem = f"Encoded, the rows up to row {number} have more than the {most_bytes:,} bytes that the"
                raise too_large(f"{problem} model takes at once: send fewer rows.")
            texts.append(text)
        if not texts:
            raise bad_row(None, "There are no rows.")
        return texts


def place_of(column: FeatureColumn) -> ColumnPlace:
    return ColumnPlace(column.position, column.name)


def _text(column: FeatureColumn, cell: str | None, row: int) -> str:
    if cell is None or column.lacks(cell):
        return column.text(None)
    if column.kind != "category" and (len(cell) > _LONGEST_NUMBER or not column.reads(cell)):
        raise _unreadable(column, cell, row)
    return column.text(cell)


def _unreadable(column: FeatureColumn, cell: str, row: int) -> RequestError:
    if column.kind == "boolean":
        what, wanted = "is neither true nor false", "true, false"
    elif len(cell) <= _LONGEST_NUMBER and is_number(cell):
        what, wanted = "is too large: XGBoost computes in 32-bit floats", "a number within ±3.4e38"
    else:
        what, wanted = "is not a number", "a number"
    problem = f"{quoted(cell)} in {place_of(column)} {what}. Send {wanted}, or null where it is missing."
    return bad_row(row, problem, place_of(column))
