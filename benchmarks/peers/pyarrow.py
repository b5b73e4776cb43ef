"""pyarrow.csv, on one thread, block by block: once to check, once more to write.

It keeps the file's own text, which is quicker here than to format numbers again: whole lines where the label is first,
otherwise text columns. It has no hash of rows; numpy mixes one from the numbers' bits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]
import pyarrow.compute as pc  # type: ignore[import-not-found, import-untyped, unused-ignore]
from pyarrow import csv  # type: ignore[import-not-found, import-untyped, unused-ignore]

from benchmarks.dataset_files import Kind
from benchmarks.peers.job import (
    BELOW,
    MODULUS,
    TRAIN,
    VALIDATION,
    Column,
    Facts,
    by_frequency,
    checked,
    main,
    numeric,
    one_hot,
)

BLOCK = 1 << 20
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
NO_COMMA = "\x01"  # a delimiter that no line has, so that a line is one cell


class Measures:
    """What is known of each number column so far."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.rows = 0
        self._columns = {name: Column(float("inf"), float("-inf"), 0) for name in numeric(kind)}

    def add(self, numbers: Any) -> None:
        self.rows += len(numbers)
        for name, so_far in self._columns.items():
            column = numbers[name]
            ends = pc.min_max(column)
            self._columns[name] = Column(
                min(so_far.minimum, ends["min"].as_py()),
                max(so_far.maximum, ends["max"].as_py()),
                so_far.missing + column.null_count,
                so_far.finite and pc.all(pc.is_finite(column)).as_py(),
            )

    def columns(self) -> list[Column]:
        return checked(self._kind, list(self._columns.values()))


class Reading:
    """Blocks of whole lines; each is read as numbers and as text."""

    def __init__(self, kind: Kind, path: Path) -> None:
        self._kind, self._path = kind, path
        self.digest = hashlib.sha256()

    def blocks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            if self._kind.header:
                self.digest.update(file.readline())
            while block := file.read(BLOCK):
                block += file.readline()
                self.digest.update(block)
                yield block

    def table(self, block: bytes, types: dict[str, Any], delimiter: str = ",") -> Any:
        quote = '"' if self._kind.words else False
        return csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(use_threads=False, column_names=list(types), block_size=2 * BLOCK),
            csv.ParseOptions(delimiter=delimiter, quote_char=quote),
            csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )

    def numbers(self, block: bytes) -> Any:
        types = {name: pa.float64() if name in numeric(self._kind) else pa.string() for name in self._kind.columns}
        return self.table(block, types)

    def text(self, block: bytes) -> Any:
        return self.table(block, dict.fromkeys(self._kind.columns, pa.string()))

    def lines(self, block: bytes) -> Any:
        return self.table(block, {"line": pa.string()}, NO_COMMA)


def held_out(numbers: Any) -> Any:
    """True for a fifth of the rows, by their numbers alone."""
    mixed = np.zeros(len(numbers), np.uint64)
    for column in numbers.columns:
        if pa.types.is_floating(column.type):
            mixed ^= column.to_numpy().view(np.uint64)
            mixed *= MULTIPLIER
            mixed ^= mixed >> np.uint64(29)
    return pa.array(mixed % np.uint64(MODULUS) < BELOW)


def ended(columns: list[Any]) -> Any:
    """Rows with their line feeds, so that an array's data are the bytes to write."""
    rows = pc.binary_join_element_wise(*columns, ",") if columns[1:] else columns[0]
    return pc.binary_join_element_wise(rows, "", "\n")


def write(file: BinaryIO, rows: Any, chosen: Any) -> None:
    file.writelines(pa.concat_arrays([chunk]).buffers()[2] for chunk in rows.filter(chosen).chunks)


def encoded(column: Any, values: list[str]) -> Any:
    """Each word as the cells that stand for it, already joined."""
    cells = pa.array(one_hot(values).values())
    return pc.take(cells, pc.index_in(column, pa.array(values)))


def rows(kind: Kind, reading: Reading, block: bytes, words: dict[str, Counter[str]]) -> Any:
    if not kind.label_last:
        return ended([reading.lines(block)["line"]])
    text = reading.text(block)
    columns = [encoded(text[n], by_frequency(words[n])) if n in words else text[n] for n in ["label", *kind.features]]
    return ended(columns)


def verbatim(kind: Kind, path: Path) -> Facts:
    reading, measures = Reading(kind, path), Measures(kind)
    words: dict[str, Counter[str]] = {name: Counter() for name in kind.columns if name not in numeric(kind)}
    chosen = []
    for block in reading.blocks():
        numbers = reading.numbers(block)
        measures.add(numbers)
        chosen.append(held_out(numbers))
        for name, counter in words.items():
            counter.update({pair["values"]: pair["counts"] for pair in pc.value_counts(numbers[name]).to_pylist()})
    facts = Facts(measures.rows, measures.columns(), reading.digest.hexdigest())
    with TRAIN.open("wb") as train, VALIDATION.open("wb") as validation:
        for block, mask in zip(reading.blocks(), chosen, strict=True):
            text = rows(kind, reading, block, words)
            write(train, text, pc.invert(mask))
            write(validation, text, mask)
    return facts


if __name__ == "__main__":
    main({"verbatim": verbatim})
