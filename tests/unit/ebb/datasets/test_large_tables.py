"""Files of several blocks: what comes late is read, counted, written and refused like what comes first."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets.generated import chance
from tests.unit.ebb.datasets.preparing import Memory, prepared
from tests.unit.ebb.datasets.test_generated_tables import ROUNDING, dense, loaded

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
SIZE = 1_900_000  # bytes: the head, and three blocks and a bit
WIDE = 12  # columns that are only there to make rows long
LAST = -1


@cache
def around() -> tuple[list[str], list[str]]:
    """What stands before and behind the column that matters: a label and numbers, the same for every table."""
    random = chance(4)
    some = [",".join(f"{random.uniform(0, 10):.6f}" for _ in range(WIDE)) for _ in range(50)]
    length = SIZE // (len(some[0]) + 8)
    return [f"{random.randint(1, 29)}" for _ in range(length)], [some[row % 50] for row in range(length)]


@dataclass(frozen=True)
class Late:
    """A column: its cells by row, but for some rows, counted from the first or from the last one."""

    usual: Callable[[int], str]
    others: dict[int, str] = field(default_factory=dict)

    def cells(self, count: int) -> list[str]:
        cells = [self.usual(row) for row in range(count)]
        for row, cell in self.others.items():
            cells[row] = cell
        return cells


def decimals(row: int) -> str:
    return f"{3 + row % 400 / 100:.2f}"


def constant(row: int) -> str:
    return "7.5"


SEVENTEEN = range(LAST, -18, -1)
TABLES = {
    "greater than any before": Late(decimals, {LAST: "7.01"}),
    "less than any before": Late(decimals, {-900: "2.99"}),
    "a hair beyond": Late(decimals, {LAST: "6.9900001", -700: "2.9999999"}),
    "missing only late": Late(decimals, {LAST: "", -800: ""}),
    "a missing word only late": Late(decimals, {-2: "NaN", -900: "?"}),
    "a counter": Late(str),
    "a counter downward": Late(lambda row: str(10**6 - row)),
    "a counter with gaps": Late(lambda row: str(row) if row % 3 else ""),
    "a time stamp": Late(lambda row: str(1_700_000_000_000 + 60_000 * row)),
    "constant but for the last": Late(constant, {LAST: "7.6"}),
    "constant": Late(constant),
    "constant in another spelling": Late(constant, {LAST: "7.50", -2: "+7.5", -3: "07.5", -4: "75e-1"}),
    "empty in the first mebibyte": Late(lambda row: "" if row < 10_000 else str(row % 7)),
    "empty until the last row": Late(lambda row: "", {LAST: "4"}),
    "more decimals late": Late(decimals, dict.fromkeys(SEVENTEEN, "4.123456789012")),
    "no decimals late": Late(decimals, dict.fromkeys(SEVENTEEN, "5")),
    "exponents late": Late(decimals, {LAST: "4e0", -500: "5.5E+00", -501: "0.0005e4"}),
    "huge digits late": Late(decimals, {LAST: "4." + "1" * 40, -600: "99999999999999999999", -601: "1" + 30 * "0"}),
    "negative zero late": Late(lambda row: str(row % 10), {LAST: "-0", -1000: "-0.0"}),
    "leading zeros and plus signs late": Late(decimals, {LAST: "004.5", -2: "+4.5", -3: "-004.5", -4: ".5", -5: "5."}),
    "spaces late": Late(decimals, {LAST: " 4.5", -2: "4.5 ", -3: "  "}),
    "quotes late": Late(decimals, {LAST: '"4.5"', -2: '""', -3000: '"4.25"'}),
    "often what is misread": Late(lambda row: ("12345e-40", "0.25", "-99999999999999999999", "0.001e41")[row % 4]),
    "nearer to zero than can be": Late(lambda row: ("0.5", "1e-40", "-0.25")[row % 3]),
    "often missing": Late(lambda row: ("", "", "0.25")[row % 3]),
    "words for missing": Late(lambda row: ("NA", "0.75", "0.25")[row % 3]),
}


def text_of(cells: list[str], delimiter: str, *, last: bool) -> str:
    labels, others = around()
    columns = [labels, others, cells] if last else [labels, cells, others]
    rows = map(",".join, zip(*columns, strict=True))
    return "\n".join(rows).replace(",", delimiter) + "\n"


def value(cell: str) -> float:
    number = float(cell.strip(' "') if cell.strip(' "') not in ("", "NA", "NaN", "?") else "nan")
    return 0.0 if abs(number) < 1.1754944e-38 else number


@pytest.mark.parametrize("number", range(len(TABLES)), ids=TABLES)
def test_what_comes_late_is_counted_and_written_like_what_comes_first(number: int) -> None:
    labels, others = around()
    cells = list(TABLES.values())[number].cells(len(labels))
    late = list(TABLES)[number] == "empty until the last row"  # without a header no such column may be the last one
    delimiter, last = ",,;"[number % 3], number % 2 == 1 and not late
    dataset, sink = prepared(
        Memory(text_of(cells, delimiter, last=last).encode()), ModelSettings(label=0, validation=0)
    )
    values = np.array([value(cell) for cell in cells])
    place = WIDE + 1 if last else 1
    column = dataset.columns[place]
    assert (dataset.rows["all"], dataset.rows["train"]) == (len(labels), len(labels))
    assert column["missing"] == round(float(np.isnan(values).mean()), 6)
    raw = [float(cell.strip(' "')) for cell, number in zip(cells, values, strict=True) if not np.isnan(number)]
    assert (column["minimum"], column["maximum"]) == (min(raw), max(raw))
    matrix = loaded(sink.train.rows)
    assert (matrix.num_row(), matrix.num_col()) == (len(labels), WIDE + 1)
    found = dense(matrix)
    np.testing.assert_allclose(found[:, place - 1], values.astype(np.float32), rtol=ROUNDING)
    np.testing.assert_array_equal(matrix.get_label(), np.array(labels, dtype=np.float32))
    rest = np.array([row.split(",") for row in others[:50]], dtype=np.float32)
    np.testing.assert_allclose(np.delete(found, place - 1, axis=1)[:50], rest, rtol=ROUNDING)


DAMAGES = {
    "a word": ("4.5x", "not_a_number"),
    "infinity": ("-inf", "out_of_range"),
    "too large": ("3.5e38", "out_of_range"),
    "a decimal comma": ('"4,5"', "thousands_separator"),
    "a cell too much": ("4,4", "ragged_row"),
    "a byte of another encoding": ("4\ue000", "not_utf8"),
    "a NUL byte": ("4\ue001", "not_text"),
}


@pytest.mark.parametrize("row", [-2, 11_000, 15_000])
@pytest.mark.parametrize("name", DAMAGES)
def test_a_late_cell_that_cannot_be_read_is_refused_where_it_stands(name: str, row: int) -> None:
    cell, code = DAMAGES[name]
    cells = Late(decimals, {row: cell}).cells(len(around()[0]))
    data = text_of(cells, ",", last=False).encode()
    data = data.replace("\ue000".encode(), b"\xf6").replace("\ue001".encode(), b"\0")
    with pytest.raises(RefusedError) as refused:
        prepared(Memory(data), ModelSettings(label=0))
    (problem,) = refused.value.problems
    column = WIDE + 2 if code == "ragged_row" else 1
    assert (str(problem.code), problem.line, problem.column) == (code, row % len(cells) + 1, column)


@pytest.mark.parametrize("name", ["a counter with gaps", "quotes late", "empty in the first mebibyte"])
def test_it_makes_no_difference_in_which_pieces_a_large_file_arrives(name: str) -> None:
    text = text_of(TABLES[name].cells(len(around()[0])), ",", last=False).encode()
    sources = [Memory(text, piece=piece) for piece in (1009, 64 * 1024, 1 << 30)]
    sources.append(Memory(gzip.compress(text, 1), "table.csv.gz"))
    found = [prepared(source, ModelSettings(label=0)) for source in sources]
    for dataset, sink in found:
        assert dataset.as_json() | {"source": "", "format": ""} == found[0][0].as_json() | {"source": "", "format": ""}
        assert (sink.train, sink.validation, sink.smoke) == (
            found[0][1].train,
            found[0][1].validation,
            found[0][1].smoke,
        )
