from __future__ import annotations

import pytest

from local.clock import Clock, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), (" 15m ", 900), ("1.5h", 5400), ("30d", 30 * 86400)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "1w", "1 h", "nan", "9" * 400, "11000d"])
def test_what_is_no_duration_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|longer than ten years"):
        parse_duration(text)


def test_the_clock_moves_forward_only() -> None:
    with pytest.raises(ValueError, match="forward only"):
        Clock().advance(-1)
