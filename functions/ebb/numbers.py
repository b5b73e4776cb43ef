"""Numbers as they stand in sentences and in JSON."""

from __future__ import annotations

import math
from typing import Any

_LARGEST_WRITTEN_OUT = 1e15
_FEWEST_DIGITS, _MOST_DIGITS = 4, 17


def finite(value: Any) -> Any:
    """None for what JSON cannot write: nan and the infinities."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def figures(*values: float) -> list[str]:
    """Four digits each, or as many as tell different values apart."""
    digits = _FEWEST_DIGITS
    while digits < _MOST_DIGITS and len({_figure(value, digits) for value in values}) < len(set(values)):
        digits += 1
    return [_figure(value, digits) for value in values]


def _figure(value: float, digits: int) -> str:
    """Written out as long as a person would: `123,457` and `1e+20`."""
    whole = len(f"{abs(value):.0f}") if abs(value) < _LARGEST_WRITTEN_OUT else 0
    return f"{value:,.{max(digits, whole)}g}"


def seconds(duration: float) -> str:
    """`0.083 s`, `6.2 s`, `61 s`."""
    return f"{duration:.2g} s" if duration < 10 else f"{duration:,.0f} s"  # noqa: PLR2004
