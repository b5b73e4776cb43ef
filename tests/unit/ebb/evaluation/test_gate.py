"""The absolute gate goes by the job, the relative one by what both models answer to the same rows."""

import math

import pytest

from ebb.evaluation.answers import Answers
from ebb.evaluation.gate import absolute, not_comparable, relative
from ebb.settings.gate import Gate

RMSE, AUC = "validation:rmse", "validation:auc"


@pytest.mark.parametrize(
    ("gate", "figure", "passed", "limit"),
    [
        (Gate(RMSE, at_most=2.5), 2.5, True, 2.5),
        (Gate(RMSE, at_most=2.5), 2.51, False, 2.5),
        (Gate(AUC, at_least=0.8), 0.8, True, 0.8),
        (Gate(AUC, at_least=0.8), 0.79, False, 0.8),
        (Gate(RMSE, at_most=3, at_least=1), 0.5, False, 1),
        (Gate(RMSE, at_most=3, at_least=1), 3.5, False, 3),
        (Gate(RMSE, at_most=3, at_least=1), 2, True, 3),
    ],
)
def test_the_reported_metric_keeps_the_limits(gate: Gate, figure: float, passed: bool, limit: float) -> None:  # noqa: FBT001
    verdict = absolute(gate, {gate.metric: figure, "train:rmse": 0.1})
    assert (verdict.passed, verdict.figure, verdict.limit, verdict.metric) == (passed, figure, limit, gate.metric)
    assert verdict.code == "gate"
    assert f"{figure:g}" in verdict.reason
    assert f"{limit:g}" in verdict.reason


@pytest.mark.parametrize("reported", [{}, {"train:rmse": 0.1}, {RMSE: math.nan}])
def test_a_metric_that_the_job_did_not_report_does_not_pass(reported: dict[str, float]) -> None:
    verdict = absolute(Gate(RMSE, at_most=2.5), reported)
    assert (verdict.passed, verdict.figure, verdict.limit) == (False, None, 2.5)
    assert RMSE in verdict.reason


def test_a_gate_that_asks_for_the_live_run_only_sets_no_limit_of_its_own() -> None:
    assert absolute(Gate(RMSE, no_worse_than_live=0.02), {RMSE: 9}).passed
    assert absolute(Gate(RMSE, no_worse_than_live=0.02), {}).passed


def errors(*sizes: float) -> Answers:
    return Answers("reg:squarederror", sizes)


@pytest.mark.parametrize(("size", "passed"), [(2.0, True), (2.039, True), (2.041, False), (0.5, True)])
def test_an_error_may_be_larger_than_the_live_one_by_the_margin(size: float, passed: bool) -> None:  # noqa: FBT001
    gate = Gate(RMSE, no_worse_than_live=0.02)
    verdict = relative(gate, [0.0, 0.0], errors(size, -size), errors(2, -2))
    assert (verdict.passed, verdict.code, verdict.live_figure) == (passed, "gate", 2)
    assert verdict.figure == pytest.approx(size)
    assert verdict.limit == pytest.approx(2.04)
    assert "the live run's is 2" in verdict.reason


@pytest.mark.parametrize(("margin", "passed"), [(0.4, False), (0.6, True)])
def test_an_area_may_be_smaller_than_the_live_one_by_the_margin(margin: float, passed: bool) -> None:  # noqa: FBT001
    half, whole = Answers("binary:logistic", (0.5, 0.5)), Answers("binary:logistic", (0.1, 0.9))
    assert relative(Gate(AUC, no_worse_than_live=margin), [0, 1], half, whole).passed is passed
    assert relative(Gate(AUC, no_worse_than_live=margin), [0, 1], whole, half).passed


@pytest.mark.parametrize(
    ("candidate", "live", "whose"),
    [
        (errors(1, 1), Answers("multi:softprob", (0.0, 1.0), ((1.0, 0.0), (0.0, 1.0))), "the live run"),
        (Answers("binary:logistic", (0.5, 0.5), partial=True), errors(1, 1), "this run"),
    ],
)
def test_answers_that_do_not_show_the_metric_are_not_comparable(candidate: Answers, live: Answers, whose: str) -> None:
    verdict = relative(Gate(RMSE, no_worse_than_live=0.02), [0.0, 1.0], candidate, live)
    assert (verdict.passed, verdict.code, verdict.figure) == (False, "not_comparable", None)
    assert f"what {whose} answers" in verdict.reason


def test_without_the_question_there_is_nothing_to_compare() -> None:
    assert relative(Gate(RMSE, at_most=1), [0.0], errors(9), errors(1)).passed


def test_why_two_runs_are_not_comparable_is_said() -> None:
    verdict = not_comparable(Gate(RMSE, no_worse_than_live=0.02), "The live run needs column 3.")
    assert (verdict.passed, verdict.code, verdict.reason) == (False, "not_comparable", "The live run needs column 3.")
