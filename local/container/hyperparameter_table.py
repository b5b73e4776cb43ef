"""Every hyperparameter of the built-in XGBoost: its type and its range (sagemaker-xgboost-container 3.2-0)."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.container.metric_names import ALL_METRICS, TUNING_METRICS, has_good_threshold
from local.container.ranges import Interval, NamesOr, Range

Value = Any  # an int, a float, a word, a list of words, a tuple, a nested list: the row of the table says which


@dataclass(frozen=True)
class Hyperparameter:
    """One row: how its text is read and what it may hold; `elements` opens up a collection."""

    name: str
    parse: Callable[[str], Value]
    range: Range
    elements: Callable[[Value], Iterable[object]] | None = None


def _integer(name: str, numbers: Interval) -> Hyperparameter:
    return Hyperparameter(name, int, numbers)


def _number(name: str, numbers: Interval) -> Hyperparameter:
    return Hyperparameter(name, float, numbers)


def _word(name: str, *words: str) -> Hyperparameter:
    return Hyperparameter(name, str, list(words))


def _words(name: str, words: Range) -> Hyperparameter:
    return Hyperparameter(name, lambda text: text.split(","), words, elements=iter)


AT_LEAST_0, AT_LEAST_1, AT_LEAST_2 = (Interval(at_least=end) for end in (0, 1, 2))
BIT = FROM_0_TO_1 = Interval(at_least=0, at_most=1)
SHARE = Interval(above=0, at_most=1)

# The container's own slips: an objective "aft_loss_distribution", updaters named twice or missing.
_OBJECTIVES = [
    "aft_loss_distribution",
    *("binary:logistic", "binary:logitraw", "binary:hinge"),
    "count:poisson",
    *("multi:softmax", "multi:softprob"),
    *("rank:pairwise", "rank:ndcg", "rank:map"),
    *("reg:linear", "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror"),
    *("reg:squaredlogerror", "reg:absoluteerror", "reg:tweedie"),
    *("survival:aft", "survival:cox"),
]
_UPDATERS = [
    *("grow_colmaker", "distcol", "grow_histmaker", "grow_skmaker", "sync", "refresh", "prune"),
    *("grow_colmaker", "distcol", "grow_histmaker"),
    *("grow_colmaker", "shotgun", "coord_descent", "refresh", "prune"),
]

_ROWS = (
    _integer("num_round", AT_LEAST_1),
    _integer("csv_weights", BIT),
    _integer("early_stopping_rounds", AT_LEAST_1),
    _word("booster", "gbtree", "gblinear", "dart"),
    _integer("verbosity", Interval(at_least=0, at_most=3)),
    _integer("nthread", AT_LEAST_1),
    _number("eta", FROM_0_TO_1),
    _number("gamma", AT_LEAST_0),
    _integer("max_depth", AT_LEAST_0),
    _number("min_child_weight", AT_LEAST_0),
    _number("max_delta_step", AT_LEAST_0),
    _number("subsample", SHARE),
    _number("colsample_bytree", SHARE),
    _number("colsample_bylevel", SHARE),
    _number("colsample_bynode", SHARE),
    _number("lambda", AT_LEAST_0),
    _number("alpha", AT_LEAST_0),
    _word("tree_method", "auto", "exact", "approx", "hist", "gpu_hist"),
    _number("sketch_eps", Interval(above=0, below=1)),
    _number("scale_pos_weight", Interval(above=0)),
    _words("updater", _UPDATERS),
    _word("dsplit", "row", "col"),
    _integer("refresh_leaf", BIT),
    _word("process_type", "default", "update"),
    _word("grow_policy", "depthwise", "lossguide"),
    _integer("max_leaves", AT_LEAST_0),
    _integer("max_bin", AT_LEAST_0),
    _word("predictor", "auto", "cpu_predictor", "gpu_predictor"),
    # The container evaluates the text as Python; a literal is all that anyone writes there.
    Hyperparameter("monotone_constraints", ast.literal_eval, [-1, 0, 1], elements=iter),
    Hyperparameter(
        "interaction_constraints",
        ast.literal_eval,
        AT_LEAST_1,
        elements=lambda groups: (column for group in groups for column in group),
    ),
    _word("sample_type", "uniform", "weighted"),
    _word("normalize_type", "tree", "forest"),
    _number("rate_drop", FROM_0_TO_1),
    _integer("one_drop", BIT),
    _number("skip_drop", FROM_0_TO_1),
    _number("lambda_bias", FROM_0_TO_1),
    _number("tweedie_variance_power", Interval(above=1, below=2)),
    _word("objective", *_OBJECTIVES),
    _integer("num_class", AT_LEAST_2),
    _number("base_score", AT_LEAST_0),
    _integer("_kfold", AT_LEAST_2),
    _integer("_num_cv_round", AT_LEAST_1),
    _word("_tuning_objective_metric", *TUNING_METRICS),
    _words("eval_metric", NamesOr(ALL_METRICS, has_good_threshold)),
    _integer("seed", Interval(above=-(2**31), below=2**31 - 1)),
    _integer("num_parallel_tree", AT_LEAST_1),
    _word("save_model_on_termination", "true", "false"),
    _word("aft_loss_distribution", "normal", "logistic", "extreme"),
    _number("aft_loss_distribution_scale", AT_LEAST_0),
    _word("deterministic_histogram", "true", "false"),
    _word("sampling_method", "uniform", "gradient_based"),
    _integer("prob_buffer_row", Interval(above=1.0)),
    _word("use_dask_gpu_training", "true", "false"),
)

HYPERPARAMETERS = {row.name: row for row in _ROWS}
REQUIRED = "num_round"
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
