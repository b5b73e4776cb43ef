"""train.csv, validation.csv and smoke.csv of a run: all of them or, when the file is refused, none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from ebb.run_folder import RunFolder
from ebb.start_training.object_writer import ObjectWriter

_EXPIRING = {"ebb:part": "data"}


class Part:
    """One file of the three, and what it measures."""

    def __init__(self, writer: ObjectWriter) -> None:
        self._writer = writer
        self.rows = self.bytes = 0

    def write(self, rows: bytes, count: int) -> None:
        self._writer.write(rows, count)
        self.rows += count
        self.bytes += len(rows)


@dataclass(frozen=True)
class Parts:
    train: Part
    validation: Part
    smoke: Part


@dataclass
class RunRows:
    """Where the rows go. `check` has the last word before they appear: what it raises leaves nothing behind."""

    folder: RunFolder
    check: Callable[[], None]
    bytes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator[Parts]:
        with ExitStack() as stack:
            parts = Parts(
                Part(stack.enter_context(self._writer("train.csv", _EXPIRING))),
                Part(stack.enter_context(self._writer("validation.csv", _EXPIRING))),
                Part(stack.enter_context(self._writer("smoke.csv", {}))),
            )
            yield parts
            self.check()
        self.bytes = {"train": parts.train.bytes, "validation": parts.validation.bytes}

    def _writer(self, name: str, tags: dict[str, str]) -> ObjectWriter:
        return ObjectWriter(self.folder.s3, self.folder.bucket, self.folder.key(name), tags)
