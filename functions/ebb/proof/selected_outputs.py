"""What `SAGEMAKER_INFERENCE_OUTPUT` makes of the answers: chosen parts of each, among them perhaps the model's own."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from ebb.proof.calling import ModelAnswerError

_OWN = {  # what the model itself answers, under another name
    "multi:softprob": ("probabilities", "raw_scores"),
    "multi:softmax": ("predicted_label", "raw_score", "raw_scores"),
    "binary:logistic": ("probability", "raw_score", "probabilities", "raw_scores"),
    "binary:logitraw": ("raw_score", "raw_scores"),
    "binary:hinge": ("predicted_label", "raw_score", "raw_scores"),
}
_PARTS = ("predicted_label", "probability", "raw_score")


def own_answers(lines: Sequence[str], objective: str, outputs: Sequence[str]) -> tuple[list[str], bool]:
    """The model's own answers; or, and False, one number of each where they are not among the outputs."""
    own = [output for output in _OWN.get(objective, ("predicted_score",)) if output in outputs]
    parts = [*own, *(part for part in _PARTS if part in outputs), *outputs]
    place = outputs.index(parts[0])
    cells = [_cell(line, row, place, len(outputs)) for row, line in enumerate(lines)]
    if objective == "multi:softprob" and own:
        return cells, True
    return [cell.rpartition(",")[2] for cell in cells], bool(own)  # of two classes, the second is what was asked for


def _cell(line: str, row: int, place: int, count: int) -> str:
    cells = next(csv.reader([line]), [])
    if len(cells) != count:
        raise ModelAnswerError(f"The answer to row {row} has {len(cells)} parts in place of {count}.")
    return cells[place].strip("[]")
