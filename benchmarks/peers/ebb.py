"""Ebb itself, the package that start_training runs, with files as the parts of the run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from benchmarks.dataset_files import Kind
from benchmarks.peers.job import HELD_OUT, OUT, TRAIN, VALIDATION, Column, Facts, Refused, main, numeric
from ebb.datasets.prepare import prepare
from ebb.datasets.source import FileSource
from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings

MAX_BYTES = 1 << 40


@dataclass(frozen=True)
class FilePart:
    file: BinaryIO

    def write(self, rows: bytes, count: int) -> None:  # noqa: ARG002  (multipart uploads want to know it)
        self.file.write(rows)


@dataclass(frozen=True)
class FileParts:
    train: FilePart
    validation: FilePart
    smoke: FilePart


class FileSink:
    @contextmanager
    def open(self) -> Iterator[FileParts]:
        with TRAIN.open("wb") as train, VALIDATION.open("wb") as validation, (OUT / "smoke.csv").open("wb") as smoke:
            yield FileParts(FilePart(train), FilePart(validation), FilePart(smoke))


def verbatim(kind: Kind, path: Path) -> Facts:
    settings = ModelSettings(label="label" if kind.header else 0, validation=HELD_OUT)
    try:
        dataset = prepare(FileSource(path), settings, FileSink(), max_bytes=MAX_BYTES)
    except RefusedError as refused:
        raise Refused(refused.problems[0].problem) from refused
    rows = dataset.rows["all"]
    found = [column for column in dataset.columns if kind.columns[column["position"]] in numeric(kind)]
    columns = [Column(each["minimum"], each["maximum"], round(each["missing"] * rows)) for each in found]
    return Facts(rows, columns, dataset.sha256)


def idle(kind: Kind, path: Path) -> Facts:  # noqa: ARG001
    """A process that has imported the package and done nothing yet."""
    return Facts(0, [], "")


if __name__ == "__main__":
    main({"verbatim": verbatim, "idle": idle})
