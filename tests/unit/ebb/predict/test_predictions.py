"""A model's answers as a caller reads them."""

from __future__ import annotations

from typing import Any

import pytest

from ebb.evaluation.answers import read_answers
from ebb.predict.answers import as_csv, predictions_of

WORDS = {"classes": ["cat", "dog, small"]}
NUMBERS: dict[str, Any] = {"classes": None}
FROM_1 = {"classes": ["1", "2", "3.0"]}


def predicted(objective: str, *lines: str, label: dict[str, Any] = NUMBERS, num_class: int | None = None) -> list[Any]:
    return list(predictions_of(read_answers(lines, objective, num_class), label))


@pytest.mark.parametrize("objective", ["reg:squarederror", "reg:logistic", "rank:pairwise", "count:poisson"])
def test_regression_ranking_and_counts_are_numbers(objective: str) -> None:
    assert predicted(objective, "0.6520110368728638", "1e-5") == [0.6520110368728638, 1e-5]


def test_the_second_of_two_classes_is_answered_above_one_half() -> None:
    assert predicted("binary:logistic", "0.25", "0.5", "0.75", label=WORDS) == [
        {"label": "cat", "probabilities": {"cat": 0.75, "dog, small": 0.25}},
        {"label": "cat", "probabilities": {"cat": 0.5, "dog, small": 0.5}},
        {"label": "dog, small", "probabilities": {"cat": 0.25, "dog, small": 0.75}},
    ]
    assert predicted("binary:logistic", "0.75", label={"classes": ["-1", "1"]}) == [
        {"label": "1", "probabilities": {"-1": 0.25, "1": 0.75}}
    ]


def test_log_odds_become_probabilities() -> None:
    (none, some, sure, never) = predicted(
        "binary:logitraw", "0", "1.0986122886681098", "1000", "-1000", label={"classes": ["0", "1"]}
    )
    assert none == {"label": "0", "probabilities": {"0": 0.5, "1": 0.5}}
    assert some["label"] == "1"
    assert some["probabilities"]["1"] == pytest.approx(0.75)
    assert (sure["probabilities"], never["probabilities"]) == ({"0": 0, "1": 1}, {"0": 1, "1": 0})


def test_many_classes_have_a_probability_each() -> None:
    (one,) = predicted("multi:softprob", "0.125,0.625,0.25", label=FROM_1, num_class=3)
    assert one == {"label": "2", "probabilities": {"1": 0.125, "2": 0.625, "3.0": 0.25}}


def test_a_class_that_never_had_a_row_is_not_answered() -> None:
    """num_class was set to more than there are."""
    (one,) = predicted("multi:softprob", "0.125,0.25,0.25,0.375", label=FROM_1, num_class=4)
    assert one == {"label": "2", "probabilities": {"1": 0.125, "2": 0.25, "3.0": 0.25}}
    assert predicted("multi:softmax", "3", label=FROM_1, num_class=4) == [{"label": None}]


@pytest.mark.parametrize(("objective", "num_class"), [("binary:hinge", None), ("multi:softmax", 2)])
def test_a_model_that_only_names_the_class_gives_no_probabilities(objective: str, num_class: int | None) -> None:
    assert predicted(objective, "1", label=WORDS, num_class=num_class) == [{"label": "dog, small"}]


def test_chosen_outputs_are_shown_as_far_as_they_go() -> None:
    outputs = ["predicted_label"]
    label = predictions_of(read_answers(["1"], "binary:logistic", None, outputs), WORDS, outputs)
    assert label == [{"label": "dog, small"}]
    outputs = ["raw_scores"]
    scores = predictions_of(read_answers(["[0.5]"], "reg:squarederror", None, outputs), NUMBERS, outputs)
    assert scores == [0.5]


def test_csv_has_a_line_for_each_row() -> None:
    assert as_csv([0.25, 3.0]) == "0.25\n3.0\n"
    assert as_csv(predicted("binary:logistic", "0.25", "0.75", label=WORDS)) == 'cat\n"dog, small"\n'
