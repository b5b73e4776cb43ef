"""A pattern matches nothing but numbers within its bounds, and most of the cells that it was made for."""

from __future__ import annotations

import re
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ebb.datasets.number_pattern import within
from tests.unit.ebb.datasets.generated import chance, digits, is_number, numbers

MOST = 0.8
bounds = numbers | st.decimals(-200, 200, places=3).map(lambda bound: f"{bound:f}")
samples = st.lists(numbers | st.decimals(-99, 99, places=2).map(lambda cell: f"{cell:f}"), max_size=20)


def pattern_of(cells: list[str], sample: list[str]) -> re.Pattern[str]:
    values = [float(cell) for cell in cells]
    least, greatest = min(values), max(values)
    extremes = cells[values.index(least)], cells[values.index(greatest)]
    return re.compile(within(least, greatest, extremes, sample), re.ASCII)


def nearby(cell: str, random: Random) -> str:
    """Another spelling, or what a slip of the finger makes of it."""
    place = random.randint(0, len(cell))
    mark = random.choice("0123456789.-+eE ,\u0661")
    return random.choice((cell[:place] + mark + cell[place:], cell[:place] + mark + cell[place + 1 :], cell[:-1]))


@given(
    st.lists(bounds, min_size=1, max_size=4), samples, st.lists(numbers | digits, max_size=20), st.integers(0, 2**32)
)
def test_whatever_matches_is_a_number_within_the_bounds(
    cells: list[str], sample: list[str], others: list[str], seed: int
) -> None:
    random, pattern = chance(seed), pattern_of(cells, sample)
    least, greatest = (Decimal(repr(bound)) for bound in (min(map(float, cells)), max(map(float, cells))))
    near = [nearby(random.choice([*cells, *sample, *others]), random) for _ in range(60)]
    twice = [nearby(cell, random) for cell in near]
    drawn = [f"{random.uniform(float(least), float(greatest)):.{random.randint(0, 5)}f}" for _ in range(40)]
    for cell in [*cells, *sample, *others, *near, *twice, *drawn]:
        if pattern.fullmatch(cell) and cell not in cells:
            assert is_number(cell), cell
            assert least <= Decimal(cell) <= greatest, (cell, pattern.pattern)


@given(st.integers(-(10**6), 10**6), st.integers(10**4, 10**7), st.integers(0, 4), st.integers(0, 2**32))
def test_it_matches_most_of_the_cells_it_was_made_for(start: int, more: int, places: int, seed: int) -> None:
    random, stop = chance(seed), start + abs(start) + more
    cells = [f"{random.randint(start, stop) / 10**places:.{places}f}" for _ in range(1000)]
    pattern = pattern_of(cells, cells[:100])
    assert sum(pattern.fullmatch(cell) is not None for cell in cells) >= MOST * len(cells), pattern.pattern
