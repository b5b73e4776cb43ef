"""Which labels are refused is where xgboost itself begins to fail, or to train on nonsense."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xgboost as xgb

from ebb.datasets.label_column import domain_of

EPSILON = 0.25
OBJECTIVES = [
    "reg:squarederror",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:logistic",
    "reg:gamma",
    "reg:tweedie",
    "reg:squaredlogerror",
    "count:poisson",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "binary:logistic",
    "binary:logitraw",
    "multi:softmax",
    "multi:softprob",
]


def trains(objective: str, label: float, other: float, num_class: int | None) -> bool:
    """Whether xgboost trains one round on ten rows of each label."""
    labels = np.array([label, other] * 10, dtype=np.float32)
    features = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    parameters = {"objective": objective, "verbosity": 0} | ({"num_class": num_class} if num_class else {})
    try:
        matrix = xgb.DMatrix(features, label=labels)
        xgb.train(parameters, matrix, 1, evals=[(matrix, "train")], verbose_eval=False)  # as the container does
    except xgb.core.XGBoostError:
        return False
    return True


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_labels_inside_the_domain_train(objective: str) -> None:
    num_class = 3 if objective.startswith("multi:") else None
    domain = domain_of(objective, num_class)
    lower = float(domain.least) + EPSILON * domain.above if math.isfinite(domain.least) else -5.0
    upper = float(domain.most) if math.isfinite(domain.most) else 5.0
    assert domain.holds(lower)
    assert domain.holds(upper)
    assert trains(objective, lower, upper, num_class)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if math.isfinite(domain_of(name, 3).least)])
def test_labels_below_the_domain_do_not_train(objective: str) -> None:
    num_class = 3 if objective.startswith("multi:") else None
    domain = domain_of(objective, num_class)
    below = float(domain.least) - (0 if domain.above else 1 if domain.whole else EPSILON)
    inside = domain.least + 1
    assert not domain.holds(below)
    assert not trains(objective, below, inside, num_class)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if math.isfinite(domain_of(name, 3).most)])
def test_labels_above_the_domain_do_not_train(objective: str) -> None:
    num_class = 3 if objective.startswith("multi:") else None
    domain = domain_of(objective, num_class)
    assert not domain.holds(domain.most + 1.0)
    assert not trains(objective, domain.most + 1, domain.most, num_class)


@pytest.mark.parametrize("objective", ["rank:pairwise", "rank:ndcg", "rank:map", "multi:softmax"])
def test_half_a_label_does_not_train_where_whole_ones_are_wanted(objective: str) -> None:
    num_class = 3 if objective.startswith("multi:") else None
    assert not domain_of(objective, num_class).holds(0.5)
    assert not trains(objective, 0.5, 1, num_class)


@pytest.mark.parametrize("objective", ["binary:logistic", "binary:logitraw", "binary:hinge"])
def test_shares_are_no_classes_although_xgboost_takes_them(objective: str) -> None:
    """They have an objective of their own: reg:logistic."""
    assert not domain_of(objective, None).holds(0.5)
    assert domain_of("reg:logistic", None).holds(0.5)


@pytest.mark.parametrize(
    ("objective", "rule"),
    [
        ("multi:softprob", "must be a whole number from 0 to 2"),
        ("reg:gamma", "must be a number above 0"),
        ("count:poisson", "must be a number of at least 0"),
        ("reg:logistic", "must be a number from 0 to 1"),
    ],
)
def test_the_rule_is_said_in_words(objective: str, rule: str) -> None:
    assert domain_of(objective, 3).rule() == rule
