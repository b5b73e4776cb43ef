"""Our table against the container's own: what we take it takes, and the other way round but for a list with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from ebb.problems import RefusedError
from ebb.settings.hyperparameter_table import HYPERPARAMETERS, NOT_TAKEN
from ebb.settings.hyperparameters import DEFAULTS, as_texts
from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from local.container.errors import ToolkitError
from local.container.hyperparameter_table import HYPERPARAMETERS as CONTAINERS
from local.container.hyperparameters import checked
from local.container.metric_names import ALL_METRICS
from local.container.versions import ImageVersion

VERSIONS = ("1.7-1", "3.0-5", "3.2-0")
NUMBERS = [
    *("-1", "0", "1", "2", "3", "0.0", "0.5", "1.0", "1.5", "2.5", "+5", "5_0", "1e-1", ".1", "0x1", "abc"),
    *("-2147483648", "-2147483647", "2147483646", "2147483647"),
]
ODD_NUMBERS = ["nan", "inf", "-inf", "1e39", "1e-40", "99999999999"]
OBJECTIVES = [
    *("reg:squarederror", "reg:logistic", "reg:gamma", "reg:tweedie", "reg:absoluteerror", "reg:linear", "reg:foo"),
    *("binary:logistic", "binary:hinge", "count:poisson", "rank:ndcg", "survival:cox", "survival:aft"),
    "aft_loss_distribution",
]
VALUES = {
    "objective": OBJECTIVES,
    "eval_metric": [*ALL_METRICS, "rmse,mae", "error@0.7", "ndcg@5", "auc@1", "error@x", "rmse,", "", "foo"],
    "updater": ["grow_colmaker", "grow_histmaker,prune", "prune", "sync", "distcol", "shotgun", "grow_skmaker", "x"],
    "monotone_constraints": [
        "(1,-1)",
        "(1,)",
        "()",
        "(2,)",
        "(1)",
        "[1]",
        "1,-1",
        "(01,)",
        "(1,,1)",
        "((1,),)",
        "(1 1)",
    ],
    "interaction_constraints": ["[[1,2]]", "[[0]]", "[]"],
    "tree_method": ["auto", "exact", "approx", "hist", "gpu_hist", "x"],
    "booster": ["gbtree", "dart", "x"],
    "process_type": ["default", "update", "x"],
    "sampling_method": ["uniform", "gradient_based", "x"],
    "_tuning_objective_metric": ["validation:rmse", "train:rmse"],
}
WORDS = [
    *("true", "false", "row", "col", "depthwise", "lossguide", "weighted", "tree", "forest", "cpu_predictor"),
    *("normal", "extreme", "x"),
]
AROUND = {
    "num_class": {"objective": "multi:softmax"},
    "early_stopping_rounds": {"eval_metric": "rmse"},
    "monotone_constraints": {"tree_method": "hist"},
    "interaction_constraints": {"tree_method": "hist"},
    "tweedie_variance_power": {"objective": "reg:tweedie"},
    **{name: {"booster": "dart"} for name in ("sample_type", "normalize_type", "rate_drop", "one_drop", "skip_drop")},
}
FOUND = {"objective": "reg:squarederror"}  # where none is named, it is found before the container is asked
NO_CSV_HAS_BOUNDS = "survival:aft needs bounds of the label"
ENDS_THE_JOB = "the container takes it, and then XGBoost ends the job"
NOT_EMULATED = {"_kfold", "_num_cv_round"}  # refused on both sides, here because the stand-in cannot do it
STRICTER = {
    **{(name, "*"): NOT_TAKEN[name] for name in set(CONTAINERS) & set(NOT_TAKEN) - NOT_EMULATED},
    **{
        ("*", odd): "no number that XGBoost can read, or a model of nothing but nan"
        for odd in ("nan", "inf", "1e39", "1e-40")
    },
    ("*", "99999999999"): "XGBoost has 32 bits for a whole number",
    ("objective", "survival:aft"): NO_CSV_HAS_BOUNDS,
    ("objective", "aft_loss_distribution"): ENDS_THE_JOB,
    ("eval_metric", "tweedie-nloglik"): ENDS_THE_JOB,
    ("eval_metric", "interval-regression-accuracy"): ENDS_THE_JOB,
    ("eval_metric", "merror"): ENDS_THE_JOB,
    ("eval_metric", "mlogloss"): ENDS_THE_JOB,
    ("tree_method", "gpu_hist"): "Ebb trains without GPUs; XGBoost 3 ends the job",
    ("process_type", "update"): ENDS_THE_JOB,
    ("sampling_method", "gradient_based"): "before 3.2-0 XGBoost ends the job",
    ("csv_weights", "1"): "Ebb writes the training file, without weights",
    ("max_bin", "0"): ENDS_THE_JOB,
    ("max_bin", "1"): ENDS_THE_JOB,
    ("updater", "prune"): ENDS_THE_JOB,
    ("updater", "sync"): "grows no tree",
    ("updater", "distcol"): ENDS_THE_JOB,
    ("updater", "grow_skmaker"): ENDS_THE_JOB,
    ("monotone_constraints", "[1]"): ENDS_THE_JOB,
    ("monotone_constraints", "1,-1"): "one form is enough",
}


def cases() -> Iterator[tuple[str, str]]:
    for name in CONTAINERS:
        yield from ((name, value) for value in VALUES.get(name, [*NUMBERS, *ODD_NUMBERS, *WORDS]))
    yield from ((name, "1") for name in ("silent", "n_estimators", "device", "enable_categorical"))


@cache
def ours(name: str, value: str, version: str) -> dict[str, str] | None:
    """What CreateTrainingJob would be sent."""
    given = FOUND | AROUND.get(name, {}) | {name: value}
    text = "[hyperparameters]\n" + "\n".join(f"{key} = '{text}'" for key, text in given.items())
    try:
        return read_settings(text, SettingsLimits(image_version=version)).hyperparameter_texts
    except RefusedError:
        return None


def container_takes(texts: dict[str, str], version: str) -> bool:
    try:
        checked(texts, ImageVersion.of(version))
    except (ToolkitError, SyntaxError):
        return False
    return True


@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_take_the_container_takes(version: str) -> None:
    taken = {case: texts for case in cases() if (texts := ours(*case, version))}
    assert len(taken) > 150
    assert [case for case, texts in taken.items() if not container_takes(texts, version)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_container_takes_we_take_but_for_a_list_with_reasons(version: str) -> None:
    assert [case for case in only_the_container_takes(version) if not reasons(case)] == []


def test_every_reason_of_the_list_is_needed() -> None:
    needed = {key for version in VERSIONS for case in only_the_container_takes(version) for key in reasons(case)}
    assert set(STRICTER) - needed == set()


def only_the_container_takes(version: str) -> list[tuple[str, str]]:
    texts = {case: as_texts(DEFAULTS | FOUND) | AROUND.get(case[0], {}) | dict([case]) for case in cases()}
    return [case for case in texts if container_takes(texts[case], version) and ours(*case, version) is None]


def reasons(case: tuple[str, str]) -> list[tuple[str, str]]:
    name, value = case
    return [key for key in ((name, value), (name, "*"), ("*", value)) if key in STRICTER]


def test_every_name_of_the_container_is_in_our_table_or_refused_with_a_reason() -> None:
    assert set(CONTAINERS) <= set(HYPERPARAMETERS) | set(NOT_TAKEN)
    assert set(HYPERPARAMETERS) <= set(CONTAINERS)
