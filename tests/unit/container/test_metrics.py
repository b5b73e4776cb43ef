"""The container's own metrics, against values worked out by hand."""

import math

import numpy as np
import pytest
import xgboost

from local.container.metrics import CUSTOM_METRICS, custom_metric

TRUTH = np.array([0, 0, 1, 1, 2], dtype=np.float32)
SURE = np.eye(3, dtype=np.float32)
PREDICTIONS = SURE[[0, 1, 1, 1, 0]]  # guesses 0 1 1 1 0: class 0 half right, class 1 found, class 2 missed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", 3 / 5),
        ("balanced_accuracy", (1 / 2 + 1 + 0) / 3),
        ("precision_macro", (1 / 2 + 2 / 3 + 0) / 3),
        ("precision_micro", 3 / 5),
        ("recall_macro", (1 / 2 + 1 + 0) / 3),
        ("recall_micro", 3 / 5),
        ("f1", (1 / 2 + 4 / 5 + 0) / 3),
        ("f1_macro", (1 / 2 + 4 / 5 + 0) / 3),
    ],
)
def test_scores_of_three_classes(name: str, value: float) -> None:
    assert CUSTOM_METRICS[name](TRUTH, PREDICTIONS) == pytest.approx(value)


@pytest.mark.parametrize(("name", "value"), [("precision", 2 / 3), ("recall", 2 / 4), ("f1_binary", 4 / 7)])
def test_scores_of_two_classes_are_those_of_class_1(name: str, value: float) -> None:
    truth = np.array([1, 1, 1, 1, 0], dtype=np.float32)
    margins = np.array([2, 1, -1, -1, 3], dtype=np.float32)
    assert CUSTOM_METRICS[name](truth, margins) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"), [("mse", 10 / 4), ("rmse", math.sqrt(10 / 4)), ("mae", 6 / 4), ("r2", 1 - 10 / 5)]
)
def test_errors_of_a_regression(name: str, value: float) -> None:
    labels = np.array([1, 2, 3, 4], dtype=np.float32)
    predictions = labels + np.array([-2, 2, 1, 1], dtype=np.float32)
    assert CUSTOM_METRICS[name](labels, predictions) == pytest.approx(value)


@pytest.mark.parametrize(("guess", "value"), [([2, 2], 1.0), ([2, 3], 0.0)])
def test_r2_of_constant_labels_is_all_or_nothing(guess: list[float], value: float) -> None:
    assert CUSTOM_METRICS["r2"](np.array([2, 2], np.float32), np.array(guess, np.float32)) == value


def test_r2_of_one_row_is_not_a_number() -> None:
    assert math.isnan(CUSTOM_METRICS["r2"](np.array([2], np.float32), np.array([2], np.float32)))


@pytest.mark.parametrize("name", ["accuracy", "f1", "balanced_accuracy"])
def test_labels_that_are_no_classes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="continuous"):
        CUSTOM_METRICS[name](np.array([0.5, 1], np.float32), np.array([1, 1], np.float32))


@pytest.mark.parametrize("name", ["precision", "recall", "f1_binary"])
def test_two_class_scores_refuse_three_classes(name: str) -> None:
    with pytest.raises(ValueError, match="Target is multiclass but average='binary'"):
        CUSTOM_METRICS[name](TRUTH, PREDICTIONS)


def test_an_error_of_one_column_refuses_several() -> None:
    with pytest.raises(ValueError, match=r"different number of output \(1!=3\)"):
        CUSTOM_METRICS["mse"](TRUTH, PREDICTIONS)


def test_several_metrics_come_in_the_order_asked_for() -> None:
    matrix = xgboost.DMatrix(np.zeros((2, 1)), label=[1, 2])
    results = custom_metric(["r2", "mse"])(np.array([1, 2], np.float32), matrix)
    assert results == [("r2", 1.0), ("mse", 0.0)]
