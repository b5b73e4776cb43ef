"""Metrics as xgboost defines them, computed from an endpoint's answers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import starmap
from statistics import fmean, stdev

from ebb.evaluation.answers import Answers

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


LOWER_IS_BETTER = frozenset({*LOSSES, "mlogloss"})
COMPUTABLE = LOWER_IS_BETTER | {"auc"}
_PROPORTIONS, _ROOTS = ("error", "merror"), ("rmse", "rmsle")
_OF_CLASSES, _OF_PROBABILITIES = ("merror", "mae", "mse", "rmse"), ("merror", "mlogloss")
_OF_LABELS_TO_1 = ("error", "logloss", "auc")


@dataclass(frozen=True)
class Measured:
    """`value` is not a number where these rows cannot show it. The standard error is that of a sample of so many.

    `skewness` of the losses' mean: a sample that misses the rare large ones falls short of it, and scatters less.
    """

    value: float
    standard_error: float
    skewness: float = 0.0


_NOTHING = Measured(math.nan, math.nan)


def measure(metric: str, labels: Sequence[float], answers: Answers, at: float | None = None) -> Measured:
    """`metric` without its channel. `at`: the value which the standard error is relative to, such as the job's."""
    if not labels or not _shows(metric, labels, answers):
        return _NOTHING
    try:
        if metric == "auc":
            return _area(labels, answers.scores, at)
        return _mean(metric, _losses(metric, labels, answers), at)
    except (ValueError, ArithmeticError):  # as many answers as labels? a logarithm of -1? labels of one class only?
        return _NOTHING


def _shows(metric: str, labels: Sequence[float], answers: Answers) -> bool:
    """Whether these answers can have such a metric."""
    if metric not in COMPUTABLE or answers.partial:
        return False
    if answers.probabilities is not None:
        return metric in _OF_PROBABILITIES
    if answers.objective == "multi:softmax":  # the other metrics of such a job are computed from probabilities
        return metric in _OF_CLASSES
    if metric in _OF_PROBABILITIES:
        return False
    return metric not in _OF_LABELS_TO_1 or all(0 <= label <= 1 for label in labels)


def _losses(metric: str, labels: Sequence[float], answers: Answers) -> list[float]:
    if metric == "mlogloss":
        return list(starmap(log_loss_of_class, zip(labels, answers.probabilities or (), strict=True)))
    return list(starmap(LOSSES[metric], zip(labels, answers.scores, strict=True)))


def _mean(metric: str, losses: list[float], at: float | None) -> Measured:
    mean = fmean(losses)
    value = math.sqrt(mean) if metric in _ROOTS else mean
    expected = value if at is None else at
    if metric in _PROPORTIONS:
        return Measured(value, _standard_error_of_share(expected, len(losses)))
    absolute = stdev(losses) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    if mean <= 0 or min(losses) < 0:
        return Measured(value, absolute, _skewness_of_mean(losses, mean))
    relative = absolute / mean / (2 if metric in _ROOTS else 1)  # of a root by the delta method
    return Measured(value, relative * abs(expected), _skewness_of_mean(losses, mean))


def _skewness_of_mean(losses: list[float], mean: float) -> float:
    squares = fmean((loss - mean) ** 2 for loss in losses)
    cubes = fmean((loss - mean) ** 3 for loss in losses)
    return cubes / squares**1.5 / math.sqrt(len(losses)) if squares > 0 and squares**1.5 > 0 else 0.0


def _standard_error_of_share(expected: float, count: int) -> float:
    """No wrong row among a few does not mean that there never is one: one is assumed."""
    share = min(max(expected, 1 / count), 1 - 1 / count)
    return math.sqrt(max(share * (1 - share), 0) / count)


def _area(labels: Sequence[float], scores: Sequence[float], at: float | None) -> Measured:
    """Under the ROC curve: the share of pairs in the right order, where ties count half."""
    positive: defaultdict[float, float] = defaultdict(float)
    negative: defaultdict[float, float] = defaultdict(float)
    for label, score in zip(labels, scores, strict=True):
        positive[score] += label
        negative[score] += 1 - label
    ones, zeros = sum(positive.values()), sum(negative.values())
    below = right = 0.0
    for score in sorted(positive):
        right += positive[score] * (below + negative[score] / 2)
        below += negative[score]
    value = right / (ones * zeros)
    return Measured(value, _standard_error_of_area(value if at is None else at, ones, zeros))


def _standard_error_of_area(area: float, ones: float, zeros: float) -> float:
    """By Hanley and McNeil."""
    two_ones, two_zeros = area / (2 - area), 2 * area**2 / (1 + area)
    scatter = (ones - 1) * (two_ones - area**2) + (zeros - 1) * (two_zeros - area**2)
    return math.sqrt(max(area * (1 - area) + scatter, 0) / (ones * zeros))
