"""A model's answers as a caller reads them: numbers, or a label with the probability of each class."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ebb.evaluation.answers import Answers
from ebb.evaluation.classes import chance_of

Prediction = float | dict[str, Any]
_CLASSES = ("binary:", "multi:")


def predictions_of(
    answers: Answers, label: Mapping[str, Any], outputs: Sequence[str] = ()
) -> list[float] | list[dict[str, Any]]:
    """`label` of dataset.json; `outputs`: what the container was set to answer in place of the model's own answer."""
    if not answers.objective.startswith(_CLASSES) or (answers.partial and "predicted_label" not in outputs):
        return list(answers.scores)
    words: Sequence[str] = label["classes"]
    return [_classified(number, probabilities, words) for number, probabilities in _classes(answers)]


def _classes(answers: Answers) -> Iterator[tuple[int, Sequence[float]]]:
    """Of each row, the class's number, and the probabilities of all classes where the model tells them."""
    if answers.probabilities is not None:
        for score, probabilities in zip(answers.scores, answers.probabilities, strict=True):
            yield int(score), probabilities
        return
    for score in answers.scores:
        chance = None if answers.partial else chance_of(score, answers.objective)
        yield (int(score), ()) if chance is None else (int(chance > 0.5), (1 - chance, chance))  # noqa: PLR2004


def _classified(number: int, probabilities: Sequence[float], words: Sequence[str]) -> dict[str, Any]:
    """By the file's own labels. A class without one has never had a row: num_class was set to more than there are."""
    known = probabilities[: len(words)]
    if number >= len(words) and known:
        number = known.index(max(known))
    label = words[number] if number < len(words) else None
    return {"label": label, "probabilities": dict(zip(words, known, strict=True))} if known else {"label": label}


def as_csv(predictions: Sequence[Prediction]) -> str:
    """A line per row: the number, or the label."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerows([one["label"] if isinstance(one, dict) else one] for one in predictions)
    return lines.getvalue()
