"""Files that nobody meant to write: those of the corpus and generated ones, damaged byte by byte."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.corpus import CORPUS, GROUPS, index, settings_of
from tests.unit.ebb.datasets.generated import DELIMITERS, MISSING_WORDS, Style, Table, chance, written

_LARGEST = 20_000  # bytes; what comes far down has its own tests
_TOKENS = (
    *(
        b'"',
        b'""',
        b'","',
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"\0",
        b",",
        b";",
        b"\t",
        b"|",
        b",,",
        b" ",
        b"\x0b",
        b"\x85",
    ),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b"PK\x03\x04", b"\xc3", b"\xa9", b"\xe2\x82", b"\xed\xa0\x80"),
    *(b"nan", b"inf", b"-inf", b"1e999", b"1e-400", b"-0", b"1e39", b"0" * 400, b"9" * 400, b"1,000", b"yes"),
    *(text.encode() for text in ("\u2028", "\U0001f600", "\u00e9", "\ufeff")),
)
_OBJECTIVES: tuple[dict[str, Any], ...] = (
    *({"objective": "reg:squarederror"},) * 3,
    {"objective": "binary:logistic"},
    {"objective": "multi:softprob", "num_class": 3},
    {"objective": "multi:softprob"},
    {"objective": "auto"},
    {"objective": "count:poisson"},
    {"objective": "rank:ndcg"},
)


@dataclass(frozen=True)
class Damaged:
    """`data` is the file, `text` what is to be read in it; None where the archive may be broken."""

    data: bytes
    text: bytes | None
    name: str
    settings: ModelSettings


@cache
def _originals() -> list[tuple[bytes, ModelSettings]]:
    found = []
    for group in GROUPS:
        for name, entry in index(group).items():
            text = _unpacked((CORPUS / group / name).read_bytes())
            if text is not None and len(text) <= _LARGEST:
                found.append((text, _settings_of(entry)))
    return found


def _unpacked(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error):
        return None


def _settings_of(entry: dict[str, Any]) -> ModelSettings:
    try:
        return settings_of(entry)
    except RefusedError:
        return ModelSettings()


def damaged(seed: int) -> Damaged:
    """The same file for the same number."""
    random = chance(seed)
    text, settings = _generated(random) if random.random() < 0.4 else random.choice(_originals())
    if random.random() < 0.2:
        settings = _any_settings(random)
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        text = random.choice(_MUTATIONS)(text, random)
    if random.random() < 0.9:
        return Damaged(text, text, "table.csv", settings)
    data = gzip.compress(text, 1, mtime=0)
    if random.random() < 0.5:
        return Damaged(random.choice(_MUTATIONS)(data, random), None, "table.csv.gz", settings)
    return Damaged(data, text, "table.csv.gz", settings)


def _any_settings(random: Random) -> ModelSettings:
    return ModelSettings(
        header=random.choice(("auto", True, False)),
        label=random.choice((None, None, 0, 0, 1, -1, "label", "a")),
        drop=random.choice(((), (), (1,), (-1,), ("a",), (0, 2))),
        validation=random.choice((0, 0.2, 0.5)),
        hyperparameters={"num_round": 2, **random.choice(_OBJECTIVES)},
    )


def _generated(random: Random) -> tuple[bytes, ModelSettings]:
    kinds = [random.choice(_CELLS) for _ in range(random.randint(1, 4))]
    words = random.random() < 0.3
    label = (lambda random: random.choice(("u", "v"))) if words else _CELLS[0]
    rows = [[cell(random) for cell in (label, *kinds)] for _ in range(random.randint(8, 40))]
    names = ("label", *(f"{place}x" for place in range(len(kinds)))) if random.random() < 0.5 else None
    style = Style(
        delimiter=random.choice(DELIMITERS),
        newlines=random.choice((("\n",), ("\r\n",), ("\n", "\r\n"))),
        byte_order_mark=random.random() < 0.1,
        quoted=random.choice((0, 0, 0.1, 1)),
        spaced=random.choice((0, 0, 0.2)),
        blank=random.choice((0, 0, 0.1)),
    )
    objective = _OBJECTIVES[3 if words else 0]
    settings = ModelSettings(header=names is not None, hyperparameters={"num_round": 2, **objective})
    return written(Table(names, rows, settings), style, random).data, settings


_CELLS: tuple[Callable[[Random], str], ...] = (
    lambda random: str(random.randint(0, 9)),
    lambda random: f"{random.uniform(-3, 3):.{random.randint(0, 9)}f}",
    lambda random: random.choice((*MISSING_WORDS, "1", "2")),
    lambda random: random.choice(("red", "green", "b,l;u e", 'say "x"', "\u00e9t\u00e9")),
    lambda random: random.choice(("yes", "No", "")),
    lambda random: f"{random.uniform(0, 9):e}",
)


def _flip(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def _insert(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + random.choice(_TOKENS) + data[place:]


def _replace(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    token = random.choice(_TOKENS)
    return data[:place] + token + data[place + len(token) :]


def _delete(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + data[place + random.choice((1, 1, 2, 20, 200)) :]


def _duplicate(data: bytes, random: Random) -> bytes:
    place, length = _place(data, random), random.choice((1, 5, 50, 500))
    return data[: place + length] + data[place:]


def _duplicate_line(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    place = random.randrange(len(lines))
    return b"\n".join([*lines[:place], lines[place], *lines[random.randrange(len(lines)) :]])


def _splice(data: bytes, random: Random) -> bytes:
    other, _ = random.choice(_originals())
    return data[: _place(data, random)] + other[_place(other, random) :]


def _cut_off(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _exchange(data: bytes, random: Random) -> bytes:
    """All of one byte for another: delimiters, quotes, newlines."""
    one, other = random.sample(b",;\t|\"\n\r .'", 2)
    return data.replace(bytes([one]), bytes([other]))


def _swap_cells(data: bytes, random: Random) -> bytes:
    delimiter = random.choice(DELIMITERS).encode()
    cells = data.split(delimiter)
    one, other = random.randrange(len(cells)), random.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    return delimiter.join(cells)


def _place(data: bytes, random: Random) -> int:
    return random.randint(0, len(data))


_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_flip, _insert, _insert, _replace, _delete, _duplicate, _duplicate_line, _splice, _cut_off, _exchange),
    _swap_cells,
)
