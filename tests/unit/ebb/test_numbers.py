from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.numbers import figures, finite, seconds


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2.2134567, "2.213"),
        (2.5, "2.5"),
        (0.0, "0"),
        (4177.0, "4,177"),
        (123456.789, "123,457"),
        (1e20, "1e+20"),
        (-0.00001234, "-1.234e-05"),
    ],
)
def test_a_figure_has_as_many_digits_as_a_person_reads(value: float, said: str) -> None:
    assert figures(value) == [said]


def test_figures_that_differ_are_told_apart() -> None:
    assert figures(2.500001, 2.5) == ["2.500001", "2.5"]
    assert figures(2.5, 2.5) == ["2.5", "2.5"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3))
def test_any_figures_that_differ_are_told_apart(values: list[float]) -> None:
    assert len(set(figures(*values))) >= len({value or 0.0 for value in values})


@pytest.mark.parametrize(
    ("duration", "said"), [(0.0834, "0.083 s"), (6.234, "6.2 s"), (9.97, "10 s"), (12.5, "12 s"), (1234.5, "1,234 s")]
)
def test_seconds_are_rounded_to_what_matters(duration: float, said: str) -> None:
    assert seconds(duration) == said


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_has_no_such_number(value: float) -> None:
    assert finite(value) is None


@pytest.mark.parametrize("value", [0.0, 2.5, 7, "nan", None])
def test_everything_else_stays(value: object) -> None:
    assert finite(value) is value
