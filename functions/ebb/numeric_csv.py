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
_MAX_DIGITS = 19
_CELL = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_QUOTED_NUMBER = re.compile(rb'"' + _CELL.pattern + rb'"')
# A label, then features that may be empty (missing). Short digits only: what could overflow goes the slow way.
# xgboost adds up the digits before the point in 64 bits: with 20 of them it trains on another number, silently.
_GOOD_ROW = re.compile(rb"[+-]?\d{1,19}(?:\.\d*)?(?:,(?:[+-]?(?:\d{1,19}(?:\.\d*)?|\.\d+))?)+")


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
    last_column_used: bool = False
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
        table.last_column_used = table.last_column_used or not text.endswith(b",")
        if not table.problems:
            yield row
    if not table.rows:
        table.found(Problem(Code.EMPTY_FILE, "The file has no rows.", "Upload a table: numbers only, the label first."))
    elif table.rows < MIN_ROWS and not table.problems:
        remedy = f"A model needs at least {MIN_ROWS} rows to learn from and to be tested on."
        table.found(Problem(Code.TOO_FEW_ROWS, f"The file has only {table.rows} rows.", remedy))
    elif not table.last_column_used and not table.problems:
        remedy = "Remove the comma at the end of each line: xgboost would not count it as a column."
        problem = "The last column is empty in every row."
        table.found(Problem(Code.EMPTY_COLUMN, problem, remedy, column=table.columns - 1))
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
        _refuse_other_formats(row)
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
            if _CELL.fullmatch(cell.strip()):
                remedy = "Remove the spaces around it."
            table.found(
                Problem(Code.NOT_A_NUMBER, f"{quoted(value)} is not a number.", remedy, row.line, position, value)
            )
        elif len(cell.lstrip(b"+-").partition(b".")[0].partition(b"e")[0].partition(b"E")[0]) > _MAX_DIGITS:
            value = cell.decode()
            remedy = f"Write it as {float(cell):.6g}: xgboost misreads more than {_MAX_DIGITS} digits before the point."
            problem = f"{quoted(value)} has too many digits."
            table.found(Problem(Code.OUT_OF_RANGE, problem, remedy, row.line, position, value))
        elif not math.isfinite(float(cell)) or abs(float(cell)) > _FLOAT32_MAX:
            value = cell.decode()
            remedy = "XGBoost computes in 32-bit floats: use values within ±3.4e38."
            table.found(Problem(Code.OUT_OF_RANGE, f"{quoted(value)} is too large.", remedy, row.line, position, value))


def _refuse_other_formats(row: Row) -> None:
    """What is no comma-separated UTF-8 text fails once, by its name, and not once for every line."""
    found = _other_format(row.source)
    if found:
        problem, remedy = found
        raise RefusedError([Problem(Code.NOT_A_CSV, problem, remedy, row.line, value=_first(row.source))])


def _other_format(source: bytes) -> tuple[str, str] | None:
    if b"\x00" in source or source.startswith((b"\xff", b"\xfe")):
        return "The file is not UTF-8 text.", "Save it as UTF-8."
    if all(_QUOTED_NUMBER.fullmatch(cell) for cell in source.split(b",")):
        return "The file has its numbers in quotes.", "Save it without quotes."
    for sign, name in ((b";", "semicolons"), (b"\t", "tabs"), (b"|", "bars")):
        if sign in source and b"," not in source:
            return f"The file is separated by {name}.", "Separate the columns with commas."
    return None


def _is_header(source: bytes) -> bool:
    """No cell of the first line is a number or empty."""
    return not any(not cell.strip() or _CELL.fullmatch(cell.strip()) for cell in source.split(b","))


def _first(source: bytes) -> str:
    return source.split(b",")[0].decode("utf-8", "replace")
