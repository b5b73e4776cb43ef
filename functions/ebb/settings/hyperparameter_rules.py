"""What one hyperparameter demands of the others, and of the settings around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ebb.settings.eval_metrics import why_it_fails

Values = Mapping[str, Any]
Broken = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Rule:
    """`broken_by(values, given, validation, version)` gives names and reasons. `names` must be readable for it."""

    names: tuple[str, ...]
    broken_by: Callable[[Values, Values, float, str], Broken]


_DART = ("sample_type", "normalize_type", "rate_drop", "one_drop", "skip_drop")
_TREES = (
    *("gamma", "max_depth", "min_child_weight", "max_delta_step", "subsample", "num_parallel_tree", "refresh_leaf"),
    *(
        "colsample_bytree",
        "colsample_bylevel",
        "colsample_bynode",
        "tree_method",
        "grow_policy",
        "max_leaves",
        "max_bin",
    ),
    *("sampling_method", "process_type", "monotone_constraints"),
)
_WITH_POSITIVE_ROWS = (
    *("binary:logistic", "binary:logitraw", "reg:logistic", "reg:squarederror", "reg:linear"),
    *("reg:gamma", "reg:squaredlogerror"),
)
_GROWERS = ("grow_colmaker", "grow_histmaker")
_LINEAR = ("shotgun", "coord_descent")


def _num_class(values: Values, _given: Values, _validation: float, _version: str) -> Broken:
    """Where it is not given, the classes are counted."""
    if "num_class" in values and not values["objective"].startswith("multi:"):
        yield "num_class", f"is for multi: objectives; the objective is {values['objective']}"


def _metrics(values: Values, _given: Values, _validation: float, _version: str) -> Broken:
    for metric in values.get("eval_metric", "").split(","):
        if reason := why_it_fails(metric, values):
            yield "eval_metric", f"has {metric}, which {reason}"


def _early_stopping(values: Values, _given: Values, validation: float, _version: str) -> Broken:
    if "early_stopping_rounds" not in values:
        return
    if "eval_metric" not in values:
        yield "early_stopping_rounds", "would be ignored: the container stops early only if eval_metric is set"
    if not validation:
        yield "early_stopping_rounds", "would be ignored: with validation = 0 no rows are held out to stop by"
    if values.get("booster") == "gblinear":
        yield "early_stopping_rounds", "ends the job with booster = 'gblinear', which has no best round to keep"


def _booster(values: Values, given: Values, _validation: float, _version: str) -> Broken:
    booster = values.get("booster", "gbtree")
    for name in _DART if booster != "dart" else ():
        if name in given:
            yield name, "is for booster = 'dart' and would be ignored"
    for name in _TREES if booster == "gblinear" else ():
        if name in given:
            yield name, "is for trees and would be ignored with booster = 'gblinear'"


def _objectives_own(values: Values, _given: Values, _validation: float, version: str) -> Broken:
    objective = values["objective"]
    if "tweedie_variance_power" in values and objective != "reg:tweedie":
        yield "tweedie_variance_power", f"is for reg:tweedie and would be ignored; the objective is {objective}"
    if "scale_pos_weight" in values and objective not in _WITH_POSITIVE_ROWS:
        yield "scale_pos_weight", f"would be ignored with {objective}"
    if objective == "reg:absoluteerror" and version.startswith("1."):
        yield "objective", f"is not known to version {version} of the image"


def _base_score(values: Values, _given: Values, _validation: float, _version: str) -> Broken:
    """The first answer goes through the objective's link: the logarithm of nothing is no number."""
    score, objective = values.get("base_score"), values["objective"]
    if score is None:
        return
    if objective in ("binary:logistic", "reg:logistic") and not 0 < score < 1:
        yield "base_score", f"must be above 0 and below 1 with {objective}"
    if objective in ("reg:gamma", "reg:tweedie", "count:poisson") and score == 0:
        yield "base_score", f"must be above 0 with {objective}"


def _tree_method(values: Values, _given: Values, _validation: float, version: str) -> Broken:
    method = values.get("tree_method", "auto")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        yield "monotone_constraints", "needs tree_method = 'exact' or 'hist'"
    if values.get("max_depth") == 0 and method == "exact":
        yield "max_depth", "must be at least 1 with tree_method = 'exact'"
    if values.get("sampling_method") == "gradient_based" and (method == "exact" or not version.startswith("3.2")):
        yield "sampling_method", "needs version 3.2-0 of the image, and another tree_method than 'exact'"


def _updater(values: Values, _given: Values, _validation: float, _version: str) -> Broken:
    steps = values.get("updater", "").split(",")
    if not steps[0]:
        return
    if values.get("booster") == "gblinear":
        if len(steps) != 1 or steps[0] not in _LINEAR:
            yield "updater", "must be shotgun or coord_descent with booster = 'gblinear'"
    elif steps[0] not in _GROWERS or any(step in (*_GROWERS, *_LINEAR) for step in steps[1:]):
        yield "updater", "must begin with grow_colmaker or grow_histmaker, and have one of them"


RULES = (
    Rule(("objective", "num_class"), _num_class),
    Rule(("objective", "num_class", "eval_metric"), _metrics),
    Rule(("early_stopping_rounds", "eval_metric", "booster"), _early_stopping),
    Rule(("booster",), _booster),
    Rule(("objective",), _objectives_own),
    Rule(("objective", "base_score"), _base_score),
    Rule(("tree_method", "max_depth", "sampling_method", "monotone_constraints"), _tree_method),
    Rule(("booster", "updater"), _updater),
)
