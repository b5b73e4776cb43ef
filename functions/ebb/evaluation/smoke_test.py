"""Whether the endpoint answers as the model that was trained: the job's own metric, measured again from outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebb.evaluation.answers import PAUSES, Answers, ask_model
from ebb.evaluation.inference import Call, ModelAnswerError
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_verdict import SmokeVerdict, judge
from ebb.settings.model_settings import ModelSettings

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

_SAME = 1e-5  # of one row, asked twice: 32-bit floats, perhaps of another processor


@dataclass(frozen=True)
class SmokeTest:
    """`metric`, `reported`, `measured` and `tolerance` are None where nothing could be compared.

    `calls` that were answered, the first of them cold perhaps, the last one warm; by which `variant`.
    """

    passed: bool
    reason: str
    metric: str | None
    reported: float | None
    measured: float | None
    tolerance: float | None
    rows: int
    cold_seconds: float
    warm_seconds: float
    calls: int
    variant: str
    answers: Answers | None


def smoke_test(
    runtime: SageMakerRuntimeClient,
    endpoint: str,
    rows: SmokeRows,
    settings: ModelSettings,
    reported: Mapping[str, float],
) -> SmokeTest:
    """All rows are asked, then the first one again. WaitError: the endpoint cannot answer now."""
    calls: list[Call] = []
    answers: Answers | None = None
    try:
        cold, answers = ask_model(runtime, endpoint, rows.features, settings, PAUSES)
        calls.append(cold)
        warm, again = ask_model(runtime, endpoint, rows.features[:1], settings, PAUSES)
        calls.append(warm)
        verdict = _unsteady(answers, again) or judge(rows, answers, settings, reported)
    except ModelAnswerError as wrong:
        verdict = SmokeVerdict(False, str(wrong))
    cold_seconds, warm_seconds = ([call.seconds for call in calls] + [0.0, 0.0])[:2]
    return SmokeTest(
        passed=verdict.passed,
        reason=verdict.reason,
        metric=verdict.metric,
        reported=verdict.reported,
        measured=verdict.measured,
        tolerance=verdict.tolerance,
        rows=len(rows),
        cold_seconds=cold_seconds,
        warm_seconds=warm_seconds,
        calls=sum(call.requests for call in calls),
        variant=calls[-1].variant if calls else "",
        answers=answers,
    )


def _unsteady(answers: Answers, again: Answers) -> SmokeVerdict | None:
    first, second = answers.of_row(0), again.of_row(0)
    if all(math.isclose(one, other, rel_tol=_SAME, abs_tol=_SAME) for one, other in zip(first, second, strict=True)):
        return None
    return SmokeVerdict(False, f"The first row was answered with {list(first)} and then with {list(second)}.")
