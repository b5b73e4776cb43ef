"""From the second block on most rows are proven by a pattern, and nothing about them may be told wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ebb.datasets import prepare
from ebb.datasets.batch import first_row
from ebb.datasets.encoding import Encoding, column_facts
from ebb.datasets.head import Head
from ebb.datasets.layout import Layout
from ebb.datasets.records import Block
from ebb.datasets.row_writer import RowWriter
from ebb.datasets.split import Split
from ebb.datasets.table import Table
from ebb.datasets.task import Task
from ebb.problems import Problem, Problems
from ebb.settings.model_settings import ModelSettings
from tests.unit.ebb.datasets import generated, oracle
from tests.unit.ebb.datasets.generated import Style
from tests.unit.ebb.datasets.preparing import RecordingSink
from tests.unit.ebb.datasets.test_generated_tables import ROUNDING, as_numbers, dense, loaded
from tests.unit.ebb.datasets.test_unreadable_cells import BAD_CELLS

pytestmark = pytest.mark.filterwarnings("ignore:.*Text file input")
HEAD = 60
EARLY: dict[str, Callable[[Random, int], str]] = {
    "constant": lambda random, row: "7",
    "constant decimal": lambda random, row: "7.50",
    "small": lambda random, row: str(random.randint(0, 9)),
    "signed": lambda random, row: str(random.randint(-120, 99)),
    "negative": lambda random, row: f"-{random.randint(10, 30)}.{random.randint(0, 9)}",
    "decimals": lambda random, row: f"{random.uniform(0, 3):.3f}",
    "any decimals": lambda random, row: f"{random.uniform(-1, 250):.{random.randint(0, 6)}f}",
    "counter": lambda random, row: str(1000 + row),
    "time": lambda random, row: str(1_700_000_000_000 + 37 * row),
    "missing": lambda random, row: random.choice(("", f"{random.uniform(0, 1):.2f}")),
    "missing counter": lambda random, row: "" if row % 3 else str(row),
    "exponents": lambda random, row: f"{random.uniform(0, 9):.2e}",
    "tiny": lambda random, row: f"{random.uniform(0, 1e-40):.48f}",
    "empty": lambda random, row: "",
    "words": lambda random, row: random.choice(("red", "green", "blue", "red", "")),
    "flags": lambda random, row: random.choice(("yes", "no")),
    "odd": lambda random, row: random.choice(("0.25", "-1.50", generated.ODD_NUMBERS[row // 2 % 3 - 3])),
    "rarely missing": lambda random, row: "" if row == 3 else str(random.randint(0, 9)),
}


@dataclass(frozen=True)
class Late:
    """A cell that comes late, in one row of a hundred or so."""

    cells: tuple[str, ...]

    def instead_of(self, cell: str, random: Random) -> str:
        if random.random() < 0.5 or not cell:
            return random.choice(self.cells)
        other = f"{cell}{random.randint(0, 9)}" if random.random() < 0.5 else random.choice("-+0") + cell.lstrip("-+")
        return other if generated.is_number(other) and abs(float(other)) < 3e38 else cell


@dataclass(frozen=True)
class Outcome:
    """`lines`: on which each row begins."""

    problems: list[Problem]
    table: Table
    sink: RecordingSink
    encoding: Encoding
    lines: list[int]


def read(meant: generated.Table, style: Style, size: int) -> Outcome:
    """The rows in one block of HEAD and others of `size`, and what prepare does with the blocks of a file."""
    problems, sink, settings = Problems(), RecordingSink(), meant.settings
    width = len(meant.rows[0])
    dropped = frozenset(oracle.place_of(name, meant) for name in settings.drop)
    layout = Layout(style.delimiter, width, None, oracle.place_of(settings.label or 0, meant), dropped)
    file = generated.written(meant, style, generated.chance(size))
    cuts = [0, *range(HEAD, len(meant.rows), size), len(meant.rows)]
    blocks = [_block(file.records[a:b], file.lines[a:b]) for a, b in pairwise(cuts)]
    head = Head.of(first_row(blocks[0], style.delimiter, problems), blocks[0], style.delimiter).with_first_row()
    table = Table.begun(blocks[0], head, layout, settings, problems)
    split = Split(sink, 0)
    if table.presumed is not None:
        encoding = Encoding.of(layout, table.columns, table.presumed)
        prepare.read_once(iter(blocks), table, RowWriter(table, encoding, split))
        if problems.all or table.is_as_presumed:
            return Outcome(problems.all, table, sink, encoding, file.lines)
        sink.train.rows, sink.train.count, split = b"", 0, Split(sink, 0)
    else:
        for block in blocks:
            table.absorb(block, whole_rows=False)
    task = table.task
    if problems.all or isinstance(task, Problem):
        known = problems.all or [task] if isinstance(task, Problem) else problems.all
        return Outcome(known, table, sink, Encoding.of(layout, table.columns, Task("auto")), file.lines)
    encoding = Encoding.of(layout, table.columns, task)
    writer = RowWriter(table, encoding, split)
    for block in blocks:
        writer.write(block, table.read_again(block))
    return Outcome(problems.all, table, sink, encoding, file.lines)


def _block(records: list[bytes], lines: list[int]) -> Block:
    text = b"".join(record + b"\n" for record in records)
    one_line_each = len(records) == text.count(b"\n")
    return Block(text, lines, quoted=b'"' in text, records=records, one_line_each=one_line_each)


@st.composite
def late_rows(draw: st.DrawFn, labels: Sequence[str] = ("small", "decimals", "signed", "counter")) -> list[list[str]]:
    """The label first."""
    known = EARLY.keys() - draw(st.sampled_from([{"words", "flags", "empty"}, set()]))
    kinds = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=4))
    late = [Late(tuple(draw(LATE.get(kind, late_numbers)))) for kind in kinds]
    random = generated.chance(draw(st.integers(0, 2**32)))
    label = draw(st.sampled_from(labels))
    rows = [[EARLY[kind](random, row) for kind in (label, *kinds)] for row in range(draw(st.integers(100, 500)))]
    share = draw(st.sampled_from([0, 0.01, 0.05]))
    for row in rows[HEAD:]:
        for place, cells in enumerate(late, 1):
            if random.random() < share:
                row[place] = cells.instead_of(row[place], random)
    return rows


@st.composite
def late_tables(draw: st.DrawFn) -> generated.Table:
    """The label first or last, and perhaps a column that is left out."""
    rows = draw(late_rows())
    last, drop = draw(st.booleans()), draw(st.booleans())
    rows = [[*row[1:], row[0]] if last else row for row in rows]
    if drop:
        texts = draw(st.lists(generated.odd_texts | generated.any_text, min_size=1, max_size=3))
        rows = [[row[0], texts[place % len(texts)], *row[1:]] for place, row in enumerate(rows)]
    hyperparameters = {"objective": draw(st.sampled_from(["auto", "reg:squarederror"]))}
    where, dropped = -1 if last else 0, (1,) if drop else ()
    settings = ModelSettings(header=False, validation=0, label=where, drop=dropped, hyperparameters=hyperparameters)
    return generated.Table(None, rows, settings)


late_numbers = st.lists(generated.numbers | st.sampled_from(generated.MISSING_WORDS), min_size=1, max_size=4)
late_words = st.lists(generated.real_words, min_size=1, max_size=4)
LATE = {"words": late_words, "flags": st.sampled_from([["YES"], ["No", ""], ["n/a", "true"]])}
sizes = st.sampled_from([20, 60])
styles = st.builds(
    Style,
    delimiter=st.sampled_from(generated.DELIMITERS),
    quoted=st.sampled_from([0, 0, 0.02]),
    spaced=st.sampled_from([0, 0, 0.02]),
)


@given(late_tables(), styles, sizes)
def test_late_cells_are_counted_and_written_like_the_first(table: generated.Table, style: Style, size: int) -> None:
    """Not where every row ends empty: whether that is a delimiter at its end is told by the head of the file alone."""
    assume(any(row[-1] for row in table.rows))
    check(table, style, size)


@pytest.mark.parametrize("beside", ["small", "words"])
@pytest.mark.parametrize("kind", sorted(EARLY))
def test_late_cells_of_this_kind_are_counted_and_written_like_the_first(kind: str, beside: str) -> None:
    """Missing in a word, then in another block present, then empty; alone at the end of the row or before others."""
    random = generated.chance(1)
    present = {"words": "red", "flags": "YES", "empty": "4"}.get(kind, "-12345e-40")
    ways = (Style(), Style("|"), Style(quoted=0.02), Style(spaced=0.02))
    for order, style in zip(((0, 1, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)), ways, strict=True):
        columns = [[EARLY[each](random, row) for row in range(400)] for each in ("small", beside, kind)]
        columns[2][75], columns[2][210], columns[2][333] = "NA", present, ""
        rows = [[columns[place][row] for place in order] for row in range(400)]
        settings = ModelSettings(header=False, validation=0, label=order.index(0))
        check(generated.Table(None, rows, settings), style, 60)


def check(table: generated.Table, style: Style, size: int) -> None:
    wanted = oracle.expected(table, [b""] * len(table.rows))
    assert wanted
    found = read(table, style, size)
    assert not found.problems
    told = column_facts(found.table.layout, found.table.columns, found.encoding, found.table.rows)
    assert [{key: column[key] for key in fact} for column, fact in zip(told, wanted.columns, strict=True)] == (
        wanted.columns
    )
    assert found.table.rows == found.sink.train.count == len(table.rows)
    assert not any(line.endswith(",") for line in found.sink.train.lines)
    np.testing.assert_array_equal(as_numbers(found.sink.train.lines), wanted.matrix)
    np.testing.assert_allclose(dense(loaded(found.sink.train.rows)), wanted.matrix[:, 1:], rtol=ROUNDING)


@given(late_rows(), styles, sizes, st.data())
def test_a_late_cell_that_is_no_number_is_refused_where_it_stands(
    rows: list[list[str]], style: Style, size: int, data: st.DataObject
) -> None:
    columns = [
        place for place in range(len(rows[0])) if sum(generated.is_number(row[place]) for row in rows[:HEAD]) > 9
    ]
    damaged = data.draw(st.sets(st.integers(HEAD, len(rows) - 1), min_size=1, max_size=2))
    wanted = []
    for row in sorted(damaged):
        code, column = data.draw(st.sampled_from(sorted(BAD_CELLS))), data.draw(st.sampled_from(columns))
        rows[row][column] = data.draw(st.sampled_from(BAD_CELLS[code]))
        wanted.append((code, row + 1, column, rows[row][column]))
    found = read(generated.Table(None, rows, ModelSettings(header=False, label=0)), style, size)
    assert [(str(told.code), told.line, told.column, told.value) for told in found.problems] == wanted


LABELS: list[tuple[dict[str, Any], list[str], list[str]]] = [  # early ones that are right, late ones that are not
    ({"objective": "binary:logistic"}, ["0", "1"], ["0.5", "2", "-1", "", "no", "1e39"]),
    ({"objective": "binary:logistic"}, ["2", "1"], ["0.5", "0", "", "no", "1e39"]),
    ({"objective": "binary:logistic"}, ["no", "yes"], ["maybe", "", "1"]),
    ({"objective": "multi:softmax", "num_class": 10}, ["0", "9"], ["0.5", "NA", "no", "inf"]),
    ({"objective": "multi:softmax"}, ["red", "green"], ["?", ""]),
    ({"objective": "rank:ndcg"}, ["0", "31"], ["0.5", "32", "-1", "?", "no", "3,5"]),
    ({"objective": "reg:logistic"}, ["0.25", "1"], ["1.001", "-0.1", "null", "no", "+inf", "1e1"]),
    ({"objective": "reg:gamma"}, ["0.1", "8"], ["0", "-0.1", "null", "no", "+inf", "0.0"]),
]


@given(st.sampled_from(LABELS), late_rows(), st.sampled_from(["", ".0"]), styles, sizes, st.data())
def test_a_late_label_that_the_objective_cannot_learn_is_refused_where_it_stands(
    learned: tuple[dict[str, Any], list[str], list[str]],
    rows: list[list[str]],
    point: str,
    style: Style,
    size: int,
    data: st.DataObject,
) -> None:
    hyperparameters, early, late = learned
    for place, row in enumerate(rows):
        row[0] = early[place % 2] + (point if early[place % 2].isdigit() else "")
    damaged = data.draw(st.integers(HEAD, len(rows) - 1))
    rows[damaged][0] = data.draw(st.sampled_from(late))
    settings = ModelSettings(header=False, label=0, hyperparameters=hyperparameters)
    found = read(generated.Table(None, rows, settings), style, size)
    assert [(told.line, told.column, told.value) for told in found.problems] == [(damaged + 1, 0, rows[damaged][0])]


@given(late_rows(), st.integers(1, 8), sizes, st.data())
def test_a_late_class_is_known_like_the_first(
    rows: list[list[str]], number: int, size: int, data: st.DataObject
) -> None:
    for place, row in enumerate(rows):
        row[0] = ("0", "9")[place % 2]
    rows[data.draw(st.integers(HEAD, len(rows) - 1))][0] = str(number)
    settings = ModelSettings(header=False, label=0, validation=0, hyperparameters={"objective": "multi:softmax"})
    found = read(generated.Table(None, rows, settings), Style(), size)
    assert found.encoding.task.classes == ("0", str(number), "9")
    assert not found.problems
    written = [line.partition(",")[0] for line in found.sink.train.lines]
    assert written == [str(("0", str(number), "9").index(row[0])) for row in rows]


@given(late_rows(labels=("small",)), st.sampled_from(["0.5", "3", "-1"]), sizes, st.data())
def test_two_numbers_that_are_more_far_down_are_a_quantity(
    rows: list[list[str]], late: str, size: int, data: st.DataObject
) -> None:
    for place, row in enumerate(rows):
        row[0] = ("1", "2")[place % 2]
    rows[data.draw(st.integers(HEAD, len(rows) - 1))][0] = late
    settings = ModelSettings(header=False, label=0, validation=0)
    found = read(generated.Table(None, rows, settings), Style(), size)
    assert (found.encoding.task.objective, found.encoding.task.classes) == ("reg:squarederror", None)
    np.testing.assert_array_equal(as_numbers(found.sink.train.lines)[:, 0], [float(row[0]) for row in rows])
