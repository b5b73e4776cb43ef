"""Tables as people mean them, and the many ways in which they write them down."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from ebb.settings.model_settings import ModelSettings

DELIMITERS = ",;\t|"
MISSING_WORDS = ("", "", "", "NA", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None", "?")
_LARGEST = 3.4e38
ODD_NUMBERS = (  # of other forms than most, and what xgboost's own parser does not read rightly
    *(
        "5.",
        ".5",
        "-0",
        "-0.0",
        "007",
        "+3",
        "1e5",
        "0e999",
        "16777217",
        "1e-400",
        "1.17549435e-38",
        "3.4e38",
        "-1e-39",
    ),
    *("99999999999999999999", "0.12345678901234567890123", "-00000000000000000000000000.5", "0." + 30 * "0" + "1"),
    *("0.001e41", "12345e-40", "1234567.8901234567890E-41", "0.34e+39", "340000000000000000000000000000000000000"),
)


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  (tables for a test)


@dataclass(frozen=True)
class Style:
    """How a table is written down; shares are of the cells or rows that it happens to."""

    delimiter: str = ","
    newlines: tuple[str, ...] = ("\n",)
    byte_order_mark: bool = False
    quoted: float = 0
    spaced: float = 0
    blank: float = 0
    last_newline: bool = True
    members: int = 0  # of a gzip archive; 0: not compressed


@dataclass(frozen=True)
class Table:
    """`names` is None without a header, `rows` are the cells as they are meant."""

    names: tuple[str, ...] | None
    rows: list[list[str]]
    settings: ModelSettings


@dataclass(frozen=True)
class Written:
    """The bytes of a file; its rows' source bytes without line endings, and the lines they begin on."""

    data: bytes
    name: str
    records: list[bytes]
    lines: list[int]


def written(table: Table, style: Style, random: Random) -> Written:
    text, line = b"\xef\xbb\xbf" if style.byte_order_mark else b"", 1
    records, lines = [], []
    grid = [list(table.names), *table.rows] if table.names else table.rows
    for row in grid:
        while random.random() < style.blank:
            nothing = random.choice(("", " ", "  " if style.delimiter == "\t" else "\t "))  # a tab would be a cell
            text += (nothing + random.choice(style.newlines)).encode()
            line += 1
        record = style.delimiter.join(_spelled(cell, style, random) for cell in row).encode()
        records.append(record)
        lines.append(line)
        text += record + random.choice(style.newlines).encode()
        line += record.count(b"\n") + 1
    text = text if style.last_newline else text.removesuffix(b"\n").removesuffix(b"\r")
    first = 1 if table.names else 0
    data = _packed(text, style.members, random) if style.members else text
    return Written(data, "table.csv.gz" if style.members else "table.csv", records[first:], lines[first:])


def _packed(text: bytes, members: int, random: Random) -> bytes:
    cuts = [0, *sorted(random.randint(0, len(text)) for _ in range(members - 1)), len(text)]
    return b"".join(gzip.compress(text[a:b], mtime=0) for a, b in pairwise(cuts))


def _spelled(cell: str, style: Style, random: Random) -> str:
    """Quoted where it has to be, or by chance; spaces may stand before a quote, but not behind it."""
    spaces = [random.choice(("", " ", "  ")) if random.random() < style.spaced else "" for _ in range(2)]
    if random.random() < style.quoted or any(mark in cell for mark in ('"', "\n", "\r", style.delimiter)):
        return spaces[0] + '"' + cell.replace('"', '""') + '"'
    return spaces[0] + cell + spaces[1]


def _is_clear_text(cell: str) -> bool:
    """No delimiter at its ends: `1<tab>,<tab>0` may as well be two columns."""
    return not cell or not any(mark in DELIMITERS + " " for mark in (cell[0], cell[-1]))


def _sign_and_digits(parts: tuple[str, str, str, str]) -> str:
    sign, whole, fraction, exponent = parts
    return sign + (whole or ("" if fraction else "0")) + (f".{fraction}" if fraction else "") + exponent


digits = st.text("0123456789", max_size=4) | st.text("0123456789", max_size=25) | st.text("0", max_size=25)
exponents = st.just("") | st.tuples(st.sampled_from(["e", "E", "e+", "E-", "e-"]), st.integers(0, 45)).map(
    lambda parts: f"{parts[0]}{parts[1]}"
)
spelled_numbers = st.tuples(st.sampled_from(["", "", "-", "+"]), digits, digits, exponents).map(_sign_and_digits)
plain_numbers = st.integers(-(10**6), 10**6).map(str) | st.decimals(-1000, 1000, places=2).map(str)
numbers = (
    plain_numbers
    | spelled_numbers
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(ODD_NUMBERS)
).filter(lambda cell: abs(float(cell)) <= _LARGEST)

words = st.tuples(
    st.sampled_from("abcxyzäßéЖ語😀"), st.text(st.sampled_from("abno 012_-+.'é語:/()=%"), max_size=6)
).map(lambda parts: "".join(parts).strip())
real_words = words.filter(
    lambda word: word.lower() not in ("na", "n/a", "nan", "null", "none", "inf", "yes", "no", "true", "false")
)
any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
booleans = st.sampled_from([("true", "false"), ("yes", "no")]).flatmap(
    lambda pair: st.lists(
        st.sampled_from([form(word) for word in pair for form in (str.lower, str.upper, str.title)]), min_size=1
    )
)
missing = st.lists(st.sampled_from(MISSING_WORDS), max_size=3)

number_cells = st.tuples(st.lists(numbers, min_size=1, max_size=8), missing).map(lambda pools: pools[0] + pools[1])
word_cells = st.tuples(st.lists(real_words, min_size=1, max_size=6), missing).map(lambda pools: pools[0] * 3 + pools[1])
mixed_cells = st.tuples(st.lists(real_words, min_size=1, max_size=4), numbers).map(
    lambda pools: [*pools[0] * 3, pools[1]]
)
boolean_cells = st.tuples(booleans, missing).map(lambda pools: pools[0] + pools[1])
empty_cells = st.lists(st.sampled_from(MISSING_WORDS), min_size=1, max_size=3)
constant_cells = st.lists(numbers | real_words, min_size=1, max_size=1)
odd_texts = st.sampled_from(["two\nlines", 'she says "x"\r\nand goes', "\n\n", "a,b;c\td|e", '"'])
dropped_cells = st.lists((any_text | odd_texts).filter(_is_clear_text), min_size=1, max_size=6)
feature_cells = st.one_of(
    number_cells, number_cells, word_cells, mixed_cells, boolean_cells, empty_cells, constant_cells
)

number_labels = st.tuples(st.just({"objective": "reg:squarederror"}), st.lists(numbers, min_size=2, max_size=12))
whole_numbers = st.integers(-1000, 1000)
class_words = real_words | st.sampled_from(["None", "none", "yes", "True"])


def _numbers_of(count: int) -> st.SearchStrategy[list[str]]:
    """So many different ones, the last of them in several spellings."""
    different = st.lists(whole_numbers, min_size=count, max_size=count, unique=True)
    return different.map(lambda found: [*map(str, found), f"{found[-1]}.0", f"{found[-1]}."])


def _words_of(count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(class_words, min_size=count, max_size=count, unique=True).filter(_is_mostly_text)


def _is_mostly_text(found: list[str]) -> bool:
    """Of which no one is what another one is in another case, and none counts as missing beside few others."""
    return sum(word.lower() != "none" for word in found) > 0 and len({word.lower() for word in found}) == len(found)


def _classes(objective: str, count: int) -> st.SearchStrategy[tuple[dict[str, Any], list[str]]]:
    given: list[dict[str, Any]] = [{"objective": objective}]
    if objective.startswith("multi:"):
        given.append({"objective": objective, "num_class": count})
    return st.tuples(st.sampled_from(given), _numbers_of(count) | _words_of(count))


binary_labels = _classes("binary:logistic", 2) | _classes("auto", 2)
many_labels = st.integers(2, 5).flatmap(lambda count: _classes("multi:softprob", count))
found_words = st.integers(2, 5).flatmap(lambda count: st.tuples(st.just({"objective": "auto"}), _words_of(count)))
found_numbers = st.tuples(st.just({"objective": "auto"}), st.lists(numbers, min_size=3, max_size=12))
labels: st.SearchStrategy[tuple[dict[str, Any], list[str]]] = (
    number_labels | binary_labels | many_labels | found_words | found_numbers
)

styles = st.builds(
    Style,
    delimiter=st.sampled_from(DELIMITERS),
    newlines=st.sampled_from([("\n",), ("\r\n",), ("\n", "\r\n")]),
    byte_order_mark=st.booleans(),
    quoted=st.sampled_from([0, 0, 0.1, 1]),
    spaced=st.sampled_from([0, 0, 0.1]),
    blank=st.sampled_from([0, 0, 0.1]),
    last_newline=st.booleans(),
    members=st.sampled_from([0, 0, 0, 1, 2]),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Of one label, one to four features, up to two dropped columns; whatever stands in them is trainable."""
    hyperparameters, label_pool = draw(labels)
    features = draw(st.lists(feature_cells, min_size=1, max_size=4))
    dropped = draw(st.lists(dropped_cells, max_size=2))
    roles = ["label", *("feature" for _ in features), *("dropped" for _ in dropped)]
    order = draw(st.permutations(range(len(roles))))
    pools = [[label_pool, *features, *dropped][place] for place in order]
    random, count = chance(draw(st.integers(0, 2**32))), draw(st.integers(10, 60))
    rows = [[random.choice(pool) for pool in pools] for _ in range(count)]
    where = order.index(0)
    for row, cell in zip(rows, label_pool, strict=False):
        row[where] = cell  # each class is there, and there are two labels
    if all(map(is_number, label_pool)):
        assume(len({float(cell) for cell in label_pool}) > 1)
    names = draw(_names(len(roles))) if draw(st.booleans()) else None
    drop = [order.index(place) for place, role in enumerate(roles) if role == "dropped"]
    named = draw(st.booleans()) if names else False
    negative = draw(st.booleans()) and any(row[-1].strip(" \t") for row in rows)  # else it is no column
    assume(sum(role == "feature" for role in roles) > 1 or any(row[-1].strip(" \t") for row in rows))
    settings: dict[str, Any] = {
        "hyperparameters": {"num_round": 2, **hyperparameters},
        "label": _as_named(where, names, len(roles), named=named, negative=negative),
        "drop": tuple(_as_named(place, names, len(roles), named=draw(st.booleans()), negative=False) for place in drop),
        "validation": draw(st.sampled_from([0, 0.1, 0.2, 0.2, 0.5])),
    }
    header: Any = names is not None
    if _is_clear(names, rows, settings):
        header = draw(st.sampled_from(["auto", header]))
    return Table(names, rows, ModelSettings(header=header, **settings))


def _names(count: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(real_words, min_size=count, max_size=count, unique=True).map(tuple)


def _as_named(place: int, names: Sequence[str] | None, width: int, *, named: bool, negative: bool) -> int | str:
    if names and named:
        return names[place]
    return place - width if negative else place


def _is_clear(names: Sequence[str] | None, rows: list[list[str]], settings: dict[str, Any]) -> bool:
    """Whether the first line tells what it is: by a name from the settings, or by what stands above numbers."""
    width = len(rows[0])
    numeric = [place for place in range(width) if all(is_number(row[place].strip(" \t")) for row in rows)]
    if names:
        by_name = any(isinstance(name, str) for name in (settings["label"], *settings["drop"]))
        return by_name or bool(numeric)
    first = [cell.strip(" \t") for cell in rows[0]]
    if first in ([str(place) for place in range(width)], ["", *map(str, range(width - 1))]):
        return False
    return any(first[place] != str(place) and not 1800 <= float(first[place]) <= 2100 for place in numeric)


def is_missing(cell: str) -> bool:
    return cell.lower() in ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?")


def is_number(cell: str) -> bool:
    """Python's floats in ASCII, without underscores, infinities and not-a-number."""
    if not cell.isascii() or "_" in cell or cell != cell.strip() or not any(mark.isdigit() for mark in cell):
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True
