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
]
CLASSES = ["binary:logistic", "binary:logitraw", "binary:hinge", "multi:softmax", "multi:softprob"]


def trains(objective: str, label: float, other: float) -> bool:
    """Whether xgboost trains one round on ten rows of each label."""
    labels = np.array([label, other] * 10, dtype=np.float32)
    features = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    parameters = {"objective": objective, "verbosity": 0}
    try:
        matrix = xgb.DMatrix(features, label=labels)
        xgb.train(parameters, matrix, 1, evals=[(matrix, "train")], verbose_eval=False)  # as the container does
    except xgb.core.XGBoostError:
        return False
    return True


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_labels_inside_the_domain_train(objective: str) -> None:
    domain = domain_of(objective)
    lower = float(domain.least) + EPSILON * domain.above if math.isfinite(domain.least) else -5.0
    upper = float(domain.most) if math.isfinite(domain.most) else 5.0
    assert domain.holds(lower)
    assert domain.holds(upper)
    assert trains(objective, lower, upper)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if math.isfinite(domain_of(name).least)])
def test_labels_below_the_domain_do_not_train(objective: str) -> None:
    domain = domain_of(objective)
    below = float(domain.least) - (0 if domain.above else 1 if domain.whole else EPSILON)
    inside = domain.least + 1
    assert not domain.holds(below)
    assert not trains(objective, below, inside)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if math.isfinite(domain_of(name).most)])
def test_labels_above_the_domain_do_not_train(objective: str) -> None:
    domain = domain_of(objective)
    assert not domain.holds(domain.most + 1.0)
    assert not trains(objective, domain.most + 1, domain.most)


@pytest.mark.parametrize("objective", ["rank:pairwise", "rank:ndcg", "rank:map"])
def test_half_a_label_does_not_train_where_whole_ones_are_wanted(objective: str) -> None:
    assert not domain_of(objective).holds(0.5)
    assert not trains(objective, 0.5, 1)


@pytest.mark.parametrize("objective", CLASSES)
def test_classes_are_any_whole_numbers_because_they_are_numbered_anew(objective: str) -> None:
    """Shares are none, although xgboost takes them: they have an objective of their own."""
    assert all(map(domain_of(objective).holds, (-1.0, 0.0, 1.0, 2.0, 16777217.0)))
    assert not domain_of(objective).holds(0.5)
    assert domain_of("reg:logistic").holds(0.5)


@pytest.mark.parametrize(
    ("objective", "rule"),
    [
        ("multi:softprob", "must be a whole number"),
        ("reg:gamma", "must be a number above 0"),
        ("count:poisson", "must be a number of at least 0"),
        ("reg:logistic", "must be a number from 0 to 1"),
    ],
)
def test_the_rule_is_said_in_words(objective: str, rule: str) -> None:
    assert domain_of(objective).rule() == rule
