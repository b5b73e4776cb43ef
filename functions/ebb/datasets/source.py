"""The bytes of an uploaded file, block by block, from the beginning as often as is asked."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ebb.problems import Code, Problem, Problems, RefusedError

BLOCK_SIZE = 1024 * 1024
GB = 1024**3
_SLICE = 16 * 1024


class Source(Protocol):
    """`name` ends in .csv or .csv.gz; `size` and `blocks()` are the bytes as they are stored."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def blocks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class FileSource:
    """A file on this machine."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(BLOCK_SIZE):
                yield block


@dataclass
class Reading:
    """One pass over a source: its text, unpacked; its digest, as it is stored."""

    source: Source
    problems: Problems
    max_bytes: int
    text_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def is_compressed(self) -> bool:
        return self.source.name.endswith(".gz")

    def text(self) -> Iterator[bytes]:
        """The file's text. Limits count unpacked bytes, so a small archive cannot hide a large file."""
        self._refuse_beyond_limit(self.source.size)
        for block in self._unpacked() if self.is_compressed else self._stored():
            self.text_bytes += len(block)
            self._refuse_beyond_limit(self.text_bytes)
            yield block

    def _stored(self) -> Iterator[bytes]:
        for block in self.source.blocks():
            self.digest.update(block)
            yield block

    def _unpacked(self) -> Iterator[bytes]:
        """RFC 1952: members one after the other are one file."""
        member = zlib.decompressobj(wbits=31)
        for piece in self._slices():
            packed = piece
            while packed:
                if member.eof:
                    if not packed.strip(b"\0"):  # padding behind the last member, as tar and tape drives leave it
                        break
                    member = zlib.decompressobj(wbits=31)
                yield from self._inflated(member, packed)
                packed = member.unused_data
        if not member.eof:
            raise self._bad_archive("ends before it is complete")

    def _slices(self) -> Iterator[bytes]:
        """Small ones: of what follows a member, zlib makes a copy each time."""
        for block in self._stored():
            for start in range(0, len(block), _SLICE):
                yield block[start : start + _SLICE]

    def _inflated(self, member: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
        while True:
            try:
                block = member.decompress(packed, BLOCK_SIZE)
            except zlib.error as error:
                raise self._bad_archive(f"cannot be unpacked ({error})") from error
            if block:
                yield block
            packed = member.unconsumed_tail
            if member.eof or (not packed and len(block) < BLOCK_SIZE):
                return  # after its end a member says again what it has not consumed

    def _bad_archive(self, what: str) -> RefusedError:
        remedy = "Compress the file again with gzip, or upload it as .csv."
        return self.problems.last(Problem(Code.BAD_GZIP, f"The gzip archive {what}.", remedy))

    def _refuse_beyond_limit(self, size: int) -> None:
        if size > self.max_bytes:
            problem = f"The file has more than {self.max_bytes / GB:g} GB, which is the limit."
            raise self.problems.last(
                Problem(Code.TOO_LARGE, problem, "Upload a sample of the rows, or raise MaxDatasetGB.")
            )
