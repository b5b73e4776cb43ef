"""A block's cells, column by column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ebb.datasets.cells import SPACES
from ebb.datasets.delimiter import raw_cells
from ebb.datasets.records import MAX_RECORD_LENGTH, Block
from ebb.problems import Code, Gathered, Problem, Problems

csv.field_size_limit(MAX_RECORD_LENGTH)  # the module's own limit is smaller, and the process's


_QUOTED = re.compile(r' *"(?:[^"]|"")*"', re.DOTALL)


@dataclass(frozen=True)
class Batch:
    """Rows of the right width. `columns[position][row]`: cells without the spaces around them.

    `numbers` are the rows' lines, `sources` their bytes in the file.
    """

    columns: list[list[str]]
    numbers: Sequence[int]
    sources: Sequence[bytes] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, block: Block, delimiter: str, width: int, problems: Problems) -> Batch:
        """Rows with more or fewer cells than `width` are problems and left out."""
        read = _quoted_cells if block.quoted else _plain_cells
        cells, numbers, sources = read(block, delimiter, width, problems)
        columns = [cells[place::width] for place in range(width)]
        spaced = b" " in block.text or b"\t" in block.text
        return cls([_trimmed(column) for column in columns] if spaced else columns, numbers, sources)


_Cells = tuple[list[str], Sequence[int], Sequence[bytes]]  # row by row; the lines; the sources


def _plain_cells(block: Block, delimiter: str, width: int, problems: Problems) -> _Cells:
    records, numbers = block.records, block.numbers
    if not records:
        return [], numbers, records
    separator = delimiter.encode()
    widths = [record.count(separator) + 1 for record in records]
    if widths.count(width) == len(widths):
        return block.text[:-1].decode().replace("\n", delimiter).split(delimiter), numbers, records
    problems.add(*_ragged_rows(numbers, widths, width))
    kept = [row for row, found in enumerate(widths) if found == width]
    records = [records[row] for row in kept]
    cells = separator.join(records).decode().split(delimiter) if records else []
    return cells, [numbers[row] for row in kept], records


def _quoted_cells(block: Block, delimiter: str, width: int, problems: Problems) -> _Cells:
    texts = [record.decode() for record in block.records]
    rows = _parsed_at_once(texts, delimiter)
    if rows is None:
        parsed = [_parsed(text, delimiter, number, problems) for text, number in zip(texts, block.numbers, strict=True)]
        rows = [row or [] for row in parsed]
    widths = list(map(len, rows))
    if widths.count(width) == len(widths):
        return list(chain.from_iterable(rows)), block.numbers, block.records
    problems.add(*_ragged_rows(block.numbers, widths, width))
    kept = [row for row, found in enumerate(widths) if found == width]
    numbers, sources = [block.numbers[row] for row in kept], [block.records[row] for row in kept]
    return list(chain.from_iterable(rows[row] for row in kept)), numbers, sources


def _ragged_rows(numbers: Sequence[int], widths: Sequence[int], width: int) -> Iterator[Problem]:
    """Width 0: a row that could not be parsed, which is told already."""
    for number, found in zip(numbers, widths, strict=True):
        if width and found not in (0, width):
            yield _ragged(number, found, width)


def plain_cells(cells: Sequence[str], known: dict[str, str]) -> list[str]:
    """Cells as they stand in the file, without quotes and spaces around them; `known` remembers them."""
    for cell in set(cells).difference(known):
        known[cell] = (cell[1:-1] if cell[:1] == '"' else cell).strip(SPACES)
    return list(map(known.__getitem__, cells))


def _trimmed(cells: list[str]) -> list[str]:
    together = "".join(cells)
    if " " not in together and "\t" not in together:
        return cells
    trimmed = {cell: cell.strip(SPACES) for cell in set(cells)}
    return [trimmed[cell] for cell in cells]


def first_row(block: Block, delimiter: str, problems: Problems) -> list[str]:
    """The cells of the block's first record; RefusedError if its quotes are wrong: then nothing else is known."""
    first = _parsed(block.records[0].decode(), delimiter, block.numbers[0], problems)
    if first is None:
        _quoted_cells(block.without_first(), delimiter, 0, problems)
        raise problems.refusal()
    return [cell.strip(SPACES) for cell in first]


def cells_of_record(block: Block, delimiter: str) -> list[str] | None:
    """Those of its first record; None where its quotes are wrong."""
    return _parsed(block.records[0].decode(), delimiter, block.numbers[0], Gathered())


def _parsed_at_once(texts: list[str], delimiter: str) -> list[list[str]] | None:
    """None where a quote is not where it belongs: then the records do not keep apart."""
    try:
        rows = list(csv.reader(texts, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(texts) else None


def _parsed(text: str, delimiter: str, number: int, problems: Problems) -> list[str] | None:
    try:
        (row,) = csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        remedy = 'Quote the whole cell, and write "" for a quote inside it.'
        cells = raw_cells(text, delimiter)
        wrong = next((place for place, cell in enumerate(cells) if not _is_well_quoted(cell)), len(cells) - 1)
        problem = "A quote does not stand around a whole cell."
        problems.add(Problem(Code.BAD_QUOTE, problem, remedy, number, wrong, cells[wrong]))
        return None
    return row


def _is_well_quoted(cell: str) -> bool:
    return '"' not in cell or _QUOTED.fullmatch(cell) is not None


def _ragged(line: int, found: int, width: int) -> Problem:
    problem = f"The line has {found} column{'s' if found > 1 else ''}, the first one has {width}."
    remedy = "Give every row the same number of columns; quote cells that hold the delimiter."
    return Problem(Code.RAGGED_ROW, problem, remedy, line, min(width, found))
