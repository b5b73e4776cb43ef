"""Rows that were read, encoded and handed to the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ebb.datasets.encoding import MISSING, Encoding
from ebb.datasets.records import Block
from ebb.datasets.split import Split
from ebb.datasets.table import Seen, Table

_T = TypeVar("_T")


@dataclass(frozen=True)
class RowWriter:
    table: Table
    encoding: Encoding
    split: Split

    @property
    def takes_whole_rows(self) -> bool:
        """Numbers only, the label first and nothing dropped: the text of a proven row is written as it is."""
        layout = self.table.layout
        return layout.label == 0 and not layout.dropped and self.table.is_numeric and not self._has_classes

    @property
    def _has_classes(self) -> bool:
        return self.encoding.task.classes is not None

    def write(self, block: Block, seen: Seen) -> None:
        label = self.table.layout.label
        slow = self.encoding.encode(seen.batch.columns, self.table.columns)
        labels = seen.batch.columns[label]
        if seen.misses is None:
            self.split.write(seen.batch.sources, _encoded(slow), self._classes(labels))
        elif seen.groups:
            rows = _encoded(self.encoding.encode_proven(seen.groups, self.table.columns))
            known = next(list(cells) for group, cells in seen.groups if group.places == (label,))
            self.split.write(
                block.records,
                _merged(rows, _encoded(slow), seen.misses),
                self._classes(_merged(known, labels, seen.misses)),
            )
        else:
            self.split.write(block.records, self._whole_rows(block, _encoded(slow), seen.misses), None)

    def _classes(self, labels: Sequence[str]) -> Sequence[str] | None:
        """Their numbers, to be counted. None where labels are no classes."""
        return self.encoding.numbers_of(labels) if self._has_classes else None

    def _whole_rows(self, block: Block, slow: list[bytes], misses: Sequence[int]) -> list[bytes]:
        layout = self.table.layout
        rows = list(block.records)
        if layout.delimiter != ",":
            rows = block.text.replace(layout.delimiter.encode(), b",")[:-1].split(b"\n")
        if self.table.columns[layout.features[-1]].missing:
            rows = [row + MISSING.encode() if row.endswith(b",") else row for row in rows]
        for row, text in zip(misses, slow, strict=True):
            rows[row] = text
        return rows


def _encoded(rows: list[str]) -> list[bytes]:
    return "\n".join(rows).encode().split(b"\n") if rows else []


def _merged(proven: list[_T], others: Sequence[_T], places: Sequence[int]) -> list[_T]:
    """`others` put in where they were, in ascending order."""
    for place, other in zip(places, others, strict=True):
        proven.insert(place, other)
    return proven
