"""Bytes on disk: pieces of files without a name, so that nothing is left of them, however the cloud ends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

BLOCK_SIZE = 1024 * 1024


class Spill:
    """A file in the cloud's folder of temporary files; its space is free again when nothing refers to it any more."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed with the last body that is in it)
        self._size = 0

    def keep(self, data: bytes) -> BodyOnDisk:
        start, left = self._size, memoryview(data)
        while left:
            written = os.pwrite(self._file.fileno(), left, self._size)
            left = left[written:]
            self._size += written
        return BodyOnDisk((Piece(self, start, len(data)),))

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, offset)

    def __del__(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Piece:
    spill: Spill
    offset: int
    size: int

    def within(self, start: int, stop: int) -> Piece:
        """The part of it between two positions, counted from its own beginning; they may lie outside."""
        start, stop = max(start, 0), min(stop, self.size)
        return Piece(self.spill, self.offset + start, max(stop - start, 0))


class BodyOnDisk:
    """Has a length and slices like bytes, and is none: whoever would need it whole in memory fails loudly."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self._size = sum(piece.size for piece in pieces)

    @classmethod
    def of(cls, bodies: list[BodyOnDisk]) -> Self:
        return cls(tuple(piece for body in bodies for piece in body._pieces))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, asked: slice) -> BodyOnDisk:
        start, stop, step = asked.indices(self._size)
        if step != 1:
            raise ValueError("bytes on disk are read forwards, without gaps")
        found, position = [], 0
        for piece in self._pieces:
            found.append(piece.within(start - position, stop - position))
            position += piece.size
        return BodyOnDisk(tuple(piece for piece in found if piece.size))

    def blocks(self, size: int = BLOCK_SIZE) -> Iterator[bytes]:
        for piece in self._pieces:
            for done in range(0, piece.size, size):
                yield piece.spill.read(piece.offset + done, min(size, piece.size - done))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self  # nothing changes it

    def whole(self) -> bytes:
        return b"".join(self.blocks())
