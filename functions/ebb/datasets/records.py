"""A file's text as records: lines, or several lines where a quoted cell goes on. In blocks, in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller

from ebb.datasets.cells import SPACES
from ebb.datasets.delimiter import SAMPLE_SIZE, delimiter_of, raw_cells
from ebb.problems import Code, Problem, Problems

BOM = b"\xef\xbb\xbf"
HEAD_SIZE = 1024 * 1024  # what decides of the columns' kinds
BLOCK_SIZE = 256 * 1024
MAX_RECORD_LENGTH = 1024 * 1024
_OTHER_FORMATS = (
    (b"\x1f\x8b", "a gzip archive", "Give its name the ending .csv.gz."),
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Save the table as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the table as CSV."),
    (b"PAR1", "a Parquet file", "Save the table as CSV."),
    (b"%PDF", "a PDF document", "Save the table as CSV."),
)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_RECORD = re.compile(rb'(?:[^"\n]++|"[^"]*+"?+)*+')
_BLANKS = frozenset({b"", b" ", b"\t"})
_COUNT_QUOTES = methodcaller("count", b'"')
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Block:
    """Whole records: their source bytes without line ending, and `text`, where each is ended by one newline.

    `numbers` are the physical lines they begin on. A record of several lines is possible only in a `quoted` block.
    """

    text: bytes
    numbers: Sequence[int]
    quoted: bool
    records: list[bytes]
    one_line_each: bool = True

    def without_first(self) -> Block:
        return self.only(range(1, len(self.records)))

    def pieces(self) -> Iterator[Block]:
        """The same records in smaller blocks: cells take more memory than text."""
        rows = max(len(self.records) * BLOCK_SIZE // max(len(self.text), 1), 1)
        for start in range(0, len(self.records), rows):
            yield self.only(range(start, min(start + rows, len(self.records))))

    def only(self, rows: Sequence[int]) -> Block:
        """A block of some of the records, counted from 0."""
        records = [self.records[row] for row in rows]
        text = b"\n".join((*records, b""))
        return Block(text, [self.numbers[row] for row in rows], self.quoted, records, self.one_line_each)


@dataclass
class Records:
    """Reads blocks of records; refuses what is not UTF-8 text. The first block is the head, the others are smaller."""

    chunks: Iterable[bytes]
    problems: Problems
    _line: int = 1
    _beginning: bytes = b""

    def blocks(self) -> Iterator[Block]:
        rest = b""
        for number, (piece, is_last) in enumerate(_pieces(self.chunks)):
            data = rest + (_without_mark(piece, self.problems) if number == 0 else piece)
            end = len(data) if is_last else _end_of_records(data)
            rest = data[end:]
            if end:
                block = self._block(data[:end] if data[end - 1 : end] == b"\n" else data[:end] + b"\n")
                if block.records:
                    yield block
            if len(rest) > MAX_RECORD_LENGTH:
                raise self.problems.last(self._endless(rest))

    def _block(self, text: bytes) -> Block:
        first = self._line
        self._beginning = self._beginning or text[:SAMPLE_SIZE]
        if not text.isascii():
            self._refuse_wrong_bytes(text, first)
        if b"\0" in text:
            self._refuse_at(text, first, text.index(b"\0"), Code.NOT_TEXT, "holds a NUL byte", "Save it as plain text.")
        if b"\r" in text and text.count(b"\r") > text.count(b"\r\n"):
            self._refuse_lone_returns(text, first)
        if b'"' in text:
            return self._quoted(text, first)
        text = text.replace(b"\r\n", b"\n") if b"\r" in text else text
        lines = text[:-1].split(b"\n")
        self._line += len(lines)
        if len(text) > MAX_RECORD_LENGTH:
            self._refuse_long(lines, range(first, self._line))
        if _may_be_blank(lines, text):
            numbers = [number for number, line in enumerate(lines, first) if not self._is_blank(line)]
            lines = [line for line in lines if not self._is_blank(line)]
            return Block(b"\n".join((*lines, b"")), numbers, quoted=False, records=lines)
        return Block(text, range(first, self._line), quoted=False, records=lines)

    def _is_blank(self, line: bytes) -> bool:
        """Nothing but spaces and tabs; unless tabs are what separates its empty cells."""
        return not line.strip(b" \t\r") and (b"\t" not in line or delimiter_of(self._beginning) != b"\t")

    def _quoted(self, text: bytes, first: int) -> Block:
        """Lines are joined while a quote is open."""
        lines = text[:-1].split(b"\n")
        self._line += len(lines)
        numbers: Sequence[int] = range(first, self._line)
        one_line_each = not any(count % 2 for count in set(map(_COUNT_QUOTES, lines)))
        if not one_line_each:
            lines, numbers = self._joined(lines, first)
        elif b"\r" in text:
            lines = [line.removesuffix(b"\r") for line in lines]
        if len(text) > MAX_RECORD_LENGTH:
            self._refuse_long(lines, numbers)
        if _may_be_blank(lines, text):
            numbers = [number for number, line in zip(numbers, lines, strict=True) if not self._is_blank(line)]
            lines = [line for line in lines if not self._is_blank(line)]
        text = b"\n".join((*lines, b""))
        return Block(text, numbers, quoted=True, records=lines, one_line_each=one_line_each)

    def _joined(self, lines: list[bytes], first: int) -> tuple[list[bytes], list[int]]:
        records: list[bytes] = []
        numbers: list[int] = []
        pending: list[bytes] = []
        is_open = False
        for number, line in enumerate(lines, first):
            if not is_open:
                numbers.append(number)
            pending.append(line)
            is_open ^= bool(line.count(b'"') % 2)
            if not is_open:
                records.append(b"\n".join(pending).removesuffix(b"\r"))
                pending = []
        if is_open:
            raise self.problems.last(_unclosed(numbers[-1]))
        return records, numbers

    def _refuse_long(self, records: list[bytes], numbers: Sequence[int]) -> None:
        for record, number in zip(records, numbers, strict=True):
            if len(record) > MAX_RECORD_LENGTH:
                raise self.problems.last(_too_long(number))

    def _refuse_lone_returns(self, text: bytes, first: int) -> None:
        """A carriage return may stand in a quoted cell or end a line, and nowhere else."""
        remedy = "Save the file with the line endings of Windows or Unix."
        offset = 0
        for place, part in enumerate(text.split(b'"')):
            lone = _LONE_RETURN.search(part) if place % 2 == 0 else None
            if lone:
                what = "holds a lone carriage return"
                self._refuse_at(text, first, offset + lone.start(), Code.LINE_ENDINGS, what, remedy)
            offset += len(part) + 1

    def _refuse_wrong_bytes(self, text: bytes, first: int) -> None:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            byte = f"holds the byte 0x{text[error.start]:02X}, which is not UTF-8"
            self._refuse_at(text, first, error.start, Code.NOT_UTF8, byte, "Save the file as UTF-8.")

    def _refuse_at(self, text: bytes, first: int, offset: int, code: Code, what: str, remedy: str) -> None:
        start = _end_of_records(text[:offset])
        delimiter = delimiter_of(self._beginning).decode()
        column = len(raw_cells(text[start:offset].decode(errors="replace"), delimiter)) - 1
        record = next(_RECORD.finditer(text, start)).group().removesuffix(b"\r")
        cell = raw_cells(record.decode(errors="replace"), delimiter)[column].strip(SPACES)
        line = first + text.count(b"\n", 0, start)
        raise self.problems.last(Problem(code, f"The cell {what}.", remedy, line, column, cell))

    def _endless(self, rest: bytes) -> Problem:
        if rest[:MAX_RECORD_LENGTH].count(b'"') % 2:
            return _unclosed(self._line)
        return _too_long(self._line)


def _may_be_blank(lines: list[bytes], text: bytes) -> bool:
    """Whether there is a line of nothing, or one that begins as if it were."""
    if b" " in text or b"\t" in text:
        return not _BLANKS.isdisjoint({line[:1] for line in lines})
    return b"" in lines


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The text cut at places that do not depend on how it arrives; whether a piece is the last one."""
    held, wanted = b"", HEAD_SIZE
    for chunk in chunks:
        held, start = held + chunk, 0
        while len(held) - start > wanted:
            yield held[start : start + wanted], False
            start, wanted = start + wanted, BLOCK_SIZE
        held = held[start:]
    yield held, True


def _end_of_records(data: bytes) -> int:
    """Behind the last newline that no quoted cell goes on across; 0 where there is none."""
    end = data.rfind(b"\n") + 1
    if b'"' not in data or data.count(b'"', 0, end) % 2 == 0:
        return end
    closing = end
    while True:  # between the last quote and the one before it, the text is outside of quotes
        last = data.rfind(b'"', 0, closing)
        before = data.rfind(b'"', 0, max(last, 0))
        end = data.rfind(b"\n", before + 1, max(last, 0)) + 1
        if end or before < 0:
            return end
        closing = before


def _without_mark(start: bytes, problems: Problems) -> bytes:
    """The text without a byte order mark; what other programs' formats begin with is refused by its name."""
    for mark, what, remedy in _OTHER_FORMATS:
        if start.startswith(mark):
            raise problems.last(Problem(Code.NOT_TEXT, f"The file is {what}, not a CSV.", remedy))
    if start.startswith(_UTF_16):
        raise problems.last(Problem(Code.NOT_UTF8, "The file is UTF-16 text.", "Save it as UTF-8.", line=1))
    return start.removeprefix(BOM)


def _too_long(line: int) -> Problem:
    problem = f"The line has more than {MAX_RECORD_LENGTH:,} bytes."
    return Problem(Code.LINE_TOO_LONG, problem, "Upload a text file with one row per line.", line)


def _unclosed(line: int) -> Problem:
    remedy = 'Close it, or write "" for a quote inside a cell.'
    return Problem(Code.UNCLOSED_QUOTE, "A quote is opened and never closed.", remedy, line)
