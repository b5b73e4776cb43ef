"""Which rows are held out, and where rows are written to."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import compress
from operator import not_
from typing import Protocol
from zlib import crc32

SMOKE_ROWS = 200
SMOKE_BYTES = 4 * 1024 * 1024  # what an endpoint takes as one request
_BUCKETS = 10_000


class Part(Protocol):
    """One file of the run folder."""

    def write(self, rows: bytes, count: int) -> None: ...


class Parts(Protocol):
    @property
    def train(self) -> Part: ...
    @property
    def validation(self) -> Part: ...
    @property
    def smoke(self) -> Part: ...


class Sink(Protocol):
    """Where the rows go. Nothing appears there unless the `with` block ends without an error."""

    def open(self) -> AbstractContextManager[Parts]: ...


class Discarded:
    def write(self, rows: bytes, count: int) -> None:
        """Only the check was wanted."""


class NoParts:
    train = validation = smoke = Discarded()


class NoSink:
    """For a check that writes nothing."""

    @contextmanager
    def open(self) -> Iterator[Parts]:
        yield NoParts()


@dataclass
class _Sample:
    """At most 200 rows, and no more bytes than a request may have."""

    _heap: list[tuple[int, bytes]] = field(default_factory=list)  # (minus hash, row): the largest hash first
    _size: int = 0

    def offer(self, hashes: list[int], rows: list[bytes]) -> None:
        full = len(self._heap) >= SMOKE_ROWS or self._size > SMOKE_BYTES // 2
        limit = -self._heap[0][0] if full else 2**32
        for place in [place for place, value in enumerate(hashes) if value < limit]:
            self._put(hashes[place], rows[place])

    def _put(self, value: int, row: bytes) -> None:
        heapq.heappush(self._heap, (-value, row))
        self._size += len(row) + 1
        while len(self._heap) > SMOKE_ROWS or (self._size > SMOKE_BYTES and len(self._heap) > 1):
            self._size -= len(heapq.heappop(self._heap)[1]) + 1

    def rows(self) -> list[bytes]:
        return [row for _, row in sorted(self._heap, reverse=True)]


@dataclass
class Split:
    """Held out: CRC-32 of the row's source bytes without line ending, modulo 10,000, below `share` of them.

    The rows of the smoke test are those with the smallest CRC-32: chosen by chance, and the same in every retry.
    """

    parts: Parts
    share: float
    train: int = 0
    validation: int = 0
    smoke: int = 0
    held_out_classes: Counter[str] = field(default_factory=Counter)
    train_classes: Counter[str] = field(default_factory=Counter)
    _held_sample: _Sample = field(default_factory=_Sample)
    _train_sample: _Sample = field(default_factory=_Sample)

    def write(self, sources: Sequence[bytes], rows: Sequence[bytes], labels: Sequence[str] | None) -> None:
        """Rows in the form they are trained on; `labels` only where their classes are to be counted."""
        hashes = list(map(crc32, sources))
        below = round(self.share * _BUCKETS)
        held = [value % _BUCKETS < below for value in hashes]
        kept = list(map(not_, held))
        if labels is not None:
            self.held_out_classes.update(compress(labels, held))
            self.train_classes.update(compress(labels, kept))
        held_rows, kept_rows = list(compress(rows, held)), list(compress(rows, kept))
        self._held_sample.offer(list(compress(hashes, held)), held_rows)
        if not self.validation and not held_rows:
            self._train_sample.offer(hashes, kept_rows)
        self.validation += _write(self.parts.validation, held_rows)
        self.train += _write(self.parts.train, kept_rows)

    def finish(self) -> None:
        """Without held-out rows the smoke test has to do with rows that the model has seen."""
        sample = self._held_sample if self.validation else self._train_sample
        self.smoke = _write(self.parts.smoke, sample.rows())


def _write(part: Part, rows: list[bytes]) -> int:
    if rows:
        part.write(b"\n".join(rows) + b"\n", len(rows))
    return len(rows)
