"""How a row of the file becomes a row that xgboost reads, in training and for ever after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ebb.datasets.columns import Column, NumberColumn, ValueColumn
from ebb.datasets.layout import Layout
from ebb.datasets.row_pattern import Group
from ebb.datasets.task import Task

MISSING = "nan"  # in the last column: the container would not count a column that is empty there in every row


@dataclass(frozen=True)
class EncodedColumn:
    """One feature's column: the names of what it becomes, and the text for each value; None for numbers as they are."""

    position: int
    kind: str
    features: tuple[str, ...]
    texts: Mapping[str, str] | None = None

    def with_texts(self, cells: Sequence[str]) -> Sequence[str]:
        return cells if self.texts is None else [self.texts[cell] for cell in cells]


@dataclass(frozen=True)
class Encoding:
    layout: Layout
    columns: tuple[EncodedColumn, ...]
    task: Task

    @classmethod
    def of(cls, layout: Layout, columns: Mapping[int, Column], task: Task) -> Encoding:
        return cls(layout, tuple(_encoded(columns[place]) for place in layout.features), task)

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(name for column in self.columns for name in column.features)

    @property
    def digest(self) -> str:
        """8 hexadecimal digits; equal for equal encodings."""
        layout = self.layout
        facts = [
            layout.names,
            layout.width,
            layout.label,
            [(c.position, c.kind, c.features, c.texts) for c in self.columns],
        ]
        canonical = json.dumps([*facts, self.task.classes], sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:8]

    def encode(self, columns: Sequence[list[str]], known: Mapping[int, Column]) -> list[str]:
        """Rows as they are written, label first, of the cells as they are in the file."""
        features = [known[column.position].written(columns[column.position]) for column in self.columns]
        texts = [column.with_texts(cells) for column, cells in zip(self.columns, features, strict=True)]
        return self._joined(known[self.layout.label].written(columns[self.layout.label]), texts)

    def encode_proven(self, groups: Sequence[tuple[Group, Sequence[str]]], known: Mapping[int, Column]) -> list[str]:
        """The same of rows that a pattern has proven: runs of numbers are written as they stand."""
        by_place = {column.position: column for column in self.columns}
        labels: Sequence[str] = ()
        texts: list[Sequence[str]] = []
        for group, cells in groups:
            if group.run:
                texts.append(self._with_commas(cells))
            elif group.places[0] == self.layout.label:
                labels = known[group.places[0]].written(list(cells))
            else:
                place = group.places[0]
                texts.append(by_place[place].with_texts(known[place].written(list(cells))))
        return self._joined(labels, texts)

    def numbers_of(self, labels: Sequence[str]) -> list[str]:
        """The numbers of their classes."""
        return list(map(self.task.number_of.__getitem__, labels))

    def _with_commas(self, runs: Sequence[str]) -> Sequence[str]:
        delimiter = self.layout.delimiter
        return runs if delimiter == "," else "\n".join(runs).replace(delimiter, ",").split("\n")

    def _joined(self, labels: Sequence[str], texts: list[Sequence[str]]) -> list[str]:
        if self.task.classes is not None:
            labels = self.numbers_of(labels)
        if any(text == "" or text[-1] == "," for text in texts[-1]):
            texts[-1] = [text + MISSING if text == "" or text[-1] == "," else text for text in texts[-1]]
        return list(map(",".join, zip(labels, *texts, strict=True)))


def _encoded(column: Column) -> EncodedColumn:
    name = str(column.position) if column.name is None else column.name
    if not isinstance(column, ValueColumn):
        return EncodedColumn(column.position, "number", (name,))
    if column.truth is not None:
        texts = {value: str(number) for value, number in column.truth.items()}
        return EncodedColumn(column.position, "boolean", (name,), texts | {"": ""})
    values = column.by_frequency()
    one_hot = {value: ",".join("1" if other == value else "0" for other in values) for value in values}
    none = ",".join("0" for _ in values)
    return EncodedColumn(
        column.position, "category", tuple(f"{name}={value}" for value in values), one_hot | {"": none}
    )


def column_facts(layout: Layout, columns: Mapping[int, Column], encoding: Encoding, rows: int) -> list[dict[str, Any]]:
    """`columns` of dataset.json: every column of the file, in its order."""
    features = {column.position: column for column in encoding.columns}
    facts, next_feature = [], 0
    for place in range(layout.width):
        column, feature = columns.get(place) if place not in layout.dropped else None, features.get(place)
        count = len(feature.features) if feature else 0
        facts.append(
            {
                "position": place,
                "name": layout.name(place),
                "role": "label" if place == layout.label else "feature" if feature else "dropped",
                "kind": feature.kind if feature else _kind_of_label(column, encoding.task),
                "missing": round(column.missing / rows, 6) if column else None,
                "minimum": _finite(column, "minimum"),
                "maximum": _finite(column, "maximum"),
                "categories": _categories(column) if feature and feature.kind != "number" else None,
                "features": list(range(next_feature, next_feature + count)),
            }
        )
        next_feature += count
    return facts


def _kind_of_label(column: Column | None, task: Task) -> str | None:
    if column is None:
        return None
    return "number" if task.classes is None else "class"


def _categories(column: Column | None) -> list[dict[str, Any]] | None:
    if not isinstance(column, ValueColumn):
        return None
    return [{"value": value, "rows": column.values[value]} for value in column.by_frequency()]


def _finite(column: Column | None, name: str) -> float | None:
    if isinstance(column, NumberColumn) and column.least:
        return float(getattr(column, name))
    return None
