"""What we say that XGBoost does: the installed one, through the container's own way of calling it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from ebb.settings.eval_metrics import (
    BY_CONTAINER,
    METRICS,
    NEVER,
    as_logged,
    default_metric,
    logged_metrics,
    why_it_fails,
)
from ebb.settings.hyperparameter_rules import _DART, _TREES, _WITH_POSITIVE_ROWS
from ebb.settings.hyperparameter_table import _IGNORED, HYPERPARAMETERS, NOT_TAKEN
from ebb.settings.hyperparameters import DEFAULTS, as_texts
from ebb.settings.value_kinds import Word
from local.container.csv_training import load_channel
from local.container.errors import ToolkitError
from local.container.evaluation import Evaluation
from local.container.hyperparameters import checked
from local.container.metrics import CUSTOM_METRICS
from local.container.training_job import _train

assert isinstance(HYPERPARAMETERS["objective"].kind, Word)
OBJECTIVES = HYPERPARAMETERS["objective"].kind.words
FEATURES = np.random.default_rng(1).normal(size=(120, 4)).astype("float32")


def matrix_for(objective: str) -> xgboost.DMatrix:
    labels = np.abs(FEATURES[:, 0]) + 0.1
    if objective.startswith("multi:"):
        labels = np.clip(FEATURES[:, 0] + 1, 0, 2).astype("int8")
    elif objective.startswith(("binary:", "rank:", "reg:logistic")):
        labels = FEATURES[:, 0] > 0
    return xgboost.DMatrix(FEATURES, label=labels)


def settings(objective: str, **given: Any) -> dict[str, str]:
    classes = {"num_class": 3} if objective.startswith("multi:") else {}
    around = {"objective": objective, "num_round": 2, "nthread": 1, "verbosity": 1}
    return as_texts(DEFAULTS | around | classes | given)


def log_of(texts: dict[str, str], capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The metrics that a job logs; what the library warns of is another test's."""
    values = checked(texts)
    matrix = matrix_for(values["objective"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _train(values, {"train": matrix, "validation": matrix}, [])
    last = capsys.readouterr().out.splitlines()[-1].split("\t")[1:]
    return {entry.rpartition(":")[0].partition("-")[2] for entry in last}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_our_defaults_train_every_objective_and_log_its_own_metric(
    objective: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logged = log_of(settings(objective), capsys)
    assert (
        logged
        == set(logged_metrics({"objective": objective}, "3.2-0"))
        == {default_metric({"objective": objective}, "3.2-0")}
    )


@pytest.mark.parametrize(
    ("objective", "metrics"),
    [
        ("binary:logistic", "f1"),
        ("binary:logistic", "f1,auc"),
        ("binary:logistic", "error@0.70,error@.5,error@0.00001"),
        ("reg:squarederror", "rmse,mae"),
        ("reg:tweedie", "rmse"),
        ("rank:ndcg", "ndcg,map@3"),
        ("multi:softprob", "merror"),
    ],
)
def test_a_job_logs_what_it_is_asked_for(objective: str, metrics: str, capsys: pytest.CaptureFixture[str]) -> None:
    values = {"objective": objective, "eval_metric": as_logged(metrics)}
    assert log_of(settings(**values), capsys) == set(logged_metrics(values, "3.2-0"))


def test_stopping_early_by_a_threshold_needs_the_logs_own_name_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    stopping = settings("binary:logistic", early_stopping_rounds=1)
    with pytest.raises(ToolkitError, match="No metric named"):
        log_of(stopping | {"eval_metric": "error@0.70"}, capsys)
    assert log_of(stopping | {"eval_metric": as_logged("error@0.70")}, capsys) == {"error@0.7"}


@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic", "multi:softmax", "multi:softprob"])
def test_a_metric_that_we_refuse_for_an_objective_ends_its_job(
    objective: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = [metric for metric in METRICS if why_it_fails(metric, {"objective": objective, "num_class": 3})]
    for metric in [*refused, *NEVER]:
        with pytest.raises(ToolkitError):
            log_of(settings(objective, eval_metric=metric), capsys)


def test_the_containers_own_metrics_are_the_ones_we_say() -> None:
    assert set(BY_CONTAINER) == set(CUSTOM_METRICS)
    assert not Evaluation.of({"eval_metric": list(BY_CONTAINER)}).built_in


def unused(**given: Any) -> str:
    """XGBoost's own list of parameters that it does not read."""
    parameters: dict[str, Any] = {"objective": "reg:squarederror", "verbosity": 1, "nthread": 1} | given
    if parameters["objective"].startswith("multi:"):
        parameters["num_class"] = 3
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        xgboost.train(parameters, matrix_for(parameters["objective"]), 1)
    return " ".join(str(warning.message) for warning in caught if "not used" in str(warning.message))


VALUES = {
    "subsample": "0.5",
    "refresh_leaf": "1",
    "tree_method": "hist",
    "grow_policy": "depthwise",
    "sampling_method": "uniform",
    "process_type": "default",
}
IGNORED = [name for name, reason in NOT_TAKEN.items() if reason == _IGNORED or name in ("predictor", "dsplit")]


@pytest.mark.parametrize("name", [*IGNORED, *_DART])
def test_what_we_call_ignored_xgboost_does_not_read(name: str) -> None:
    assert f'"{name}"' in unused(**{name: {"sample_type": "uniform", "normalize_type": "tree"}.get(name, "1")})


@pytest.mark.parametrize("name", _TREES)
def test_a_linear_model_does_not_read_what_is_for_trees(name: str) -> None:
    value = "(1,)" if name == "monotone_constraints" else VALUES.get(name, "2")
    value = "0.5" if name.startswith("colsample") else value
    assert f'"{name}"' in unused(booster="gblinear", **{name: value})
    assert f'"{name}"' not in unused(**{name: value})


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_weights_of_positive_rows_and_tweedies_power_are_for_some_objectives(objective: str) -> None:
    said = unused(objective=objective, scale_pos_weight=2, tweedie_variance_power=1.5)
    assert ("tweedie_variance_power" in said) is (objective != "reg:tweedie")
    if objective not in _WITH_POSITIVE_ROWS:
        assert "scale_pos_weight" in said


@pytest.mark.parametrize(
    "given",
    [
        {"tree_method": "gpu_hist"},
        {"process_type": "update"},
        {"max_bin": 1},
        {"tree_method": "exact", "max_depth": 0},
        {"tree_method": "exact", "sampling_method": "gradient_based"},
        {"updater": "prune"},
        {"updater": "distcol"},
        {"updater": "prune,grow_colmaker"},
        {"min_child_weight": "1e-40"},
        {"gamma": "1e39"},
        {"max_depth": 2**31},
        {"booster": "gblinear", "eval_metric": "rmse", "early_stopping_rounds": 1},
        {"tree_method": "hist", "monotone_constraints": "[1]"},
        {"tree_method": "hist", "interaction_constraints": "[[1, 2], [3]]"},
        {"num_class": 3},
        {"objective": "reg:gamma", "base_score": 0},
        {"objective": "binary:logistic", "base_score": 2},
        {"objective": "survival:aft"},
        {"objective": "aft_loss_distribution"},
    ],
    ids=str,
)
def test_what_the_container_takes_and_we_refuse_ends_the_job(
    given: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = as_texts(DEFAULTS | {"objective": "reg:squarederror", "num_round": 2, "nthread": 1} | given)
    checked(texts)
    with pytest.raises(ToolkitError):
        log_of(texts, capsys)


@pytest.mark.filterwarnings("ignore:.*Text file input")
def test_interaction_constraints_do_not_work_on_a_csv_either(tmp_path: Path) -> None:
    rows = "\n".join(",".join(map(str, row)) for row in FEATURES)
    (tmp_path / "train.csv").write_text(f"{rows}\n")
    values = checked(settings("reg:squarederror", tree_method="hist", interaction_constraints="[[1, 2]]"))
    with pytest.raises(ToolkitError, match="Constrained features are not a subset"):
        _train(values, {"train": load_channel(tmp_path, weights=False)}, [])
