"""DuckDB, on one thread: SQL over read_csv, COPY to write.

It keeps the file's own text, which is quicker here than to format numbers again: whole lines where the label is first,
otherwise text columns of a table in memory.
"""

# ruff: noqa: S608  (the SQL is made of our own names)

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb  # type: ignore[import-not-found, unused-ignore]

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

NO_COMMA = "\x01"  # a delimiter that no line has, so that a line is one cell


def reading(kind: Kind, path: Path, *, text: bool = False) -> str:
    """The schema is given: nothing is guessed. Without words no quote is looked for, which is quicker."""
    numbers = set() if text else set(numeric(kind))
    types = ", ".join(f"'{name}': '{'DOUBLE' if name in numbers else 'VARCHAR'}'" for name in kind.columns)
    quote = '"' if kind.words else ""
    return (
        f"read_csv('{path}', header={kind.header}, columns={{{types}}}, delim=',', quote='{quote}', escape='{quote}', "
        "auto_detect=false, strict_mode=true, null_padding=false)"
    )


def whole_lines(path: Path) -> str:
    form = f"header=false, columns={{'line': 'VARCHAR'}}, delim='{NO_COMMA}', quote='', escape='', auto_detect=false"
    return f"read_csv('{path}', {form})"


def measures(kind: Kind, number: str = "{}") -> str:
    of = [number.format(name) for name in numeric(kind)]
    parts = [f"min({x}), max({x}), count(*) - count({x}), coalesce(bool_and(isfinite({x})), true)" for x in of]
    return ", ".join(["count(*)", *parts])


def facts(kind: Kind, path: Path, found: tuple[Any, ...]) -> Facts:
    rows, *values = found
    columns = [Column(*values[start : start + 4]) for start in range(0, len(values), 4)]
    return Facts(rows, checked(kind, columns), sha256(path))


def copy(connection: Any, columns: str, source: str, key: str) -> None:
    for path, comparison in ((TRAIN, ">="), (VALIDATION, "<")):
        where = f"WHERE hash({key}) % {MODULUS} {comparison} {BELOW}"
        form = f"(FORMAT csv, HEADER false, DELIMITER '{NO_COMMA if columns == 'line' else ','}', QUOTE '', ESCAPE '')"
        connection.execute(f"COPY (SELECT {columns} FROM {source} {where}) TO '{path}' {form}")


def lines(kind: Kind, path: Path) -> Facts:
    connection = duckdb.connect(config={"threads": 1})
    found = connection.execute(f"SELECT {measures(kind)} FROM {reading(kind, path)}").fetchone()
    told = facts(kind, path, found)
    copy(connection, "line", whole_lines(path), "line")
    return told


def encoded(connection: Any, name: str) -> str:
    """The cells that stand for a word, already joined."""
    counts = dict(connection.execute(f"SELECT {name}, count(*) FROM t GROUP BY 1").fetchall())
    cells = one_hot(by_frequency(counts))
    whens = " ".join(f"WHEN '{value}' THEN '{cell}'" for value, cell in cells.items())
    return f"CASE {name} {whens} END"


def text_columns(kind: Kind, path: Path) -> Facts:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"CREATE TEMP TABLE t AS FROM {reading(kind, path, text=True)}")
    found = connection.execute(f"SELECT {measures(kind, 'CAST({} AS DOUBLE)')} FROM t").fetchone()
    told = facts(kind, path, found)
    numbers = numeric(kind)
    order = [name if name in numbers else encoded(connection, name) for name in ["label", *kind.features]]
    copy(connection, ", ".join(order), "t", ", ".join(kind.columns))
    return told


def verbatim(kind: Kind, path: Path) -> Facts:
    return text_columns(kind, path) if kind.label_last else lines(kind, path)


if __name__ == "__main__":
    main({"verbatim": verbatim})
