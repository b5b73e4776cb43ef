"""By which metric answers are judged, and how near it has to be to what the job reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ebb.evaluation.answers import Answers
from ebb.evaluation.smoke_rows import SmokeRows
from ebb.evaluation.smoke_verdict import SmokeVerdict, judge
from ebb.settings.gate import Gate
from ebb.settings.model_settings import ModelSettings

COUNT = 200
LABELS = tuple(float(row % 10) for row in range(COUNT))
ROWS = SmokeRows(LABELS, ("1",) * COUNT)


def settings(objective: str = "reg:squarederror", *, gate: Gate | None = None, **hyperparameters: Any) -> ModelSettings:
    return ModelSettings(hyperparameters={"objective": objective, "num_round": 5} | hyperparameters, gate=gate)


def off_by(error: float) -> Answers:
    """Every row by as much, so that nothing scatters."""
    return Answers("reg:squarederror", tuple(label + error for label in LABELS))


def judged(
    answers: Answers, reported: dict[str, float], given: ModelSettings | None = None, rows: SmokeRows = ROWS
) -> SmokeVerdict:
    return judge(rows, answers, given or settings(), reported)


@pytest.mark.parametrize(("error", "passed"), [(0.95, True), (1.09, True), (1.11, False), (0.89, False)])
def test_without_scatter_a_tenth_is_the_tolerance(error: float, passed: bool) -> None:  # noqa: FBT001
    verdict = judged(off_by(error), {"validation:rmse": 1.0})
    assert (verdict.passed, verdict.metric, verdict.reported) == (passed, "validation:rmse", 1.0)
    assert verdict.measured == pytest.approx(error)
    assert verdict.tolerance == pytest.approx(0.1)
    assert ("not within 0.1 " in verdict.reason) is not passed


def test_with_scatter_it_is_four_standard_errors() -> None:
    """Of a share of 0.1 among 200 rows: 0.021."""
    rows = SmokeRows((0.0,) * COUNT, ("1",) * COUNT)
    for wrong, passed in ((3, False), (4, True), (20, True), (36, True), (37, False)):
        answers = Answers("binary:logistic", (0.9,) * wrong + (0.1,) * (COUNT - wrong))
        given = settings("binary:logistic", eval_metric="error")
        verdict = judged(answers, {"validation:error": 0.1}, given, rows)
        assert verdict.passed is passed
        assert verdict.tolerance == pytest.approx(0.0848, abs=1e-4)


def test_a_perfect_model_may_be_rounded_in_the_log() -> None:
    assert judged(off_by(4e-6), {"validation:rmse": 0.0}).passed
    assert not judged(off_by(4e-5), {"validation:rmse": 0.0}).passed


def test_a_wild_model_does_not_widen_its_own_tolerance() -> None:
    wild = Answers("reg:squarederror", (1e9, *LABELS[1:]))
    verdict = judged(wild, {"validation:rmse": 1.0})
    assert not verdict.passed
    assert verdict.tolerance is not None
    assert verdict.tolerance <= 2.1


def test_honest_models_of_skewed_labels_are_rarely_refused() -> None:
    """Sales, claims, prices: 200 of many rows may well miss those that decide of the reported value."""
    chance = np.random.default_rng(1)
    truth = chance.normal(size=20_000)
    labels, scores = np.exp(truth + chance.normal(size=20_000)), np.exp(truth + 0.5)
    reported = {"validation:rmse": float(np.sqrt(np.mean((labels - scores) ** 2)))}
    refused = 0
    for _ in range(200):
        some = chance.integers(0, 20_000, COUNT)
        sample = SmokeRows(tuple(labels[some].tolist()), ("1",) * COUNT)
        refused += not judged(Answers("reg:squarederror", tuple(scores[some].tolist())), reported, rows=sample).passed
    assert refused <= 6


@pytest.mark.parametrize(
    ("given", "metric"),
    [
        (settings(), "validation:rmse"),
        (settings("reg:absoluteerror"), "validation:mae"),
        (settings(eval_metric="mape,mae"), "validation:mae"),
        (settings(eval_metric="r2,mse"), "validation:mse"),
        (settings(gate=Gate("validation:mae", at_most=9), eval_metric="mse"), "validation:mae"),
        (settings(gate=Gate("train:mae", at_most=9)), "validation:mae"),
        (settings(gate=Gate("validation:r2", at_least=0)), "validation:rmse"),
    ],
)
def test_the_first_metric_that_can_be_computed_decides(given: ModelSettings, metric: str) -> None:
    reported = {"validation:rmse": 1.0, "validation:mae": 1.0, "validation:mse": 1.0, "validation:r2": 0.9}
    verdict = judged(off_by(1), reported, given)
    assert (verdict.passed, verdict.metric) == (True, metric)


def test_without_held_out_rows_the_training_metric_decides() -> None:
    verdict = judged(off_by(1), {"train:rmse": 1.0})
    assert (verdict.passed, verdict.metric) == (True, "train:rmse")


def test_held_out_rows_are_never_compared_with_the_training_metric() -> None:
    verdict = judged(off_by(9), {"train:rmse": 1.0, "validation:r2": 0.5})
    assert (verdict.passed, verdict.metric) == (True, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_metric_that_is_no_number_decides_nothing(value: float) -> None:
    given = settings(eval_metric="mape,rmse")
    assert judged(off_by(1), {"validation:mape": value, "validation:rmse": 1.0}, given).metric == "validation:rmse"


def test_a_metric_that_these_rows_do_not_show_decides_nothing() -> None:
    rows = SmokeRows((1.0,) * COUNT, ("1",) * COUNT)
    given = settings("binary:logistic", eval_metric="auc,error")
    answers = Answers("binary:logistic", (0.9,) * COUNT)
    verdict = judged(answers, {"validation:auc": 0.9, "validation:error": 0.0}, given, rows)
    assert (verdict.passed, verdict.metric) == (True, "validation:error")


def test_after_early_stopping_better_than_reported_is_fine() -> None:
    """The job reports its last round and keeps its best."""
    given = settings(eval_metric="rmse", early_stopping_rounds=5)
    assert judged(off_by(0.5), {"validation:rmse": 1.0}, given).passed
    assert not judged(off_by(1.5), {"validation:rmse": 1.0}, given).passed
    given = settings("binary:logistic", eval_metric="auc", early_stopping_rounds=5)
    rows = SmokeRows((0.0, 1.0) * 100, ("1",) * COUNT)
    assert judged(Answers("binary:logistic", (0.1, 0.9) * 100), {"validation:auc": 0.7}, given, rows).passed


def test_after_early_stopping_only_its_own_metric_decides() -> None:
    """By another metric the round that was kept may be worse than the last one."""
    given = settings(eval_metric="rmse,r2", early_stopping_rounds=5)
    assert judged(off_by(9), {"validation:rmse": 1.0, "validation:r2": 0.5}, given).metric is None


def test_a_mismatch_says_that_all_answers_are_the_same() -> None:
    constant = Answers("reg:squarederror", (4.5,) * COUNT)
    verdict = judged(constant, {"validation:rmse": 1.0})
    assert not verdict.passed
    assert verdict.reason.endswith("of the job's validation:rmse 1. Every row has the same answer, 4.5.")
    assert "Every row" not in judged(off_by(3), {"validation:rmse": 1.0}).reason


def test_an_honest_model_may_be_constant() -> None:
    """A few rows and gamma = 4: no tree has a split."""
    constant = Answers("reg:squarederror", (4.5,) * COUNT)
    assert judged(constant, {"validation:rmse": 2.872}).passed


@pytest.mark.parametrize("objective", ["rank:pairwise", "survival:cox"])
def test_without_a_metric_answers_differ_where_labels_do(objective: str) -> None:
    reported = {"validation:cox-nloglik": 3.0}
    assert judged(off_by(1), reported, settings(objective)).passed
    verdict = judged(Answers(objective, (4.5,) * COUNT), reported, settings(objective))
    assert (verdict.passed, verdict.metric) == (False, None)
    assert verdict.reason == "Every row has the same answer, 4.5, and the labels differ."
    rows = SmokeRows((1.0,) * COUNT, ("1",) * COUNT)
    assert judged(Answers(objective, (4.5,) * COUNT), reported, settings(objective), rows).passed


def softmax(wrong: int) -> tuple[Answers, SmokeRows]:
    labels: Sequence[float] = tuple(float(row % 3) for row in range(COUNT))
    scores = tuple((label + 1) % 3 if row < wrong else label for row, label in enumerate(labels))
    return Answers("multi:softmax", scores), SmokeRows(tuple(labels), ("1",) * COUNT)


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (40, True), (60, True), (130, False)])
def test_the_log_loss_bounds_how_many_classes_may_be_wrong(wrong: int, passed: bool) -> None:  # noqa: FBT001
    """multi:softmax logs mlogloss, which its answers do not show; 0.2 allows for 29 % and the scatter of 200 rows."""
    answers, rows = softmax(wrong)
    verdict = judged(answers, {"validation:mlogloss": 0.2}, settings("multi:softmax", num_class=3), rows)
    assert verdict.passed is passed
    assert ("65% of the endpoint's answers are wrong" in verdict.reason) is not passed


def test_a_log_loss_of_guesses_bounds_nothing() -> None:
    answers, rows = softmax(140)
    assert judged(answers, {"validation:mlogloss": 1.09}, settings("multi:softmax", num_class=3), rows).passed
    stopped = settings("multi:softmax", num_class=3, eval_metric="mlogloss,f1_macro", early_stopping_rounds=3)
    assert judged(answers, {"validation:mlogloss": 0.2}, stopped, rows).passed
