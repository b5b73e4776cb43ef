"""Answers and base scores at the edges of their ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xgboost

from ebb.trees.float32 import INFINITY, NAN, rounded
from ebb.trees.margins import margins
from ebb.trees.objectives import OBJECTIVES
from ebb.trees.unusable import UnusableModelError
from tests.unit.ebb.trees.boosters import Array
from tests.unit.ebb.trees.cases import OBJECTIVES as OF_EBB
from tests.unit.ebb.trees.documents import as_json, document, read

EDGES = (0, -0.0, 1e-45, -1e-45, 88.7, -88.7, 88.8, -88.8, 3e38, -3e38, -103.9, 104)


def test_every_objective_that_ebb_lets_train_is_evaluated() -> None:
    assert OBJECTIVES.keys() == set(OF_EBB)


@pytest.mark.filterwarnings("ignore:.*is now deprecated in favor of")  # xgboost says so of reg:linear
@pytest.mark.parametrize("objective", OF_EBB)
def test_any_margin_becomes_the_answer_of_xgboost(objective: str) -> None:
    chance = np.random.default_rng(3)
    outputs = 4 if objective.startswith("multi:") else 1
    sent = np.concatenate(
        [
            chance.normal(size=(5_000, outputs)),
            chance.normal(scale=60, size=(300, outputs)),
            np.array(EDGES)[:, None] * np.ones(outputs),
        ]
    ).astype(np.float32)
    assert [OBJECTIVES[objective].answer(row) for row in sent.tolist()] == _answers_of_xgboost(objective, sent)


def _answers_of_xgboost(objective: str, margins: Array) -> list[tuple[float, ...]]:
    """Of a model that adds nothing to the margin that a row brings with it."""
    outputs = margins.shape[1]
    labels = np.arange(outputs) if outputs > 1 else np.array([1])
    train = xgboost.DMatrix(np.zeros((len(labels), 1)), labels, nthread=1)
    train.set_info(label_lower_bound=labels, label_upper_bound=labels)
    parameters = {"objective": objective, "eta": 0, "base_score": 0.5}
    booster = xgboost.train(parameters | ({"num_class": outputs} if outputs > 1 else {}), train, 1)
    sent = xgboost.DMatrix(np.zeros((len(margins), 1)), base_margin=margins, nthread=1)
    return [tuple(answer) for answer in booster.predict(sent).reshape(len(margins), -1).tolist()]


def test_margins_that_are_no_numbers_never_end_in_an_error() -> None:
    for objective in OBJECTIVES.values():
        for odd in ([NAN, 1.0], [1.0, NAN], [INFINITY, 1.0], [INFINITY, INFINITY], [-INFINITY, -INFINITY]):
            assert len(objective.answer(odd)) in (1, 2)


@pytest.mark.parametrize("score", [0.0, 1.0, -0.5, 1.5])
def test_certainty_is_a_base_score_from_3_2_on(score: float) -> None:
    logistic = OBJECTIVES["binary:logistic"]
    assert math.isnan(logistic.base_margin(score, (3, 0)))
    assert math.isfinite(logistic.base_margin(score, (3, 2))) == (score in (0, 1))


@pytest.mark.parametrize("score", ["0E0", "1E-9", "3.0000001E-1", "9.9999994E-1", "1E0", "7.25E1"])
@pytest.mark.parametrize("objective", ["binary:logistic", "count:poisson", "reg:squarederror", "binary:hinge"])
def test_a_base_score_has_the_margin_that_xgboost_gives_it(objective: str, score: str) -> None:
    spoiled = document()
    spoiled["learner"]["objective"] = {"name": objective, "reg_loss_param": {"scale_pos_weight": "1"}}
    spoiled["learner"]["objective"]["poisson_regression_param"] = {"max_delta_step": "0.7"}
    spoiled["learner"]["learner_model_param"]["base_score"] = f"[{score}]"
    if (objective, score) in (("count:poisson", "0E0"), ("binary:logistic", "7.25E1")):
        with pytest.raises(UnusableModelError, match="which its objective cannot have"):
            read(spoiled)
        return
    booster = xgboost.Booster(model_file=bytearray(as_json(spoiled)))
    wanted = booster.predict(xgboost.DMatrix([[0.0] * 9], nthread=1), output_margin=True).tolist()
    assert [margin for (margin,) in margins(read(spoiled), [[0.0] * 9])] == wanted


def test_a_base_score_near_certainty_is_taken_as_it_is_by_3_0() -> None:
    logistic, score = OBJECTIVES["binary:logistic"], rounded(1e-9)
    assert logistic.base_margin(score, (3, 0)) < -20 < logistic.base_margin(score, (3, 2)) < -13
