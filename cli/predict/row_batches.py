"""A file of rows in pieces that one request can carry; each has the header, and all together every row once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cli.outcome import CommandError, ExitCode
from ebb.datasets.cells import is_missing, is_number

# A function URL takes 6 MB, quotes and ends of lines counted twice; an endpoint takes 4 MB of encoded rows.
MOST_BYTES = 4_000_000
CSV, JSON = "text/csv", "application/json"
_BOM = b"\xef\xbb\xbf"
_CELLS = re.compile(r'[,;\t|](?=(?:[^"]*"[^"]*")*[^"]*$)')


@dataclass(frozen=True)
class Piece:
    """`first`: how many rows come before it. `head`: what is repeated before the rows of each piece."""

    type: str
    rows: Sequence[bytes]
    first: int = 0
    head: bytes = b""

    @property
    def body(self) -> bytes:
        if self.type == CSV:
            return self.head + b"".join(self.rows)
        return b'{"rows": [' + b", ".join(self.rows) + b"]}"

    def halves(self) -> tuple[Piece, Piece]:
        middle = len(self.rows) // 2
        return self._part(0, middle), self._part(middle, len(self.rows))

    def pieces(self, most: int = MOST_BYTES) -> Iterator[Piece]:
        """Of at most so many bytes, but at least a row each."""
        start, size = 0, 0
        for at, row in enumerate(self.rows):
            if size and size + len(row) > most - len(self.head):
                yield self._part(start, at)
                start, size = at, 0
            size += len(row)
        yield self._part(start, len(self.rows))

    def _part(self, start: int, end: int) -> Piece:
        return Piece(self.type, self.rows[start:end], self.first + start, self.head)


def rows_of(content: bytes, kind: str) -> Piece:
    """All rows; CommandError where there are none to be found."""
    read: Callable[[bytes], Piece] = _csv if kind == CSV else _json
    piece = read(content)
    if not piece.rows:
        raise CommandError(ExitCode.FAILED, "There are no rows in it.")
    return piece


def _csv(content: bytes) -> Piece:
    records = [record for record in _records(content.removeprefix(_BOM)) if record.strip()]
    if records and not records[-1].endswith(b"\n"):
        records[-1] += b"\n"
    if len(records) > 1 and _is_header(records[0]):
        return Piece(CSV, records[1:], head=records[0])
    return Piece(CSV, records)


def _records(content: bytes) -> Iterator[bytes]:
    """Lines; several where a quoted cell goes on."""
    record = b""
    for line in content.splitlines(keepends=True):
        record += line
        if record.count(b'"') % 2 == 0:
            yield record
            record = b""
    if record:
        yield record


def _is_header(record: bytes) -> bool:
    """Names only: neither a number nor a missing value. In a file of one piece nothing depends on it."""
    cells = [cell.strip(' \r\n"') for cell in _CELLS.split(record.decode(errors="replace"))]
    return not any(is_number(cell) or is_missing(cell) for cell in cells)


def _json(content: bytes) -> Piece:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandError(ExitCode.FAILED, f"It is no JSON: {error}.") from error
    rows = found.get("rows", [found]) if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise CommandError(ExitCode.FAILED, 'Rows in JSON are a list, {"rows": […]} or one object.')
    return Piece(JSON, [json.dumps(row).encode() for row in rows])
