"""The validator says what the real one says, value by value."""

import pytest

from local.container.errors import AlgorithmError, NotEmulatedError, UserError
from local.container.hyperparameters import checked

GOOD = {"num_round": "10"}
HIST = {"tree_method": "hist"}

UNKNOWN = ["silent", "n_estimators", "device", "enable_categorical", "feature_types", "single_precision_histogram"]


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
        ({"_kfold": "2", "objective": "reg:squarederror"}, "_kfold"),
        ({"_num_cv_round": "1"}, "_num_cv_round"),
        ({"use_dask_gpu_training": "true"}, "use_dask_gpu_training"),
        ({"sagemaker_program": "train.py"}, "sagemaker_program"),
    ],
)
def test_what_is_left_out_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(NotEmulatedError, match=rf"^not emulated by this local cloud: .*\({named}\)$"):
        checked({**GOOD, **given})
