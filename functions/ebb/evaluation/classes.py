"""Classes of two runs: what one of them answers, as the other one numbers its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ebb.datasets.task import key_for
from ebb.evaluation.answers import Answers
from ebb.evaluation.row_encoding import NotComparableError


def in_classes_of(own: Mapping[str, Any], other: Mapping[str, Any], answers: Answers) -> Answers:
    """The answers of the other run, by the dataset.json of each.

    What it knows and this run does not is a class of its own, behind the others: never right. What it does not know
    has no probability.
    """
    classes, others = own["label"]["classes"], other["label"]["classes"]
    if (classes is None) != (others is None):
        raise NotComparableError("One run predicts classes, and the other one a number.")
    if classes is None or answers.partial or (own["objective"], classes) == (other["objective"], others):
        return answers
    number = own["num_class"] or len(classes)
    places = _places(classes, others, number)
    if own["objective"].startswith("binary:"):
        return _of_two(answers, [place == 1 for place in places])
    rows = _probabilities(answers)
    if rows is None:
        scores = (float(_place(score, places, number)) for score in answers.scores)
        return Answers("multi:softmax", tuple(scores))
    moved = tuple(_moved(row, places, number + 1) for row in rows)
    return Answers("multi:softprob", tuple(float(row.index(max(row))) for row in moved), moved)


def _places(classes: Sequence[str], others: Sequence[str], unknown: int) -> list[int]:
    """Of each class of the other run, its number in this one."""
    key = key_for([*classes, *others])
    known = {key(name): number for number, name in enumerate(classes)}
    return [known.get(key(name), unknown) for name in others]


def _place(score: float, places: Sequence[int], unknown: int) -> int:
    return places[int(score)] if score < len(places) else unknown


def _moved(row: Sequence[float], places: Sequence[int], width: int) -> tuple[float, ...]:
    moved = [0.0] * width
    for number, probability in enumerate(row):
        moved[places[number] if number < len(places) else width - 1] += probability
    return tuple(moved)


def _of_two(answers: Answers, is_positive: Sequence[bool]) -> Answers:
    """The chance of the positive class, or the class where that is all that is answered."""
    rows = _probabilities(answers)
    if rows is None:
        scores = (float(score < len(is_positive) and is_positive[int(score)]) for score in answers.scores)
        return Answers("binary:hinge", tuple(scores))
    chances = (
        math.fsum(chance for chance, positive in zip(row, is_positive, strict=False) if positive) for row in rows
    )
    return Answers("binary:logistic", tuple(chances))


def _probabilities(answers: Answers) -> Sequence[Sequence[float]] | None:
    if answers.probabilities is not None:
        return answers.probabilities
    chances = [chance_of(score, answers.objective) for score in answers.scores]
    if None in chances:
        return None
    return [(1 - chance, chance) for chance in chances if chance is not None]


def chance_of(score: float, objective: str) -> float | None:
    """Of the second of two classes; None where the model only names a class. `logitraw` is its log-odds."""
    if objective == "binary:logitraw":
        odds = math.exp(-abs(score))
        return (1 if score > 0 else odds) / (1 + odds)
    return score if objective == "binary:logistic" else None
