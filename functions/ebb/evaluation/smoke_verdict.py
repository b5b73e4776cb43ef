"""Whether answers are those of the model that the job reported on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ebb.evaluation.answers import Answers
from ebb.evaluation.metrics import COMPUTABLE, LOWER_IS_BETTER, Measured, measure
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.settings.eval_metrics import default_metric
from ebb.settings.model_settings import ModelSettings

SHARE, STANDARD_ERRORS = 0.1, 4
_ROUNDED = 1e-5  # a job's log has five decimals


@dataclass(frozen=True)
class SmokeVerdict:
    """`metric`, `reported`, `measured` and `tolerance` are None where nothing could be compared."""

    passed: bool
    reason: str
    metric: str | None = None
    reported: float | None = None
    measured: float | None = None
    tolerance: float | None = None


def judge(rows: SmokeRows, answers: Answers, settings: ModelSettings, reported: Mapping[str, float]) -> SmokeVerdict:
    """By the first metric that the job reported and that these answers show; else by what the answers are."""
    channel = _channel(reported)
    for name in _metrics(settings):
        known = reported.get(channel + name, math.nan)
        if math.isfinite(known) and name in COMPUTABLE:
            measured = measure(name, rows.labels, answers, at=known)
            if math.isfinite(measured.value):
                return _compared(channel + name, known, measured, answers, settings)
    return _too_many_wrong(rows, answers, settings, reported.get(f"{channel}mlogloss")) or _without_metric(
        rows, answers
    )


def _channel(reported: Mapping[str, float]) -> str:
    """Smoke rows are held out if any are."""
    return "validation:" if any(metric.startswith("validation:") for metric in reported) else "train:"


def _metrics(settings: ModelSettings) -> list[str]:
    """The gate's first, then those that were asked for, then the one that is logged anyway.

    After early stopping the job reports its last round and keeps its best by the last eval_metric: by another one that
    round may have been worse.
    """
    values = settings.hyperparameters
    asked = [name for name in str(values.get("eval_metric", "")).split(",") if name]
    if _stops_early(settings):
        return asked[-1:]
    gated = [settings.gate.metric.partition(":")[2]] if settings.gate else []
    return [*gated, *asked, default_metric(values, "")]


def _stops_early(settings: ModelSettings) -> bool:
    return bool(settings.hyperparameters.get("early_stopping_rounds"))


def _compared(
    metric: str, reported: float, measured: Measured, answers: Answers, settings: ModelSettings
) -> SmokeVerdict:
    name, value = metric.partition(":")[2], measured.value
    tolerance = max(SHARE * abs(reported), _standard_errors(measured, reported) * measured.standard_error, _ROUNDED)
    is_better = value < reported if name in LOWER_IS_BETTER else value > reported
    passed = abs(value - reported) <= tolerance or (is_better and _stops_early(settings))
    sentence = (
        f"{name} of the endpoint's answers is {value:g}, which is {'' if passed else 'not '}within {tolerance:g} "
        f"of the job's {metric} {reported:g}."
    )
    if not passed and answers.are_constant:
        sentence += f" {_every_row(answers)}."
    return SmokeVerdict(passed, sentence, metric, reported, value, tolerance)


def _standard_errors(measured: Measured, reported: float) -> float:
    """Below the reported value with Johnson's correction for skewed losses.

    Without it, one honest model in ten would be refused where a few rows have the largest losses by far.
    """
    if measured.value >= reported:
        return STANDARD_ERRORS
    return STANDARD_ERRORS + (2 * STANDARD_ERRORS**2 + 1) / 6 * max(measured.skewness, 0)


def _too_many_wrong(
    rows: SmokeRows, answers: Answers, settings: ModelSettings, log_loss: float | None
) -> SmokeVerdict | None:
    """multi:softmax logs mlogloss and answers classes. A wrong class had at most 1/2, a loss of log 2 or more."""
    share = measure("merror", rows.labels, answers).value
    if log_loss is None or not math.isfinite(share) or _metrics(settings)[-1:] != ["mlogloss"]:
        return None
    most = min(log_loss / math.log(2), 1)
    most += STANDARD_ERRORS * measure("merror", rows.labels, answers, at=most).standard_error
    if share <= most:
        return None
    sentence = (
        f"{share:.0%} of the endpoint's answers are wrong, which mlogloss {log_loss:g} allows for {most:.0%} at most."
    )
    return SmokeVerdict(False, sentence)


def _without_metric(rows: SmokeRows, answers: Answers) -> SmokeVerdict:
    if answers.are_constant and not rows.have_one_label:
        return SmokeVerdict(False, f"{_every_row(answers)}, and the labels differ.")
    return SmokeVerdict(True, f"The answers to {len(rows)} rows are possible; the job has no metric to compare.")


def _every_row(answers: Answers) -> str:
    return f"Every row has the same answer, {answers.scores[0]:g}"
