"""The same row is held out in every retry and every run, at about the share that was asked for."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.held_out import is_held_out

ROWS = [b"%d,%d.5,%d" % (number, number * 7 % 1000, number * 13 % 997) for number in range(20_000)]


@pytest.mark.parametrize("share", [0.01, 0.2, 0.3333, 0.5])
def test_the_share_is_about_what_was_asked_for(share: float) -> None:
    held = sum(is_held_out(row, share) for row in ROWS) / len(ROWS)
    assert held == pytest.approx(share, abs=0.015)


@given(st.binary())
def test_nothing_is_held_out_at_zero(row: bytes) -> None:
    assert not is_held_out(row, 0)


@given(st.binary(), st.floats(0, 0.5))
def test_a_row_is_judged_by_its_crc_alone(row: bytes, share: float) -> None:
    assert is_held_out(row, share) == (zlib.crc32(row) % 10_000 < round(share * 10_000))


@given(st.binary(), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_share_keeps_what_a_smaller_one_held_out(row: bytes, one: float, other: float) -> None:
    assert is_held_out(row, min(one, other)) <= is_held_out(row, max(one, other))


def test_the_bounds_are_exact_to_one_in_ten_thousand() -> None:
    row = next(row for row in ROWS if zlib.crc32(row) % 10_000 == 1234)
    assert not is_held_out(row, 0.1234)
    assert is_held_out(row, 0.1235)
