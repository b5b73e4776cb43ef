"""A model's answers as a caller reads them: numbers, or a label with the probability of each class."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ebb.evaluation.answers import Answers

Prediction = float | dict[str, Any]
_CLASSES = ("binary:", "multi:")


def predictions_of(
    answers: Answers, label: Mapping[str, Any], outputs: Sequence[str] = ()
) -> list[float] | list[dict[str, Any]]:
    """`label` of dataset.json; `outputs`: what the container was set to answer in place of the model's own answer."""
    if not answers.objective.startswith(_CLASSES) or (answers.partial and "predicted_label" not in outputs):
        return list(answers.scores)
    words: Sequence[str] | None = label["classes"]
    return [_classified(number, probabilities, words) for number, probabilities in _classes(answers)]


def _classes(answers: Answers) -> Iterator[tuple[int, Sequence[float]]]:
    """Of each row, the class's number, and the probabilities of all classes where the model tells them."""
    if answers.probabilities is not None:
        for score, probabilities in zip(answers.scores, answers.probabilities, strict=True):
            yield int(score), probabilities
        return
    for score in answers.scores:
        chance = None if answers.partial else _chance(score, answers.objective)
        yield (int(score), ()) if chance is None else (int(chance > 0.5), (1 - chance, chance))  # noqa: PLR2004


def _chance(score: float, objective: str) -> float | None:
    """Of the second of two classes; None where the model only names a class. `logitraw` is its log-odds."""
    if objective == "binary:logitraw":
        odds = math.exp(-abs(score))
        return (1 if score > 0 else odds) / (1 + odds)
    return score if objective == "binary:logistic" else None


def _classified(number: int, probabilities: Sequence[float], words: Sequence[str] | None) -> dict[str, Any]:
    label: Any = words[number] if words else number
    if not probabilities:
        return {"label": label}
    names = words or map(str, range(len(probabilities)))
    return {"label": label, "probabilities": dict(zip(names, probabilities, strict=True))}


def as_csv(predictions: Sequence[Prediction]) -> str:
    """A line per row: the number, or the label."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerows([one["label"] if isinstance(one, dict) else one] for one in predictions)
    return lines.getvalue()
