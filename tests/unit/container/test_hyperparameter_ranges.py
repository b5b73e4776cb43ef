"""Every row of the hyperparameter table: what is still accepted, what no longer, and the range in the message."""

import pytest

from local.container.errors import NotEmulatedError, UserError
from local.container.hyperparameter_table import HYPERPARAMETERS
from local.container.hyperparameters import checked
from local.container.metric_names import ALL_METRICS

GOOD = {"num_round": "10", "objective": "reg:squarederror"}
FROM_0, FROM_1, FROM_2, FROM_0_TO_1 = "[0, +inf)", "[1, +inf)", "[2, +inf)", "[0, 1]"
BOOL = "['true', 'false']"

OBJECTIVES = [
    *("binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson", "multi:softmax", "multi:softprob"),
    *("rank:pairwise", "rank:ndcg", "rank:map", "reg:linear", "reg:squarederror", "reg:logistic", "reg:gamma"),
    *("reg:pseudohubererror", "reg:squaredlogerror", "reg:absoluteerror", "reg:tweedie", "survival:aft"),
    "survival:cox",
]
LARGER_IS_BETTER = [
    *("accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg", "precision"),
    *("r2", "recall", "precision_macro", "precision_micro", "recall_macro", "recall_micro"),
]
SMALLER_IS_BETTER = [
    *("aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik", "interval-regression-accuracy"),
    *("logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse", "poisson-nloglik", "rmse", "rmsle"),
    "tweedie-nloglik",
]
METRICS = LARGER_IS_BETTER + SMALLER_IS_BETTER
FITTING_OBJECTIVE = {"auc": "binary:logistic", "aft-nloglik": "survival:aft"}

# name: accepted texts, refused ones as they are shown, the range as it is shown
RANGES: dict[str, tuple[list[str], list[str], str]] = {
    "num_round": (["1"], ["0", "-1"], FROM_1),
    "eta": (["0", "0.3", "1"], ["1.1", "-0.1"], FROM_0_TO_1),
    "gamma": (["0", "5.5"], ["-1.0"], FROM_0),
    "max_depth": (["0", "6"], ["-1"], FROM_0),
    "min_child_weight": (["0", "0.5"], ["-1.0"], FROM_0),
    "max_delta_step": (["0", "0.5", "7"], ["-0.1"], FROM_0),  # documented as an integer, but the image takes a float
    "subsample": (["1", "0.01"], ["0.0", "1.1"], "(0, 1]"),
    "colsample_bytree": (["1", "0.01"], ["0.0", "1.1"], "(0, 1]"),
    "colsample_bylevel": (["1", "0.01"], ["0.0", "1.5"], "(0, 1]"),
    "colsample_bynode": (["1", "0.01"], ["0.0", "1.1"], "(0, 1]"),
    "lambda": (["0", "2.5"], ["-1.0"], FROM_0),
    "alpha": (["0", "2.5"], ["-1.0"], FROM_0),
    "lambda_bias": (["0", "1"], ["-0.1", "1.1"], FROM_0_TO_1),
    "booster": (["gbtree", "gblinear", "dart"], ["tree"], "['gbtree', 'gblinear', 'dart']"),
    "tree_method": (
        ["auto", "exact", "approx", "hist", "gpu_hist"],
        ["gpu"],
        "['auto', 'exact', 'approx', 'hist', 'gpu_hist']",
    ),
    "objective": ([], ["reg:foo", "multi:logistic", "rmse"], str(["aft_loss_distribution", *OBJECTIVES])),
    "num_class": (["2"], ["1"], FROM_2),
    "early_stopping_rounds": (["1"], ["0"], FROM_1),
    "base_score": (["0", "0.5", "100"], ["-0.5"], FROM_0),
    "seed": (["-2147483647", "2147483646"], ["-2147483648", "2147483647"], "(-2147483648, 2147483647)"),
    "csv_weights": (["0", "1"], ["2", "-1"], FROM_0_TO_1),
    "scale_pos_weight": (["0.1", "10"], ["0.0"], "(0, +inf)"),
    "nthread": (["1"], ["0"], FROM_1),
    "verbosity": (["0", "3"], ["-1", "4"], "[0, 3]"),
    "max_leaves": (["0", "31"], ["-1"], FROM_0),
    "max_bin": (["0", "256"], ["-1"], FROM_0),
    "grow_policy": (["depthwise", "lossguide"], ["leaf"], "['depthwise', 'lossguide']"),
    "process_type": (["default", "update"], ["refresh"], "['default', 'update']"),
    "refresh_leaf": (["0", "1"], ["2", "-1"], FROM_0_TO_1),
    "dsplit": (["row", "col"], ["column"], "['row', 'col']"),
    "sketch_eps": (["0.01", "0.5"], ["0.0", "1.0"], "(0, 1)"),
    "predictor": (
        ["auto", "cpu_predictor", "gpu_predictor"],
        ["cpu"],
        "['auto', 'cpu_predictor', 'gpu_predictor']",
    ),
    "sample_type": (["uniform", "weighted"], ["random"], "['uniform', 'weighted']"),
    "normalize_type": (["tree", "forest"], ["leaf"], "['tree', 'forest']"),
    "rate_drop": (["0", "1"], ["2.0", "-0.1"], FROM_0_TO_1),
    "skip_drop": (["0", "1"], ["2.0", "-0.1"], FROM_0_TO_1),
    "one_drop": (["0", "1"], ["2", "-1"], FROM_0_TO_1),
    "tweedie_variance_power": (["1.01", "1.5"], ["1.0", "2.0"], "(1, 2)"),
    "aft_loss_distribution": (["normal", "logistic", "extreme"], ["weibull"], "['normal', 'logistic', 'extreme']"),
    "aft_loss_distribution_scale": (["0", "1.5"], ["-0.1"], FROM_0),
    "num_parallel_tree": (["1"], ["0"], FROM_1),
    "deterministic_histogram": (["true", "false"], ["True", "1"], BOOL),
    "sampling_method": (["uniform", "gradient_based"], ["all"], "['uniform', 'gradient_based']"),
    "prob_buffer_row": (["2"], ["1"], "(1.0, +inf)"),
    "save_model_on_termination": (["true", "false"], ["True"], BOOL),
    "use_dask_gpu_training": (["false"], ["False", "0"], BOOL),  # true is refused by name, as not emulated
    "_kfold": ([], ["1"], FROM_2),  # good values are refused by name
    "_num_cv_round": ([], ["0"], FROM_1),  # the same
    "_tuning_objective_metric": (
        [f"validation:{name}" for name in METRICS],
        ["train:rmse", "rmse", "validation:error@0.7"],
        str([f"validation:{name}" for name in METRICS]),
    ),
}
# These hold collections, and have tests of their own.
COLLECTIONS = {"eval_metric", "updater", "monotone_constraints", "interaction_constraints"}


def test_every_hyperparameter_is_in_these_tests() -> None:
    assert {*RANGES, *COLLECTIONS} == set(HYPERPARAMETERS)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (good, _, _) in RANGES.items() for text in good])
def test_a_value_inside_its_range_is_accepted(name: str, text: str) -> None:
    value = checked({**GOOD, name: text})[name]
    assert value == (text if isinstance(value, str) else float(text))


@pytest.mark.parametrize(
    ("name", "text", "shown"), [(name, text, shown) for name, (_, bad, shown) in RANGES.items() for text in bad]
)
def test_a_value_outside_its_range_is_refused_with_the_range(name: str, text: str, shown: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, name: text})
    assert str(refusal.value) == f"Hyperparameter {name}: {text} is not in {shown}"
    assert not isinstance(refusal.value, NotEmulatedError)


@pytest.mark.parametrize(
    "name", ["max_depth", "refresh_leaf", "one_drop", "max_leaves", "max_bin", "num_parallel_tree"]
)
def test_whole_numbers_have_no_decimals(name: str) -> None:
    with pytest.raises(UserError, match=rf"^Hyperparameter {name}: could not parse value \(caused by ValueError\)$"):
        checked({**GOOD, name: "1.0"})


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_accepted(objective: str) -> None:
    assert checked({**GOOD, "objective": objective, "num_class": "3"})["objective"] == objective


@pytest.mark.parametrize("metric", [*METRICS, "mse,r2", "error@0.7", "ndcg@3", "map@5"])
def test_every_metric_is_accepted(metric: str) -> None:
    objective = FITTING_OBJECTIVE.get(metric, "reg:squarederror")
    assert checked({**GOOD, "objective": objective, "eval_metric": metric})["eval_metric"] == metric.split(",")


def test_there_are_no_other_metrics() -> None:
    assert sorted(ALL_METRICS) == sorted(METRICS)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name.startswith(("binary:", "rank:"))])
def test_auc_fits_classification_and_ranking(objective: str) -> None:
    assert checked({**GOOD, "objective": objective, "eval_metric": "auc"})["eval_metric"] == ["auc"]


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if not name.startswith(("binary:", "rank:"))])
def test_auc_fits_no_other_objective(objective: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, "objective": objective, "num_class": "3", "eval_metric": "auc"})
    assert str(refusal.value) == "Metric 'auc' can only be applied for classification and ranking problems."


def test_an_unknown_metric_is_refused_with_the_list() -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, "eval_metric": "rmse,nope"})
    assert str(refusal.value) == f"Hyperparameter eval_metric: value ['rmse', 'nope'] not in range {METRICS}"


@pytest.mark.parametrize("text", ["grow_colmaker,prune", "grow_histmaker", "grow_colmaker", "prune", "refresh,prune"])
def test_updaters_are_a_list(text: str) -> None:
    assert checked({**GOOD, "updater": text})["updater"] == text.split(",")
