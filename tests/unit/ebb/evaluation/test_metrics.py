"""Every metric is what xgboost itself makes of the same labels and answers, and its scatter what a sample shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st

from ebb.evaluation.answers import Answers
from ebb.evaluation.metrics import COMPUTABLE, LOWER_IS_BETTER, measure

xgboost.set_config(nthread=1)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SCORES = st.integers(-40, 40).map(lambda number: number / 16)  # ties, and no rounding in 32 bits
POSITIVE = st.integers(1, 80).map(lambda number: number / 16)
CHANCES = st.integers(0, 16).map(lambda number: number / 16)
BITS = st.integers(0, 1).map(float)


def of_xgboost(metric: str, labels: Sequence[float], scores: Any, **parameters: Any) -> float:
    """The scores go past the objective: as the margin of a model without trees."""
    matrix = xgboost.DMatrix(np.zeros((len(labels), 1)), label=labels)
    matrix.set_base_margin(np.array(scores, dtype=np.float32))
    values = {"objective": "reg:squarederror", "base_score": 0, "eval_metric": metric} | parameters
    return float(xgboost.train(values, matrix, 0).eval(matrix).rpartition(":")[2])


def rows(labels: st.SearchStrategy[float], scores: st.SearchStrategy[float], least: int = 1) -> Any:
    return st.lists(st.tuples(labels, scores), min_size=least, max_size=40)


@pytest.mark.parametrize("metric", ["rmse", "mae", "mphe"])
@given(pairs=rows(SCORES, SCORES))
def test_errors_of_numbers(metric: str, pairs: list[tuple[float, float]]) -> None:
    agrees(metric, pairs)


@pytest.mark.parametrize("metric", ["rmsle", "mape", "poisson-nloglik", "gamma-nloglik", "gamma-deviance"])
@given(pairs=rows(POSITIVE, POSITIVE))
def test_errors_of_positive_numbers(metric: str, pairs: list[tuple[float, float]]) -> None:
    agrees(metric, pairs, tolerance=1e-4)  # xgboost adds logarithms in 32 bits


@pytest.mark.parametrize("metric", ["error", "logloss"])
@given(pairs=rows(CHANCES, CHANCES))
def test_errors_of_probabilities(metric: str, pairs: list[tuple[float, float]]) -> None:
    agrees(metric, pairs)


@pytest.mark.parametrize("metric", ["error", "logloss"])
@given(pairs=rows(BITS, SCORES))
def test_errors_of_margins_which_xgboost_takes_for_probabilities(metric: str, pairs: list[tuple[float, float]]) -> None:
    agrees(metric, pairs)


@given(pairs=rows(BITS, CHANCES, least=2))
def test_the_area_under_the_curve_with_its_ties(pairs: list[tuple[float, float]]) -> None:
    if len({label for label, _ in pairs}) == 2:
        agrees("auc", pairs)
    else:
        assert math.isnan(measure("auc", *_split(pairs)).value)


@pytest.mark.parametrize("metric", ["merror", "mlogloss"])
@given(data=st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(1, 9), min_size=3, max_size=3)), min_size=1))
def test_errors_of_classes(metric: str, data: list[tuple[int, list[int]]]) -> None:
    labels = [float(label) for label, _ in data]
    chances = [[part / sum(parts) for part in parts] for _, parts in data]
    expected = of_xgboost(metric, labels, np.log(chances), objective="multi:softprob", num_class=3)
    answers = Answers("multi:softprob", tuple(float(np.argmax(row)) for row in chances), tuple(map(tuple, chances)))
    assert measure(metric, labels, answers).value == pytest.approx(expected, rel=1e-5, abs=1e-6)


def agrees(metric: str, pairs: list[tuple[float, float]], tolerance: float = 1e-5) -> None:
    labels, answers = _split(pairs)
    expected = of_xgboost(metric, labels, answers.scores)
    assert measure(metric, labels, answers).value == pytest.approx(expected, rel=tolerance, abs=tolerance)


def _split(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], Answers]:
    return [label for label, _ in pairs], Answers("reg:squarederror", tuple(score for _, score in pairs))


def test_mse_is_the_square_of_rmse() -> None:
    answers = Answers("reg:squarederror", (1.0, 2.0, 5.0))
    assert measure("mse", [0, 0, 0], answers).value == pytest.approx(measure("rmse", [0, 0, 0], answers).value ** 2)


def test_classes_without_probabilities_show_merror_alone() -> None:
    answers = Answers("multi:softmax", (0.0, 2.0, 1.0, 1.0))
    assert measure("merror", [0, 2, 2, 1], answers).value == 0.25
    assert math.isnan(measure("mlogloss", [0, 2, 2, 1], answers).value)
    assert math.isnan(measure("merror", [0, 1], Answers("binary:logistic", (0.0, 1.0))).value)


def test_a_class_that_the_model_does_not_know_is_as_wrong_as_can_be() -> None:
    answers = Answers("multi:softprob", (0.0,), ((0.75, 0.25),))
    assert measure("merror", [2], answers).value == 1
    assert measure("mlogloss", [2], answers).value == pytest.approx(-math.log(1e-16))


@pytest.mark.parametrize(
    ("metric", "labels", "scores"),
    [
        ("ndcg@32", [1.0], (1.0,)),
        ("cox-nloglik", [1.0], (1.0,)),
        ("rmse", [], ()),
        ("rmse", [1.0, 2.0], (1.0,)),
        ("mape", [0.0, 1.0], (1.0, 1.0)),
        ("rmsle", [1.0], (-1.5,)),
        ("gamma-nloglik", [1.0], (0.0,)),
        ("auc", [0.0, 3.0], (1.0, 2.0)),
        ("logloss", [0.0, 3.0], (1.0, 2.0)),
        ("auc", [1.0, 1.0], (1.0, 2.0)),
    ],
)
def test_what_rows_cannot_show_is_not_a_number(metric: str, labels: list[float], scores: tuple[float, ...]) -> None:
    assert math.isnan(measure(metric, labels, Answers("reg:squarederror", scores)).value)


def test_part_of_an_answer_shows_no_metric() -> None:
    assert math.isnan(measure("rmse", [1.0], Answers("multi:softprob", (1.0,), partial=True)).value)


def test_only_the_area_is_better_when_larger() -> None:
    assert sorted(COMPUTABLE - LOWER_IS_BETTER) == ["auc"]


@pytest.mark.parametrize("metric", ["rmse", "mae", "mse", "logloss", "error", "auc"])
def test_the_standard_error_is_the_scatter_of_many_samples(metric: str) -> None:
    chance = np.random.default_rng(7)
    values, errors = [], []
    for _ in range(400):
        chances = chance.uniform(size=120)
        labels = (chance.uniform(size=120) < chances).astype(float)
        scores = chances if metric in ("logloss", "error", "auc") else labels + chance.normal(size=120)
        measured = measure(metric, labels.tolist(), Answers("reg:squarederror", tuple(scores.tolist())))
        values.append(measured.value)
        errors.append(measured.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_the_standard_error_is_relative_to_what_was_reported() -> None:
    """So that a wild model does not widen its own tolerance."""
    labels, wild = [0.0, 1.0, 0.0, 1.0], Answers("reg:squarederror", (1e6, -2e6, 3e6, 0.0))
    assert measure("rmse", labels, wild, at=0.5).standard_error < 0.5
    assert measure("mae", labels, wild, at=0.5).standard_error < 0.5
    assert measure("error", labels, wild, at=0.1).standard_error == pytest.approx(math.sqrt(0.25 * 0.75 / 4))
    assert measure("auc", labels, wild, at=1).standard_error == 0


def test_without_a_wrong_row_one_is_assumed() -> None:
    labels, right = [0.0] * 100, Answers("binary:logistic", (0.1,) * 100)
    assert measure("error", labels, right).standard_error == pytest.approx(math.sqrt(0.01 * 0.99 / 100))
    assert measure("error", [0.0], Answers("binary:logistic", (0.1,))).standard_error == 0
    assert measure("rmse", [0.0], Answers("reg:squarederror", (0.1,))).standard_error == 0
