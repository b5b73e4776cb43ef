"""The parts of a prediction that `SAGEMAKER_INFERENCE_OUTPUT` can ask for."""

import math
from collections.abc import Sequence

import numpy as np

from local.container.scoring import Predictions

Output = float | int | list[float] | list[int]

_BINARY = ("binary:logistic", "binary:logitraw", "binary:hinge")
_CLASSES = (*_BINARY, "multi:softmax", "multi:softprob")
_PROBABILITIES = ("binary:logistic", "multi:softprob")
_REGRESSIONS = ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie")

_OBJECTIVES_WITH = {
    "predicted_label": _CLASSES,
    "labels": _CLASSES,
    "probability": _PROBABILITIES,
    "probabilities": _PROBABILITIES,
    "raw_score": _CLASSES,
    "raw_scores": _CLASSES,
    "predicted_score": _REGRESSIONS,
}


def select(
    predictions: Predictions, keys: Sequence[str], objective: str, number_of_classes: int
) -> list[dict[str, Output]]:
    """Return the wanted parts of every prediction; what the objective does not have is not a number."""
    if objective not in (*_CLASSES, *_REGRESSIONS):
        raise ValueError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    known = [key for key in _OBJECTIVES_WITH if key in keys and objective in _OBJECTIVES_WITH[key]]
    unknown = {key: math.nan for key in keys if key not in known}
    return [
        {key: _part(key, prediction, objective, number_of_classes) for key in known} | unknown
        for prediction in predictions
    ]


def _part(key: str, prediction: Predictions, objective: str, number_of_classes: int) -> Output:
    if key == "predicted_label":
        return _label(prediction, objective)
    if key == "labels":
        return list(range(2 if objective in _BINARY else number_of_classes))
    if key in ("probabilities", "raw_scores"):
        return _of_every_class(prediction)
    return float(np.max(prediction))


def _label(prediction: Predictions, objective: str) -> float | int:
    if objective == "multi:softprob":
        return int(np.argmax(prediction))
    if objective == "binary:logistic":
        return int(prediction > 0.5)
    if objective == "binary:logitraw":
        return int(prediction > 0)
    return float(prediction)


def _of_every_class(prediction: Predictions) -> list[float]:
    if np.ndim(prediction) > 0:
        return [float(value) for value in prediction]
    return [1.0 - float(prediction), float(prediction)]
