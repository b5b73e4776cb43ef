"""The files that the dataset benchmark reads, made once and kept: `python -m benchmarks.dataset_files short 500`.

A pool of different rows is written again and again; the round's number stands inside one number of each row, so that
no two rows of a file are equal (up to a thousand rounds). The same kind and size give the same bytes on every machine.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".local" / "bench"
POOL = 200_000
EMPTY = 0.05
FAULTY_SIZE = 200_000
ROUND = "@@@"  # stands in the pool for the round's number

COLOURS = ("red", "green", "blue")
SIZES = ("tiny", "very small", "small", "medium", "large", "very large", "huge", "other")
TREES = ("alder", "birch", "cedar", "elm", "fir", "hazel", "ivy", "juniper", "larch", "maple")
PLACES = tuple(f"{tree}, {side}" for tree in TREES for side in ("north", "south", "east"))
WORDS = (COLOURS, SIZES, PLACES)


@dataclass(frozen=True)
class Kind:
    """What the contenders are told about a file; they still have to check it."""

    name: str
    title: str
    row: Callable[[random.Random], str]
    numbers: int = 12
    words: tuple[tuple[str, ...], ...] = ()
    header: bool = False
    label_last: bool = False
    missing: bool = False

    @property
    def columns(self) -> list[str]:
        """Words first, then numbers, the label at its place."""
        words = [f"w{position}" for position in range(len(self.words))]
        numbers = [f"x{position}" for position in range(self.numbers - 1)]
        return [*words, *numbers, "label"] if self.label_last else ["label", *words, *numbers]

    @property
    def features(self) -> list[str]:
        return [name for name in self.columns if name != "label"]

    @property
    def width(self) -> int:
        """Cells of a row as it is written: every word of a category has its own."""
        return self.numbers + sum(map(len, self.words))


def _label(random_: random.Random) -> str:
    return f"{random_.gauss(10, 3):.3f}"


def _short(random_: random.Random) -> str:
    return ",".join([_label(random_), *_decimals(random_, 8), *(f"{random_.gauss(0, 100):.0f}" for _ in range(3))])


def _decimals(random_: random.Random, count: int) -> list[str]:
    return [f"{random_.gauss(0, 1):.1f}{ROUND}", *(f"{random_.gauss(0, 1):.4f}" for _ in range(count - 1))]


def _long(random_: random.Random) -> str:
    first, *others = [f"{random_.gauss(0, 1):.16f}" for _ in range(11)]
    return ",".join([_label(random_), first[:-9] + ROUND + first[-6:], *others])


def _gaps(random_: random.Random) -> str:
    label, first, *others = _short(random_).split(",")
    return ",".join([first, *("" if random_.random() < EMPTY else cell for cell in others), label])


def _general(random_: random.Random) -> str:
    words = [f'"{_skewed(values, random_)}"' for values in WORDS]
    return ",".join([*words, *_decimals(random_, 8), _label(random_)])


def _skewed(values: tuple[str, ...], random_: random.Random) -> str:
    """Some values are more frequent than others, as in life."""
    return values[int(len(values) * random_.random() ** 2)]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("short", "clean numeric, 12 columns, short decimals", _short),
        Kind("long", "clean numeric, 12 columns of 17 digits", _long),
        Kind("gaps", "header, label last, 5 % empty cells", _gaps, header=True, label_last=True, missing=True),
        Kind(
            "general", "header, label last, quotes, three categories", _general, 9, WORDS, header=True, label_last=True
        ),
    )
}


def blocks(kind: Kind, size: int, pool: int = POOL) -> Iterator[bytes]:
    """A file of at least `size` bytes; the last block ends with its row."""
    if kind.header:
        yield ",".join(kind.columns).encode() + b"\n"
    random_ = random.Random(kind.name)  # noqa: S311  (data, not secrets)
    rows = "".join(kind.row(random_) + "\n" for _ in range(pool)).encode()
    written = 0
    while written < size:
        block = rows.replace(ROUND.encode(), b"%03d" % (written // len(rows) % 1000))
        if written + len(block) > size:
            block = block[: block.index(b"\n", size - written - 1) + 1]
        yield block
        written += len(block)


def dataset_file(kind: Kind, megabytes: int, folder: Path = FOLDER) -> Path:
    """Made if it is not there yet; whole or not at all."""
    path = folder / f"{kind.name}-{megabytes}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        with half.open("wb") as file:
            file.writelines(blocks(kind, megabytes * 1_000_000))
        half.rename(path)
    return path


def faulty_files(kind: Kind, folder: Path = FOLDER) -> dict[str, Path]:
    """The same small file with one fault each, in the middle; without one first."""
    lines = b"".join(blocks(kind, FAULTY_SIZE, FAULTY_SIZE // 50)).splitlines()
    middle = len(lines) // 2
    cells = lines[middle].split(b",")
    faults = {
        "none": lines[middle],
        "text": b",".join([*cells[:5], b"oops", *cells[6:]]),
        "inf": b",".join([*cells[:5], b"inf", *cells[6:]]),
        "missing cell": b",".join(cells[:-1]),
        "extra cell": b",".join([*cells, b"1"]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, line in faults.items():
        files[name] = folder / f"{kind.name}-{name.replace(' ', '-')}.csv"
        files[name].write_bytes(b"\n".join([*lines[:middle], line, *lines[middle + 1 :], b""]))
    return files


if __name__ == "__main__":
    print(dataset_file(KINDS[sys.argv[1]], int(sys.argv[2])))
