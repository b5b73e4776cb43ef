"""From the second block on most rows are proven by a pattern, and nothing about them may be told wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ebb.datasets import prepare
from ebb.datasets.encoding import Encoding, column_facts
from ebb.datasets.layout import Layout
from ebb.datasets.records import Block
from ebb.datasets.split import Split
from ebb.datasets.table import Table
from ebb.model_settings import ModelSettings
from ebb.problems import Problem, Problems
from tests.unit.ebb.datasets import generated, oracle
from tests.unit.ebb.datasets.preparing import RecordingSink
from tests.unit.ebb.datasets.test_generated_tables import as_numbers

HEAD = 60
EARLY = {
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
        return other if generated.is_number(other) else cell


@dataclass(frozen=True)
class Outcome:
    problems: list[Problem]
    table: Table
    sink: RecordingSink
    encoding: Encoding


def read(rows: Sequence[Sequence[str]], delimiter: str, sizes: int, objective: str = "reg:squarederror") -> Outcome:
    """The rows in one block of HEAD, and others of `sizes`; what prepare does with the blocks of a file."""
    problems, sink = Problems(), RecordingSink()
    layout = Layout(delimiter, len(rows[0]), None, 0, frozenset())
    records = [delimiter.join(row).encode() for row in rows]
    cuts = [0, *range(HEAD, len(rows), sizes), len(rows)]
    blocks = [_block(records[a:b], a + 1) for a, b in zip(cuts, cuts[1:], strict=False)]
    table = Table.begun(blocks[0], layout, objective, None, problems)
    encoding = Encoding.of(layout, table.columns)
    prepare._read_once(iter(blocks), table, encoding, Split(sink, 0))
    return Outcome(problems.all, table, sink, encoding)


def _block(records: list[bytes], line: int) -> Block:
    return Block(b"".join(record + b"\n" for record in records), range(line, line + len(records)), False, records)


@st.composite
def late_tables(draw: st.DrawFn) -> list[list[str]]:
    kinds = draw(st.lists(st.sampled_from(sorted(EARLY)), min_size=1, max_size=4))
    late = [
        Late(
            tuple(draw(st.lists(generated.numbers | st.sampled_from(generated.MISSING_WORDS), min_size=1, max_size=4)))
        )
        for _ in kinds
    ]
    random = Random(draw(st.integers(0, 2**32)))
    label = draw(st.sampled_from(["small", "decimals", "signed", "counter"]))
    rows = [[EARLY[kind](random, row) for kind in (label, *kinds)] for row in range(draw(st.integers(100, 400)))]
    share = draw(st.sampled_from([0, 0.01, 0.05]))
    for row in rows[HEAD:]:
        for place, cells in enumerate(late, 1):
            if random.random() < share:
                row[place] = cells.instead_of(row[place], random)
    return rows


@given(late_tables(), st.sampled_from(generated.DELIMITERS), st.sampled_from([20, 60]))
def test_late_cells_are_counted_and_written_like_the_first(rows: list[list[str]], delimiter: str, sizes: int) -> None:
    found = read(rows, delimiter, sizes)
    table = generated.Table(None, rows, ModelSettings(header=False, validation=0))
    wanted = oracle.expected(table, [b""] * len(rows))
    assert wanted
    assert not found.problems
    told = column_facts(found.table.layout, found.table.columns, found.encoding, found.table.rows)
    assert [{key: column[key] for key in fact} for column, fact in zip(told, wanted.columns, strict=True)] == (
        wanted.columns
    )
    assert found.table.rows == found.sink.train.count == len(rows)
    np.testing.assert_array_equal(as_numbers(found.sink.train.lines), wanted.matrix)
