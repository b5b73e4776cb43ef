"""A model that is no better than the mean, or than the most frequent class, says so; no other one does."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from ebb.evaluation.answers import Answers, read_answers
from ebb.evaluation.guess import no_better_than_a_guess

ROWS = 200


def answered(objective: str, labels: list[float], features: np.ndarray, held: np.ndarray, **more: float) -> Answers:
    matrix = xgboost.DMatrix(features, label=np.array(labels), nthread=1)
    parameters = {"objective": objective, "max_depth": 6, "eta": 0.5, "nthread": 1, "verbosity": 0, **more}
    found = xgboost.train(parameters, matrix, 20).predict(xgboost.DMatrix(held, nthread=1))
    lines = [",".join(map(repr, map(float, np.atleast_1d(row)))) for row in found]
    return read_answers(lines, objective, int(more["num_class"]) if "num_class" in more else None)


@pytest.mark.parametrize("objective", ["reg:squarederror", "reg:absoluteerror", "count:poisson"])
def test_xgboost_on_noise_says_so_and_on_what_can_be_learned_it_does_not(objective: str) -> None:
    random = np.random.default_rng(1)
    features, held = random.normal(size=(300, 3)), random.normal(size=(ROWS, 3))
    noise, held_noise = random.poisson(9, 300) + 1.0, random.poisson(9, ROWS) + 1.0
    answers = answered(objective, list(noise), features, held)
    said = no_better_than_a_guess(list(held_noise), answers, None)
    assert said is not None
    assert said.startswith("On 200 held-out rows it is no better than always answering their me")
    known, held_known = np.exp(features[:, 0]), np.exp(held[:, 0])
    assert no_better_than_a_guess(list(held_known), answered(objective, list(known), features, held), None) is None


@pytest.mark.parametrize(
    ("objective", "more"),
    [("binary:logistic", {}), ("multi:softprob", {"num_class": 2}), ("multi:softmax", {"num_class": 2})],
)
def test_of_classes_likewise(objective: str, more: dict[str, float]) -> None:
    random = np.random.default_rng(2)
    features, held = random.normal(size=(300, 3)), random.normal(size=(ROWS, 3))
    noise, held_noise = (random.random(300) < 0.2) * 1.0, (random.random(ROWS) < 0.2) * 1.0
    answers = answered(objective, list(noise), features, held, **more)
    said = no_better_than_a_guess(list(held_noise), answers, ["no", "yes"])
    assert said == "On 200 held-out rows it is no better than always answering the most frequent class, 'no'"
    known, held_known = (features[:, 0] > 0) * 1.0, (held[:, 0] > 0) * 1.0
    better = answered(objective, list(known), features, held, **more)
    assert no_better_than_a_guess(list(held_known), better, ["no", "yes"]) is None


def test_a_rare_class_that_is_told_apart_without_ever_being_likely_is_better_than_a_guess() -> None:
    labels = [1.0] * 4 + [0.0] * 36
    assert no_better_than_a_guess(labels, Answers("binary:logistic", (0.4,) * 4 + (0.05,) * 36), ["no", "yes"]) is None
    assert no_better_than_a_guess(labels, Answers("binary:logistic", (0.1,) * 40), ["no", "yes"])


def test_the_mean_itself_is_no_better_than_the_mean() -> None:
    labels = [float(place % 7) for place in range(28)]
    assert no_better_than_a_guess(labels, Answers("reg:squarederror", (3.0,) * 28), None)
    assert no_better_than_a_guess(labels, Answers("reg:squarederror", (3.5,) * 28), None)


@pytest.mark.parametrize(
    ("labels", "answers", "classes"),
    [
        ([1.0, 2.0], Answers("reg:squarederror", (9.0, 9.0)), None),
        ([float(place) for place in range(30)], Answers("rank:ndcg", (0.0,) * 30), None),
        ([1.0] * 30, Answers("reg:squarederror", (9.0,) * 30), None),
        ([0.0] * 30, Answers("binary:logistic", (0.9,) * 30), ["no", "yes"]),
        ([float(place) for place in range(30)], Answers("reg:squarederror", (0.0,) * 30, partial=True), None),
    ],
)
def test_what_these_rows_cannot_show_is_not_said(
    labels: list[float], answers: Answers, classes: list[str] | None
) -> None:
    assert no_better_than_a_guess(labels, answers, classes) is None
