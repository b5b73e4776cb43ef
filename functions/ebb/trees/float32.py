"""Numbers of 32 bits, in which xgboost adds and answers; here they are Python floats that such a number can hold."""

from __future__ import annotations

from array import array

NAN = float("nan")
INFINITY = float("inf")


def rounded(value: float) -> float:
    """The nearest number of 32 bits, ties to even; infinite beyond the largest, as a cast in C is.

    One sum, product, quotient or square root of such numbers, computed in 64 bits and rounded here, is what a
    processor computes in 32 bits.
    """
    return array("f", (value,))[0]
