"""Numbers as people read them."""

from __future__ import annotations

_EXACT = 1e15  # beyond it a float no longer tells whole numbers apart


def number(value: float) -> str:
    """`4,177`, `0.075`, `1e+20`."""
    if value == int(value) and abs(value) < _EXACT:
        return f"{int(value):,}"
    return f"{value:.6g}"


def share(value: float) -> str:
    """`0 %`, `<0.1 %`, `12.5 %`: never rounded to nothing or to everything."""
    percent = value * 100
    if 0 < percent < 0.1:  # noqa: PLR2004
        return "<0.1 %"
    if 99.9 < percent < 100:  # noqa: PLR2004
        return ">99.9 %"
    return f"{percent:.3g} %"


def counted(count: int, thing: str) -> str:
    """`1 row`, `4,177 rows`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def span(first: int, last: int) -> str:
    """`3`, or `3-498`."""
    return str(first) if first == last else f"{first}-{last}"
