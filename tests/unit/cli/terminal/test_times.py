from __future__ import annotations

import datetime as dt

import pytest

from cli.terminal.times import ago, ahead, span, span_of, stamp

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 min"),
        (59, "0 min"),
        (60, "1 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_a_span_is_told_in_the_unit_that_is_exact_enough(seconds: int, told: str) -> None:
    assert span(dt.timedelta(seconds=seconds)) == told


def test_times_are_told_from_now() -> None:
    assert ago("2026-11-22T13:00:00Z", NOW) == "3 h ago"
    assert ahead("2026-11-22T18:00:00+01:00", NOW) == "in 60 min"
    assert ahead("2026-11-22T15:59:59Z", NOW) == "at the next tick"
    assert stamp("2026-11-22T18:00:00+01:00") == "2026-11-22 17:00 UTC"


@pytest.mark.parametrize("text", ["", "soon"])
def test_what_is_no_time_stays_as_it_is(text: str) -> None:
    assert (ago(text, NOW), ahead(text, NOW), stamp(text)) == (text,) * 3


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90m", 90), ("8h", 480), ("2d", 2880), ("1w", 10_080), ("1d12h", 2160), (" 1W1D1H1M ", 11_581)],
)
def test_a_span_is_written_shortly(text: str, minutes: int) -> None:
    assert span_of(text) == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "8", "h", "-8h", "8h30", "1h1d", "0m", "1.5h", "8 hours", "٣h"])
def test_other_spans_are_refused_with_the_way_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 90m, 8h, 2d or 1w"):
        span_of(text)


def test_a_span_longer_than_time_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        span_of("999999999999w")
