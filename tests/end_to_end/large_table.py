"""A table of numbers of any size: the same bytes for the same size, made as they are read, with known counts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

_BLOCK_ROWS = 50_000
_HELD_OUT = 2_000  # of 10,000: the default share
_SERIES = b"@"  # stands for the number of the block, so that no two rows are equal


@dataclass
class LargeTable:
    """`label,series,a,b,…`; the label depends on `a` and `b`. The counts are known once it has been written."""

    size: int
    features: int = 12
    rows: int = 0
    held_out: int = 0
    written: int = 0

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            for block in self._blocks():
                self.written += file.write(block)
                rows = block.split(b"\n")[:-1]
                self.rows += len(rows)
                self.held_out += sum(crc32(row) % 10_000 < _HELD_OUT for row in rows)

    def _blocks(self) -> Iterator[bytes]:
        """Whole rows only, so it ends up to a row short of its size."""
        left = self.size
        for number in range(self.size):
            block = self._template.replace(_SERIES, str(number).encode())
            yield block[: block.rfind(b"\n", 0, left) + 1]
            left -= len(block)
            if left <= 0:
                return

    @cached_property
    def _template(self) -> bytes:
        chance = random.Random(2)  # noqa: S311  (numbers for a test)
        return b"".join(self._row(chance) for _ in range(_BLOCK_ROWS))

    def _row(self, chance: random.Random) -> bytes:
        values = [chance.uniform(-100, 100) for _ in range(self.features - 1)]
        label = 3 * values[0] - values[1]
        return b",".join([b"%.4f" % label, _SERIES, *(b"%.4f" % value for value in values)]) + b"\n"
