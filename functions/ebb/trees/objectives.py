"""What an objective makes of margins, and of the base score: each as xgboost's `src/objective/` does, in its order.

All numbers are 32-bit ones. A base score goes through the inverse of the answer's function (`ProbToMargin` there), the
margins of a row through the function itself (`PredTransform`).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ebb.trees.expf import expf, unrounded_expf
from ebb.trees.float32 import INFINITY, NAN, rounded
from ebb.trees.logf import logf

Margins = Sequence[float]
Answer = tuple[float, ...]

_LARGEST_EXPONENT: Final = rounded(88.7)
_NEAREST_TO_CERTAIN: Final = rounded(1e-6)
_ALMOST_ONE: Final = rounded(1 - _NEAREST_TO_CERTAIN)


@dataclass(frozen=True)
class Objective:
    """`answer`: of one row's margins, one each class. `base_margin`: of one base score; the version is xgboost's.

    What no objective takes as a base score has a margin that is infinite or not a number.
    `several`: there is a margin for each class. `transforms`: a row's answer costs an exponential for each margin.
    """

    answer: Callable[[Margins], Answer]
    base_margin: Callable[[float, tuple[int, int]], float]
    several: bool = False
    transforms: bool = False


def _as_it_is(margins: Margins) -> Answer:
    return tuple(margins)


def _sigmoid(margins: Margins) -> Answer:
    """`common::Sigmoid`; what it adds against a division by zero, 1e-16, is too small to change anything."""
    power = expf(min(-margins[0], _LARGEST_EXPONENT))
    return (rounded(1.0 / rounded(power + 1.0)),)


def _exponential(margins: Margins) -> Answer:
    return (expf(margins[0]),)


def _exponential_of_64_bits(margins: Margins) -> Answer:
    """`src/objective/aft_obj.cu` alone calls `exp` without saying of which size, and gets the larger one."""
    try:
        return (rounded(math.exp(margins[0])),)
    except OverflowError:
        return (INFINITY,)


def _is_positive(margins: Margins) -> Answer:
    return (1.0 if margins[0] > 0 else 0.0,)


def _softmax(margins: Margins) -> Answer:
    """`common::Softmax`: powers in 32 bits, their sum in 64, from the first class on, and rounded to divide by."""
    largest = _largest(margins)
    distances = array("f", [margin - largest for margin in margins])
    powers = array("f", map(unrounded_expf, distances))
    total = 0.0
    for power in powers:
        total += power
    divisor = rounded(total)  # at least 1, or no number
    return tuple(array("f", [power / divisor for power in powers]))


def _largest(margins: Margins) -> float:
    """As C's `fmaxf`, which prefers a number to none."""
    largest = margins[0]
    for margin in margins:
        if margin > largest or largest != largest:  # noqa: PLR0124  (not a number)
            largest = margin
    return largest


def _most_likely(margins: Margins) -> Answer:
    """The first of the largest margins."""
    best = 0
    for number, margin in enumerate(margins):
        if margin > margins[best]:
            best = number
    return (float(best),)


def _raw(score: float, _version: tuple[int, int]) -> float:
    return score


def _logarithm(score: float, _version: tuple[int, int]) -> float:
    return logf(score)


def _logit(score: float, version: tuple[int, int]) -> float:
    """From 3.2 on it takes certainty, too, and keeps away from it."""
    if version >= (3, 2) and 0 <= score <= 1:
        score = min(max(score, _NEAREST_TO_CERTAIN), _ALMOST_ONE)
    if not 0 < score < 1:
        return NAN
    return -logf(rounded(rounded(1.0 / score) - 1.0))


_IDENTITY = Objective(_as_it_is, _raw)
_LOGISTIC = Objective(_sigmoid, _logit, transforms=True)
_LOGARITHMIC = Objective(_exponential, _logarithm, transforms=True)

OBJECTIVES: Final[Mapping[str, Objective]] = {
    **dict.fromkeys(
        (
            *("reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:absoluteerror", "reg:pseudohubererror"),
            *("binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map"),
        ),
        _IDENTITY,
    ),
    **dict.fromkeys(("binary:logistic", "reg:logistic"), _LOGISTIC),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox"), _LOGARITHMIC),
    "survival:aft": Objective(_exponential_of_64_bits, _logarithm, transforms=True),
    "binary:hinge": Objective(_is_positive, _raw),
    "multi:softprob": Objective(_softmax, _raw, several=True, transforms=True),
    "multi:softmax": Objective(_most_likely, _raw, several=True),
}
