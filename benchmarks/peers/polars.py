"""Polars, on one thread, in three ways.

eager: parse, split, write the parsed columns, as its guide does. Text of numbers changes (1.50 becomes 1.5).
streaming: the same with lazy frames and sinks, in less memory.
verbatim: parse to check, but write the file's own text: whole lines where the label is first, otherwise text columns.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl  # type: ignore[import-not-found, unused-ignore]

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
    sha256,
)

CSV = {"include_header": False, "quote_style": "never"}


def reading(kind: Kind, *, text: bool = False) -> dict[str, Any]:
    """The schema is given: nothing is guessed. Without words no quote is looked for, which is quicker."""
    numbers = set() if text else set(numeric(kind))
    return {
        "has_header": kind.header,
        "schema": {name: pl.Float64 if name in numbers else pl.String for name in kind.columns},
        "quote_char": '"' if kind.words else None,
    }


def measures(kind: Kind) -> list[Any]:
    columns = [pl.col(name) for name in numeric(kind)]
    return [
        expression.alias(f"{name} {what}")
        for name, column in zip(numeric(kind), columns, strict=True)
        for what, expression in (
            ("minimum", column.min()),
            ("maximum", column.max()),
            ("missing", column.null_count()),
            ("finite", column.is_finite().all()),
        )
    ]


def facts(kind: Kind, path: Path, rows: int, found: dict[str, Any]) -> Facts:
    parts = ("minimum", "maximum", "missing", "finite")
    columns = [Column(*(found[f"{name} {part}"] for part in parts)) for name in numeric(kind)]
    return Facts(rows, checked(kind, columns), sha256(path))


def arranged(kind: Kind, frame: Any, counts: dict[str, dict[str, int]]) -> Any:
    """Label first; each word as the cells that stand for it, already joined."""
    encoded = [pl.col(name).replace_strict(one_hot(by_frequency(found))) for name, found in counts.items()]
    return frame.with_columns(encoded).select(["label", *kind.features])


def count_words(kind: Kind, frame: Any) -> dict[str, dict[str, int]]:
    words = [name for name in kind.columns if name not in numeric(kind)]
    return {name: dict(frame[name].value_counts().iter_rows()) for name in words}


def write(frame: Any, held_out: Any) -> None:
    frame.filter(~held_out).write_csv(TRAIN, **CSV)
    frame.filter(held_out).write_csv(VALIDATION, **CSV)


def eager(kind: Kind, path: Path) -> Facts:
    frame = pl.read_csv(path, **reading(kind))
    found = facts(kind, path, frame.height, frame.select(measures(kind)).row(0, named=True))
    held_out = frame.hash_rows() % MODULUS < BELOW
    write(arranged(kind, frame, count_words(kind, frame)), held_out)
    return found


def streaming(kind: Kind, path: Path) -> Facts:
    frame = pl.scan_csv(path, **reading(kind))
    words = [name for name in kind.columns if name not in numeric(kind)]
    passes = [frame.select(pl.len().alias("rows"), *measures(kind)), *(frame.group_by(name).len() for name in words)]
    first, *groups = pl.collect_all(passes, engine="streaming")
    found = first.row(0, named=True)
    told = facts(kind, path, found["rows"], found)
    counts = {name: dict(group.iter_rows()) for name, group in zip(words, groups, strict=True)}
    held_out = pl.struct(kind.columns).hash() % MODULUS < BELOW
    marked = arranged(kind, frame.filter(~held_out), counts), arranged(kind, frame.filter(held_out), counts)
    sinks = [part.sink_csv(to, lazy=True, **CSV) for part, to in zip(marked, (TRAIN, VALIDATION), strict=True)]
    pl.collect_all(sinks, engine="streaming")
    return told


def lines(kind: Kind, path: Path) -> Facts:
    frame = pl.read_csv(path, **reading(kind))
    found = facts(kind, path, frame.height, frame.select(measures(kind)).row(0, named=True))
    del frame
    text = pl.read_lines(path)
    if kind.header:
        text = text.slice(1)
    held_out = text.select(pl.col("line").hash() % MODULUS < BELOW).to_series()
    if kind.label_last:
        text = label_first(kind, path, text)
    write(text, held_out)
    return found


def label_first(kind: Kind, path: Path, text: Any) -> Any:
    """The label's own text, then the line without it: quicker than any expression that splits lines."""
    label = pl.read_csv(path, columns=["label"], **reading(kind, text=True))
    rest = pl.col("line").str.head(-1 - pl.col("label").str.len_chars().cast(pl.Int64))
    return pl.concat([label, text], how="horizontal").with_columns(rest)


def text_columns(kind: Kind, path: Path) -> Facts:
    frame = pl.read_csv(path, **reading(kind, text=True))
    numbers = frame.select(pl.col(numeric(kind)).cast(pl.Float64))
    found = facts(kind, path, frame.height, numbers.select(measures(kind)).row(0, named=True))
    del numbers
    held_out = frame.hash_rows() % MODULUS < BELOW
    write(arranged(kind, frame, count_words(kind, frame)), held_out)
    return found


def verbatim(kind: Kind, path: Path) -> Facts:
    return text_columns(kind, path) if kind.words else lines(kind, path)


if __name__ == "__main__":
    main({"eager": eager, "streaming": streaming, "verbatim": verbatim})
