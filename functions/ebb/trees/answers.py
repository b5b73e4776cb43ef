"""The answers to rows, as numbers and as the text that the container sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ebb.trees.margins import Row, margins
from ebb.trees.model import Model
from ebb.trees.objectives import Answer


def answers(model: Model, rows: Iterable[Row]) -> Iterator[Answer]:
    """For each row one number, or with multi:softprob one for each class; rows and errors as of `margins`."""
    return map(model.objective.answer, margins(model, rows))


def answer_text(all_answers: Iterable[Answer]) -> str:
    """A line for each row, as the container answers `text/csv`: each number with all digits of its 32 bits in 64."""
    return "".join(",".join(map(repr, answer)) + "\n" for answer in all_answers)
