"""The validator says what the real one says, value by value."""

import pytest

from local.container.errors import AlgorithmError, NotEmulatedError, UserError
from local.container.hyperparameters import checked

GOOD = {"num_round": "10"}
HIST = {"tree_method": "hist"}

AT_THE_EDGE = [
    ("num_round", "1"),
    ("eta", "0"),
    ("eta", "1"),
    ("gamma", "0"),
    ("max_depth", "0"),
    ("subsample", "1"),
    ("colsample_bynode", "0.01"),
    ("lambda", "0"),
    ("lambda_bias", "1"),
    ("num_class", "2"),
    ("early_stopping_rounds", "1"),
    ("base_score", "0"),
    ("csv_weights", "1"),
    ("scale_pos_weight", "0.1"),
    ("verbosity", "3"),
    ("sketch_eps", "0.5"),
    ("predictor", "gpu_predictor"),
    ("tweedie_variance_power", "1.5"),
    ("seed", "-2147483647"),
    ("prob_buffer_row", "2"),
    ("aft_loss_distribution_scale", "0"),
    ("tree_method", "gpu_hist"),
    ("updater", "grow_colmaker,prune"),
    ("_tuning_objective_metric", "validation:rmse"),
    ("use_dask_gpu_training", "false"),
]

OUTSIDE = [
    ("num_round", "0", "[1, +inf)"),
    ("eta", "1.1", "[0, 1]"),
    ("eta", "-0.1", "[0, 1]"),
    ("gamma", "-1.0", "[0, +inf)"),
    ("max_depth", "-1", "[0, +inf)"),
    ("min_child_weight", "-1.0", "[0, +inf)"),
    ("subsample", "0.0", "(0, 1]"),
    ("colsample_bytree", "0.0", "(0, 1]"),
    ("colsample_bylevel", "1.5", "(0, 1]"),
    ("num_class", "1", "[2, +inf)"),
    ("early_stopping_rounds", "0", "[1, +inf)"),
    ("csv_weights", "2", "[0, 1]"),
    ("scale_pos_weight", "0.0", "(0, +inf)"),
    ("nthread", "0", "[1, +inf)"),
    ("verbosity", "4", "[0, 3]"),
    ("sketch_eps", "1.0", "(0, 1)"),
    ("tweedie_variance_power", "2.0", "(1, 2)"),
    ("seed", "2147483647", "(-2147483648, 2147483647)"),
    ("prob_buffer_row", "1", "(1.0, +inf)"),
    ("rate_drop", "2.0", "[0, 1]"),
    ("booster", "tree", "['gbtree', 'gblinear', 'dart']"),
    ("tree_method", "gpu", "['auto', 'exact', 'approx', 'hist', 'gpu_hist']"),
    ("grow_policy", "leaf", "['depthwise', 'lossguide']"),
    ("sampling_method", "all", "['uniform', 'gradient_based']"),
    ("save_model_on_termination", "True", "['true', 'false']"),
]

UNKNOWN = ["silent", "n_estimators", "device", "enable_categorical", "feature_types", "single_precision_histogram"]


@pytest.mark.parametrize(("name", "text"), AT_THE_EDGE)
def test_a_value_at_the_edge_of_its_range_is_accepted(name: str, text: str) -> None:
    assert checked({**GOOD, name: text})[name] is not None


@pytest.mark.parametrize(("name", "text", "shown"), OUTSIDE)
def test_a_value_outside_its_range_is_refused_with_the_range(name: str, text: str, shown: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, name: text})
    assert str(refusal.value) == f"Hyperparameter {name}: {text} is not in {shown}"


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_name_is_extraneous(name: str) -> None:
    with pytest.raises(UserError, match=f"^Extraneous hyperparameter found: {name}$"):
        checked({**GOOD, name: "1"})


def test_only_num_round_is_required() -> None:
    assert checked({"num_round": "10"}) == {"num_round": 10}
    with pytest.raises(UserError, match=r"^Missing required hyperparameter: num_round$"):
        checked({"eta": "0.1"})


@pytest.mark.parametrize(("name", "text"), [("num_round", "1.5"), ("max_depth", "6.0"), ("eta", "fast")])
def test_text_that_is_no_number_is_not_parsed(name: str, text: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, name: text})
    assert str(refusal.value) == f"Hyperparameter {name}: could not parse value (caused by ValueError)"


@pytest.mark.parametrize(
    ("alias", "name"),
    [("learning_rate", "eta"), ("min_split_loss", "gamma"), ("reg_lambda", "lambda"), ("reg_alpha", "alpha")],
)
def test_an_alias_stands_for_the_real_name(alias: str, name: str) -> None:
    assert checked({**GOOD, alias: "0.5"}) == {"num_round": 10, name: 0.5}


@pytest.mark.parametrize("objective", ["reg:foo", "multi:logistic", "rmse"])
def test_an_unknown_objective_is_refused_with_the_list(objective: str) -> None:
    with pytest.raises(UserError, match=rf"^Hyperparameter objective: {objective} is not in \['.*'survival:cox'\]$"):
        checked({**GOOD, "objective": objective})


@pytest.mark.parametrize("metric", ["rmse", "mse,r2", "error@0.7", "ndcg@3", "mlogloss", "balanced_accuracy"])
def test_known_metrics_are_accepted(metric: str) -> None:
    found = checked({**GOOD, "objective": "reg:squarederror", "eval_metric": metric})["eval_metric"]
    assert found == metric.split(",")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"objective": "multi:softmax"}, "Require input for parameter 'num_class' for multi-classification"),
        ({"objective": "multi:softprob"}, "Require input for parameter 'num_class' for multi-classification"),
        (
            {"objective": "reg:squarederror", "eval_metric": "auc"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        (
            {"objective": "reg:squarederror", "eval_metric": "aft-nloglik"},
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.",
        ),
        ({"objective": "reg:gamma", "eval_metric": "rmse@1"}, "Metric 'rmse@1' is not supported."),
        ({"objective": "reg:gamma", "eval_metric": "error@x"}, "Threshold value 't' in 'error@t' expects float input."),
        ({"objective": "reg:gamma", "eval_metric": "rmse,nope"}, "Hyperparameter eval_metric: value ['rmse', 'nope']"),
        ({"monotone_constraints": "(1,-1,0)"}, "monotone_constraints can be used only when the tree_method"),
        ({**HIST, "monotone_constraints": "(1,2)"}, "Hyperparameter monotone_constraints: value (1, 2) not in range"),
        ({**HIST, "interaction_constraints": "[[0,1],[2]]"}, "value [[0, 1], [2]] not in range [1, +inf)"),
        ({"interaction_constraints": "[[1,2]]"}, "interaction_constraints can be used only when the tree_method"),
        ({"updater": "shotgun"}, "Tree updater should be selected from these options"),
        ({"updater": "grow_colmaker,grow_histmaker"}, "Only one tree grow plugin can be selected."),
        ({"updater": "sync", "process_type": "update"}, "process_type 'update' can only be used with updater"),
        ({"updater": "prune", "booster": "gblinear"}, "Linear updater should be one of these options"),
    ],
)
def test_values_that_do_not_fit_each_other_are_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError) as refusal:
        checked({**GOOD, **given})
    assert sentence in str(refusal.value)


def test_constraints_become_python_values() -> None:
    values = checked({**GOOD, **HIST, "monotone_constraints": "(1,-1,0)", "interaction_constraints": "[[1, 2], [3]]"})
    assert values["monotone_constraints"] == (1, -1, 0)
    assert values["interaction_constraints"] == [[1, 2], [3]]


def test_a_constraint_of_the_wrong_shape_is_an_algorithm_error() -> None:
    with pytest.raises(AlgorithmError, match=r"unexpected failure when validating 1 \(caused by TypeError\)"):
        checked({**GOOD, **HIST, "monotone_constraints": "1"})


def test_a_metric_without_an_objective_crashes_as_it_does_on_aws() -> None:
    with pytest.raises(KeyError, match=r"^'objective'$"):
        checked({**GOOD, "eval_metric": "rmse"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"_kfold": "5", "objective": "reg:squarederror"}, "_kfold"),
        ({"use_dask_gpu_training": "true"}, "use_dask_gpu_training"),
        ({"sagemaker_program": "train.py"}, "sagemaker_program"),
    ],
)
def test_what_is_left_out_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(NotEmulatedError, match=rf"^not emulated by this local cloud: .*\({named}\)$"):
        checked({**GOOD, **given})
