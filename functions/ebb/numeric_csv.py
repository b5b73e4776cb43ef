"""A numeric CSV without header, label first: every row is read and proven before anything is paid for.

The container never complains: it trains on a header as one more row, on text as missing, on a blank label as 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ebb.errors import RefusedError
from ebb.problems import MAX_PROBLEMS, Code, Problem, quoted

BOM = b"\xef\xbb\xbf"
MIN_ROWS = 10
MAX_LINE_LENGTH = 1024 * 1024
_FLOAT32_MAX = 3.4028234663852886e38
_CELL = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
# A label, then features that may be empty (missing). Short digits only: what could overflow goes the slow way.
_GOOD_ROW = re.compile(rb"[+-]?\d{1,30}(?:\.\d*)?(?:,(?:[+-]?(?:\d{1,30}(?:\.\d*)?|\.\d+))?)+")


@dataclass(frozen=True)
class Row:
    """One data row: the source bytes without line ending, and its line in the file."""

    line: int
    source: bytes


@dataclass
class Table:
    """What reading every row has shown; complete when `read_rows` is exhausted."""

    columns: int = 0
    rows: int = 0
    problems: list[Problem] = field(default_factory=list)

    def found(self, problem: Problem) -> None:
        """RefusedError once there are as many problems as one answer holds."""
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            raise RefusedError(self.problems)


def read_rows(blocks: Iterable[bytes], table: Table) -> Iterator[Row]:
    """The rows of a file, in order, as long as they are good; RefusedError at the end if one was not."""
    for number, line in enumerate(_lines(blocks), start=1):
        text = line.removeprefix(BOM) if number == 1 else line
        if not text.strip():
            continue
        row = Row(number, text)
        _check(row, table)
        table.rows += 1
        if not table.problems:
            yield row
    if not table.rows:
        table.found(Problem(Code.EMPTY_FILE, "The file has no rows.", "Upload a table: numbers only, the label first."))
    elif table.rows < MIN_ROWS and not table.problems:
        remedy = f"A model needs at least {MIN_ROWS} rows to learn from and to be tested on."
        table.found(Problem(Code.TOO_FEW_ROWS, f"The file has only {table.rows} rows.", remedy))
    if table.problems:
        raise RefusedError(table.problems)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Physical lines without their ending, LF or CR LF; a missing last newline does not matter."""
    rest, number = b"", 0
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        number += len(whole)
        if len(rest) > MAX_LINE_LENGTH:
            remedy = "Upload a text file with one row per line."
            problem = f"The line has more than {MAX_LINE_LENGTH:,} bytes."
            raise RefusedError([Problem(Code.LINE_TOO_LONG, problem, remedy, number + 1)])
    if rest:
        yield rest.removesuffix(b"\r")


def _check(row: Row, table: Table) -> None:
    width = row.source.count(b",") + 1
    if not table.columns:
        table.columns = width
        if _is_header(row.source):
            remedy = "Remove the header line: this version reads numbers only, the label in the first column."
            table.found(Problem(Code.HEADER, "The first line is a header.", remedy, row.line, 0, _first(row.source)))
            return
        if width < 2:  # noqa: PLR2004  (a label and at least one feature)
            remedy = "Separate the columns with commas: the label first, then at least one feature."
            table.found(
                Problem(Code.TOO_FEW_COLUMNS, "The line has one column.", remedy, row.line, 0, _first(row.source))
            )
    if width != table.columns:
        problem = f"The line has {width} columns, the first one has {table.columns}."
        column = min(width, table.columns)
        table.found(Problem(Code.RAGGED_ROW, problem, "Give every row the same number of columns.", row.line, column))
    elif not _GOOD_ROW.fullmatch(row.source):
        _check_cells(row, table)


def _check_cells(row: Row, table: Table) -> None:
    for position, cell in enumerate(row.source.split(b",")):
        if not cell:
            if position == 0:
                remedy = "Fill in the label or remove the row: the container would train on 0."
                table.found(Problem(Code.MISSING_LABEL, "The label is missing.", remedy, row.line, 0, ""))
        elif not _CELL.fullmatch(cell):
            value = cell.decode("utf-8", "replace")
            remedy = "Write a number with a decimal point, or leave the cell empty if the value is missing."
            table.found(
                Problem(Code.NOT_A_NUMBER, f"{quoted(value)} is not a number.", remedy, row.line, position, value)
            )
        elif not math.isfinite(float(cell)) or abs(float(cell)) > _FLOAT32_MAX:
            value = cell.decode()
            remedy = "XGBoost computes in 32-bit floats: use values within ±3.4e38."
            table.found(Problem(Code.OUT_OF_RANGE, f"{quoted(value)} is too large.", remedy, row.line, position, value))


def _is_header(source: bytes) -> bool:
    """No cell of the first line is a number or empty."""
    return not any(not cell.strip() or _CELL.fullmatch(cell.strip()) for cell in source.split(b","))


def _first(source: bytes) -> str:
    return source.split(b",")[0].decode("utf-8", "replace")
