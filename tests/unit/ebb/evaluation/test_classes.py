"""Two runs may know other classes, and number the same ones otherwise: they are compared by the file's own labels."""

from __future__ import annotations

from typing import Any

import pytest

from ebb.evaluation.answers import Answers
from ebb.evaluation.classes import in_classes_of
from ebb.evaluation.gate import relative
from ebb.evaluation.row_encoding import NotComparableError
from ebb.settings.gate import Gate

BINARY, SOFTPROB, SOFTMAX = "binary:logistic", "multi:softprob", "multi:softmax"


def run(objective: str, classes: list[str] | None, num_class: int | None = None) -> dict[str, Any]:
    several = len(classes) if classes and objective.startswith("multi:") else None
    return {"objective": objective, "num_class": num_class or several, "label": {"classes": classes}}


def probabilities(*rows: tuple[float, ...]) -> Answers:
    return Answers(SOFTPROB, tuple(float(row.index(max(row))) for row in rows), rows)


def test_a_class_keeps_its_name_and_gets_this_runs_number() -> None:
    own, other = run(SOFTPROB, ["ant", "cat", "dog"]), run(SOFTPROB, ["dog", "cat", "ant"])
    moved = in_classes_of(own, other, probabilities((0.5, 0.3, 0.2)))
    assert moved.probabilities == ((0.2, 0.3, 0.5, 0.0),)
    assert moved.scores == (2.0,)


def test_what_the_other_run_does_not_know_has_no_probability_and_what_only_it_knows_is_never_right() -> None:
    own, other = run(SOFTPROB, ["ant", "cat", "dog"]), run(SOFTPROB, ["cat", "eel"])
    moved = in_classes_of(own, other, probabilities((0.25, 0.75)))
    assert moved.probabilities == ((0.0, 0.25, 0.0, 0.75),)
    gate = Gate("validation:merror", no_worse_than_live=0)
    verdict = relative(
        gate, [1.0, 2.0], probabilities((0, 1, 0), (0, 0, 1)), in_classes_of(own, other, probabilities((1, 0), (1, 0)))
    )
    assert (verdict.figure, verdict.live_figure, verdict.passed) == (0, 0.5, True)


def test_two_classes_that_became_three_are_compared() -> None:
    own, other = run(SOFTPROB, ["no", "yes", "perhaps"]), run(BINARY, ["no", "yes"])
    moved = in_classes_of(own, other, Answers(BINARY, (0.25, 0.75)))
    assert moved.probabilities == ((0.75, 0.25, 0.0, 0.0), (0.25, 0.75, 0.0, 0.0))
    verdict = relative(
        Gate("validation:mlogloss", no_worse_than_live=0), [0.0, 2.0], probabilities((1, 0, 0), (0, 0, 1)), moved
    )
    assert verdict.passed
    assert verdict.live_figure is not None
    assert verdict.live_figure > 18  # of a class that it does not know, half the loss of 1e-16


def test_of_two_classes_the_chance_of_the_positive_one_is_compared() -> None:
    own, other = run(BINARY, ["no", "yes"]), run(SOFTPROB, ["yes", "no", "perhaps"])
    assert in_classes_of(own, other, probabilities((0.5, 0.25, 0.25))) == Answers(BINARY, (0.5,))
    turned = run(BINARY, ["yes", "no"])
    assert in_classes_of(own, turned, Answers(BINARY, (0.25,))) == Answers(BINARY, (0.75,))
    assert in_classes_of(own, run("binary:hinge", ["yes", "no"]), Answers("binary:hinge", (0.0,))).scores == (1.0,)


def test_a_model_that_names_classes_only_is_compared_by_them() -> None:
    own, other = run(SOFTMAX, ["1", "2", "3"]), run(SOFTMAX, ["3.0", "1.0", "9"])
    assert in_classes_of(own, other, Answers(SOFTMAX, (0.0, 1.0, 2.0))).scores == (2.0, 0.0, 3.0)


@pytest.mark.parametrize("classes", [["False", "True"], ["FALSE", "TRUE"], ["false", "true"]])
def test_true_is_true_in_any_case(classes: list[str]) -> None:
    answers = Answers(BINARY, (0.25,))
    assert in_classes_of(run(BINARY, ["false", "true"]), run(BINARY, classes), answers) == answers


def test_numbers_stay_as_they_are() -> None:
    answers = Answers("reg:squarederror", (3.5,))
    assert in_classes_of(run("reg:squarederror", None), run("count:poisson", None), answers) is answers


def test_classes_and_numbers_are_not_comparable() -> None:
    with pytest.raises(NotComparableError, match="classes"):
        in_classes_of(run(BINARY, ["a", "b"]), run("reg:squarederror", None), Answers("reg:squarederror", (1.0,)))
