"""Which metrics a training job logs, and which ones end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CLASSIFICATION = (
    *("accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro"),
    *("precision", "precision_macro", "precision_micro", "recall", "recall_macro", "recall_micro"),
)
BY_CONTAINER = (*_CLASSIFICATION, "r2", "mae", "mse", "rmse")  # XGBoost logs its default metric beside these
BY_XGBOOST = (
    *("auc", "aucpr", "map", "ndcg", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik", "logloss"),
    *("mape", "merror", "mlogloss", "mphe", "poisson-nloglik", "rmsle"),
)
METRICS = tuple(sorted(BY_CONTAINER + BY_XGBOOST))
WITH_THRESHOLD = r"error@(0|1|0?\.[0-9]{1,6})|(ndcg|map)@[1-9][0-9]{0,5}"
COMPARABLE = ("rmse", "mae", "error", "logloss", "auc", "merror", "mlogloss")

# Seen: the container takes these names, and then XGBoost ends the job.
NEVER = {
    "tweedie-nloglik": "always fails: XGBoost wants its power, which the container does not take. "
    "reg:tweedie logs it without being asked",
    "aft-nloglik": "needs survival:aft, whose bounds a CSV cannot carry",
    "interval-regression-accuracy": "needs survival:aft, whose bounds a CSV cannot carry",
}
_ONE_SCORE_A_ROW = ("error", "logloss", "gamma-deviance", "gamma-nloglik", "mape", "poisson-nloglik", "rmsle")
_OWN_THRESHOLD = 0.5
_TWO = 2
_TWO_CLASSES = ("f1_binary", "precision", "recall")
_NOT_OF_PROBABILITIES = ("r2", "mae", "mse", "rmse")

_DEFAULTS = {  # the metric XGBoost logs when none is asked for
    "binary:logistic": "logloss",
    "binary:logitraw": "logloss",
    "binary:hinge": "error",
    "count:poisson": "poisson-nloglik",
    "multi:softmax": "mlogloss",
    "multi:softprob": "mlogloss",
    "rank:pairwise": "ndcg@32",
    "rank:ndcg": "ndcg@32",
    "rank:map": "map@32",
    "reg:gamma": "gamma-deviance",
    "reg:pseudohubererror": "mphe",
    "reg:squaredlogerror": "rmsle",
    "reg:absoluteerror": "mae",
    "reg:tweedie": "tweedie-nloglik@1.5",
    "survival:cox": "cox-nloglik",
}
_DEFAULTS_OF_1_7 = {"rank:pairwise": "map", "rank:ndcg": "map", "rank:map": "map", "reg:gamma": "gamma-nloglik"}


def as_logged(metrics: str) -> str:
    """The log writes `error@0.70` as `error@0.7`, and its own threshold not at all; early stopping goes by the log."""
    return ",".join(map(_as_logged, metrics.split(",")))


def _as_logged(metric: str) -> str:
    name, _, threshold = metric.partition("@")
    if name != "error" or not threshold:
        return metric
    return name if float(threshold) == _OWN_THRESHOLD else f"{name}@{float(threshold):g}"


def default_metric(values: Mapping[str, Any], version: str) -> str:
    objective = values["objective"]
    if objective == "reg:tweedie":
        return f"tweedie-nloglik@{values.get('tweedie_variance_power', 1.5):g}"
    older = _DEFAULTS_OF_1_7 if version.startswith("1.") else {}
    return older.get(objective) or _DEFAULTS.get(objective, "rmse")


def logged_metrics(values: Mapping[str, Any], version: str) -> tuple[str, ...]:
    """As the job's log names them."""
    asked = tuple(filter(None, str(values.get("eval_metric", "")).split(",")))
    if all(metric in BY_CONTAINER for metric in asked):
        return tuple(dict.fromkeys((*asked, default_metric(values, version))))
    return asked


def why_it_fails(metric: str, values: Mapping[str, Any]) -> str | None:
    """The reason why this metric ends a job of this objective, whatever the data; None where it may work."""
    objective, name = values["objective"], metric.partition("@")[0]
    if name == "auc" and not objective.startswith(("binary:", "rank:")):
        return "is for binary: and rank: objectives"
    if name in ("merror", "mlogloss") and not objective.startswith("multi:"):
        return "is for multi: objectives"
    return _why_it_fails_with_classes(name, objective, values) if objective.startswith("multi:") else None


def _why_it_fails_with_classes(name: str, objective: str, values: Mapping[str, Any]) -> str | None:
    if name in (*_ONE_SCORE_A_ROW, "map", "ndcg"):
        return f"does not work with {objective}; merror and mlogloss do"
    if name in _NOT_OF_PROBABILITIES and objective == "multi:softprob":
        return "does not work with probabilities; merror and mlogloss do"
    if name in _TWO_CLASSES and values.get("num_class", _TWO) > _TWO:
        return "is for two classes; f1_macro, precision_macro and recall_macro are for more"
    return None
