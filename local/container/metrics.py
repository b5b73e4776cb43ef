"""The evaluation metrics that the container computes itself rather than leave to xgboost."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import xgboost
from numpy.typing import NDArray

from local.container import class_scores as scores

Array = NDArray[np.float32]
Metric = Callable[[Array, Array], float]


def _classes(predictions: Array) -> NDArray[np.float64]:
    """Return the guessed classes.

    The container means these to be margins. xgboost 3 hands over probabilities, all above 0: `binary:logistic` is
    then class 1 throughout, and `accuracy` the share of ones. It is so on AWS.
    """
    if predictions.ndim > 1:
        return np.asarray(np.argmax(predictions, axis=-1), dtype=np.float64)
    return (predictions > 0).astype(np.float64)


def _on_classes(score: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> Metric:
    return lambda labels, predictions: score(labels.astype(np.float64), _classes(predictions))


def _errors(labels: Array, predictions: Array) -> Array:
    if predictions.ndim > 1:
        raise ValueError(f"y_true and y_pred have different number of output (1!={predictions.shape[1]})")
    return labels - predictions


def _mean_squared_error(labels: Array, predictions: Array) -> float:
    return float(np.mean(_errors(labels, predictions) ** 2))


def _root_mean_squared_error(labels: Array, predictions: Array) -> float:
    return float(np.sqrt(_mean_squared_error(labels, predictions)))


def _mean_absolute_error(labels: Array, predictions: Array) -> float:
    return float(np.mean(np.abs(_errors(labels, predictions))))


def _coefficient_of_determination(labels: Array, predictions: Array) -> float:
    unexplained = float(np.sum(_errors(labels, predictions).astype(np.float64) ** 2))
    total = float(np.sum((labels.astype(np.float64) - labels.mean(dtype=np.float64)) ** 2))
    if len(labels) < 2:
        return float("nan")
    if total == 0:
        return 1.0 if unexplained == 0 else 0.0
    return 1 - unexplained / total


CUSTOM_METRICS: dict[str, Metric] = {
    "accuracy": _on_classes(scores.accuracy),
    "balanced_accuracy": _on_classes(scores.balanced_accuracy),
    "f1": _on_classes(partial(scores.f1, average="macro")),
    "f1_binary": _on_classes(partial(scores.f1, average="binary")),
    "f1_macro": _on_classes(partial(scores.f1, average="macro")),
    "mse": _mean_squared_error,
    "rmse": _root_mean_squared_error,
    "mae": _mean_absolute_error,
    "precision": _on_classes(partial(scores.precision, average="binary")),
    "precision_macro": _on_classes(partial(scores.precision, average="macro")),
    "precision_micro": _on_classes(partial(scores.precision, average="micro")),
    "r2": _coefficient_of_determination,
    "recall": _on_classes(partial(scores.recall, average="binary")),
    "recall_macro": _on_classes(partial(scores.recall, average="macro")),
    "recall_micro": _on_classes(partial(scores.recall, average="micro")),
}


def custom_metric(names: Sequence[str]) -> Callable[[Array, xgboost.DMatrix], list[tuple[str, float]]]:
    """Return one function for xgboost that computes all of `names`."""

    def evaluate(predictions: Array, matrix: xgboost.DMatrix) -> list[tuple[str, float]]:
        labels = matrix.get_label()
        return [(name, CUSTOM_METRICS[name](labels, predictions)) for name in names]

    return evaluate
