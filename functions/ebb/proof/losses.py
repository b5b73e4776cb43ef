"""What one row adds to a metric that is a mean over rows: xgboost's own formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_LEAST = 1e-16  # xgboost takes no logarithm of less
_SHIFT = 1e-6  # and moves both sides of gamma-deviance by this
_THRESHOLD = 0.5


def _squared(label: float, score: float) -> float:
    return (label - score) ** 2


def _error(label: float, score: float) -> float:
    """The threshold is for the answer, be it a probability or, with binary:logitraw, a margin."""
    return 1 - label if score > _THRESHOLD else label


def _log_loss(label: float, score: float) -> float:
    return -label * math.log(max(score, _LEAST)) - (1 - label) * math.log(max(1 - score, _LEAST))


def _poisson(label: float, score: float) -> float:
    score = max(score, _LEAST)
    return math.lgamma(label + 1) + score - math.log(score) * label


def _gamma_deviance(label: float, score: float) -> float:
    ratio = (label + _SHIFT) / (score + _SHIFT)
    return 2 * (ratio - 1 - math.log(ratio))


LOSSES: dict[str, Callable[[float, float], float]] = {
    "rmse": _squared,
    "mse": _squared,
    "mae": lambda label, score: abs(label - score),
    "error": _error,
    "merror": lambda label, score: float(label != score),
    "logloss": _log_loss,
    "rmsle": lambda label, score: _squared(math.log1p(label), math.log1p(score)),
    "mape": lambda label, score: abs((label - score) / label),
    "mphe": lambda label, score: math.sqrt(1 + _squared(label, score)) - 1,
    "poisson-nloglik": _poisson,
    "gamma-nloglik": lambda label, score: label / score + math.log(score),
    "gamma-deviance": _gamma_deviance,
}


def log_loss_of_class(label: float, probabilities: Sequence[float]) -> float:
    """A class that the model does not know has no probability."""
    known = label < len(probabilities)
    return -math.log(max(probabilities[int(label)] if known else 0, _LEAST))
