"""A table in memory, and a sink that keeps what is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ebb.datasets.dataset import Dataset
from ebb.datasets.prepare import prepare
from ebb.settings.model_settings import ModelSettings

ROOM = 64 * 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """A source that hands out its bytes in pieces of any size."""

    data: bytes
    name: str = "table.csv"
    piece: int = 64 * 1024

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.piece):
            yield self.data[start : start + self.piece]


@dataclass
class Part:
    rows: bytes = field(default=b"", repr=False)
    count: int = 0

    def write(self, rows: bytes, count: int) -> None:
        self.rows += rows
        self.count += count

    @property
    def lines(self) -> list[str]:
        return self.rows.decode().split("\n")[:-1]


@dataclass
class RecordingSink:
    """Keeps what is written last, and whether it was thrown away."""

    train: Part = field(default_factory=Part)
    validation: Part = field(default_factory=Part)
    smoke: Part = field(default_factory=Part)
    finished: bool = False

    @contextmanager
    def open(self) -> Iterator[RecordingSink]:
        self.train, self.validation, self.smoke = Part(), Part(), Part()
        yield self
        self.finished = True


def prepared(source: Memory, settings: ModelSettings) -> tuple[Dataset, RecordingSink]:
    sink = RecordingSink()
    return prepare(source, settings, sink, max_bytes=ROOM), sink
