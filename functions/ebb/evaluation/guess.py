"""Whether a model is any better than a guess that knows nothing of the rows: the mean, or the most frequent class."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from ebb.evaluation.answers import Answers
from ebb.evaluation.classes import chance_of
from ebb.evaluation.metrics import LOSSES, log_loss_of_class
from ebb.problems import quoted

LEAST_ROWS = 20  # of fewer, chance says more than the model
_QUANTITIES = ("reg:", "count:")
_BY_MEDIAN = ("reg:absoluteerror",)
_HALF = 0.5
_ROUNDED = 1e-6


def no_better_than_a_guess(labels: Sequence[float], answers: Answers, classes: Sequence[str] | None) -> str | None:
    """A sentence, where that is so; None where it is better, or where that cannot be seen of these rows."""
    if len(labels) < LEAST_ROWS or answers.partial or len(answers) != len(labels):
        return None
    if classes is not None:
        return _of_classes(labels, answers, classes)
    if not answers.objective.startswith(_QUANTITIES) or len(set(labels)) == 1:
        return None
    return _of_numbers(labels, answers)


def _of_numbers(labels: Sequence[float], answers: Answers) -> str | None:
    by_median = answers.objective in _BY_MEDIAN
    loss, guess = (LOSSES["mae"], median(labels)) if by_median else (LOSSES["rmse"], fmean(labels))
    if _is_less(map(loss, labels, answers.scores), (loss(label, guess) for label in labels)):
        return None
    name = "median" if by_median else "mean"
    return f"On {len(labels)} held-out rows it is no better than always answering their {name}, {guess:g}"


def _of_classes(labels: Sequence[float], answers: Answers, classes: Sequence[str]) -> str | None:
    """Wrong as often, and no better where it is unsure: rare classes may be told apart without ever being likely."""
    counts = Counter(labels)
    most, rows = max(counts, key=lambda label: counts[label]), len(labels)
    if len(counts) == 1:
        return None
    named = [_class(score, answers.objective) for score in answers.scores]
    wrong = sum(label != name for label, name in zip(labels, named, strict=True))
    if wrong < rows - counts[most]:
        return None
    probabilities = _probabilities(answers)
    if probabilities is not None:
        of_shares = (-math.log(counts[label] / rows) for label in labels)
        if _is_less(map(log_loss_of_class, labels, probabilities), of_shares):
            return None
    name = quoted(classes[int(most)]) if most < len(classes) else f"{most:g}"
    return f"On {rows} held-out rows it is no better than always answering the most frequent class, {name}"


def _is_less(losses: Iterable[float], others: Iterable[float]) -> bool:
    return math.fsum(losses) < math.fsum(others) * (1 - _ROUNDED)


def _class(score: float, objective: str) -> float:
    chance = chance_of(score, objective)
    return score if chance is None else float(chance > _HALF)


def _probabilities(answers: Answers) -> Sequence[Sequence[float]] | None:
    if answers.probabilities is not None:
        return answers.probabilities
    chances = [chance_of(score, answers.objective) for score in answers.scores]
    return None if None in chances else [(1 - chance, chance) for chance in chances if chance is not None]
