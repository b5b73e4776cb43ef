"""What an endpoint's answers mean: numbers in the domain of the objective."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebb.evaluation.inference import MAX_BYTES, Call, ModelAnswerError, ask
from ebb.settings.model_settings import ModelSettings

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient


_SHOWN = 80
_SUM_OF_PROBABILITIES = 1e-3  # they are 32-bit floats


@dataclass(frozen=True)
class Answers:
    """A score for each row: a value, a probability, a margin or a class. `probabilities`: of each class, if known.

    `partial`: only a part of what the model has to say, which no metric can be computed from.
    """

    objective: str
    scores: tuple[float, ...]
    probabilities: tuple[tuple[float, ...], ...] | None = None
    partial: bool = False

    def __len__(self) -> int:
        return len(self.scores)

    def of_row(self, row: int) -> tuple[float, ...]:
        return self.probabilities[row] if self.probabilities else (self.scores[row],)

    @property
    def are_constant(self) -> bool:
        """Every row has the same answer."""
        return len(set(self.probabilities or self.scores)) <= 1


def read_answers(lines: Sequence[str], objective: str, num_class: int | None, outputs: Sequence[str] = ()) -> Answers:
    """ModelAnswerError names the first row whose answer the objective cannot give.

    `outputs`: what the container was set to answer in place of the model's own answer.
    """
    if outputs:
        lines, is_whole = own_answers(lines, objective, outputs)
        if not is_whole:
            scores = (_score(line, row, lambda _score: True, "a number") for row, line in enumerate(lines))
            return Answers(objective, tuple(scores), partial=True)
    if objective == "multi:softprob":
        rows = tuple(_probabilities(line, row, num_class) for row, line in enumerate(lines))
        return Answers(objective, tuple(float(row.index(max(row))) for row in rows), rows)
    holds, rule = _domain_of(objective, num_class)
    return Answers(objective, tuple(_score(line, row, holds, rule) for row, line in enumerate(lines)))


def _domain_of(objective: str, num_class: int | None) -> tuple[Callable[[float], bool], str]:
    if objective in ("binary:logistic", "reg:logistic"):
        return (lambda score: 0 <= score <= 1), "a probability from 0 to 1"
    if objective == "binary:hinge":
        return (lambda score: score in (0, 1)), "0 or 1"
    if objective == "multi:softmax":
        most = math.inf if num_class is None else num_class - 1
        return (lambda score: score.is_integer() and 0 <= score <= most), f"a class from 0 to {most}"
    if objective in ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox"):
        return (lambda score: score >= 0), "a number of at least 0"
    return (lambda _score: True), "a number"


def _score(line: str, row: int, holds: Callable[[float], bool], rule: str) -> float:
    numbers = _numbers(line, row)
    if len(numbers) != 1 or not holds(numbers[0]):
        raise _wrong(line, row, rule)
    return numbers[0]


def _probabilities(line: str, row: int, num_class: int | None) -> tuple[float, ...]:
    numbers = _numbers(line, row)
    good = len(numbers) == (num_class or len(numbers)) and all(0 <= number <= 1 for number in numbers)
    if not good or abs(math.fsum(numbers) - 1) > _SUM_OF_PROBABILITIES:
        raise _wrong(line, row, f"{num_class or 'its'} probabilities whose sum is 1")
    return numbers


def _numbers(line: str, row: int) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, line.split(",")))
    except ValueError as error:
        raise _wrong(line, row, "a number") from error
    if not all(map(math.isfinite, numbers)):
        raise _wrong(line, row, "finite")
    return numbers


def _wrong(line: str, row: int, rule: str) -> ModelAnswerError:
    shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
    return ModelAnswerError(f"The answer to row {row} is {shown!r}, which is not {rule}.")


# For a proof: whoever keeps the endpoint busy is answered within moments, and to come back from a queue takes a minute.
PAUSES = (0.5, 1.0, 2.0)


def ask_model(
    runtime: SageMakerRuntimeClient,
    endpoint: str,
    rows: Sequence[str],
    settings: ModelSettings,
    pauses: Sequence[float] = (),
) -> tuple[Call, Answers]:
    """WaitError: not now. ModelAnswerError: what came is no answer of such a model."""
    environment = settings.endpoint.environment
    most = min(MAX_BYTES, int(environment.get("MAX_CONTENT_LENGTH", MAX_BYTES)))
    call = ask(runtime, endpoint, rows, most, pauses)
    outputs = environment.get("SAGEMAKER_INFERENCE_OUTPUT", "").replace(" ", "")
    return call, read_answers(call.lines, settings.objective, settings.num_class, outputs.split(",") if outputs else ())


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
