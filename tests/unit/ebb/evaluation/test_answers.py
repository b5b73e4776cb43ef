"""Each objective has its own domain; what lies outside is no answer of such a model."""

import pytest

from ebb.evaluation.answers import Answers, read_answers
from ebb.evaluation.inference import ModelAnswerError


@pytest.mark.parametrize(
    ("objective", "good", "bad"),
    [
        ("reg:squarederror", ["-1e30", "0.0", "2.5e-07"], []),
        ("reg:pseudohubererror", ["-3.5"], []),
        ("reg:squaredlogerror", ["-0.2"], []),
        ("binary:logitraw", ["-14.5", "3.0"], []),
        ("rank:ndcg", ["-0.5", "7.0"], []),
        ("binary:logistic", ["0.0", "1.0", "0.3"], ["-0.01", "1.01", "2.0"]),
        ("reg:logistic", ["0.0", "1.0", "0.3"], ["-0.01", "1.01"]),
        ("binary:hinge", ["0.0", "1.0"], ["0.5", "-1.0", "2.0"]),
        ("multi:softmax", ["0.0", "2.0"], ["0.5", "3.0", "-1.0"]),
        ("count:poisson", ["0.0", "17.25"], ["-0.001"]),
        ("reg:gamma", ["0.5"], ["-1.0"]),
        ("reg:tweedie", ["0.0"], ["-1.0"]),
        ("survival:cox", ["31.5"], ["-1.0"]),
    ],
)
def test_an_answer_lies_in_the_domain_of_its_objective(objective: str, good: list[str], bad: list[str]) -> None:
    assert read_answers(good, objective, 3).scores == tuple(map(float, good))
    for line in [*bad, "nan", "inf", "-inf", "", "abc", "1,2", "[0.5]"]:
        with pytest.raises(ModelAnswerError, match=r"^The answer to row 1 is "):
            read_answers([good[0], line], objective, 3)


def test_probabilities_are_read_with_the_class_they_speak_for() -> None:
    answers = read_answers(["0.1,0.7,0.2", "0.4,0.4,0.2"], "multi:softprob", 3)
    assert answers.scores == (1.0, 0.0)
    assert answers.probabilities == ((0.1, 0.7, 0.2), (0.4, 0.4, 0.2))


@pytest.mark.parametrize(
    "line", ["0.5,0.5", "0.25,0.25,0.25,0.25", "0.5,0.6,0.2", "1.5,-0.5,0", "0.5,0.5,nan", "1", "0.1,0.1,0.1"]
)
def test_probabilities_have_one_of_each_class_and_the_sum_1(line: str) -> None:
    with pytest.raises(ModelAnswerError, match=r"3 probabilities whose sum is 1|finite"):
        read_answers([line], "multi:softprob", 3)


def test_a_long_wrong_answer_is_shown_in_part() -> None:
    with pytest.raises(ModelAnswerError) as raised:
        read_answers(["x" * 10_000], "reg:squarederror", None)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (Answers("reg:squarederror", (1.0, 1.0)), True),
        (Answers("reg:squarederror", (1.0, 2.0)), False),
        (Answers("multi:softprob", (0.0, 0.0), ((0.6, 0.4), (0.6, 0.4))), True),
        (Answers("multi:softprob", (0.0, 0.0), ((0.6, 0.4), (0.7, 0.3))), False),
    ],
)
def test_constant_means_the_same_answer_to_every_row(answers: Answers, expected: bool) -> None:  # noqa: FBT001
    assert answers.are_constant is expected


PARTS = {  # as the container answers with SAGEMAKER_INFERENCE_OUTPUT, a line of each
    ("binary:logistic", "probability"): ("0.8", 0.8),
    ("binary:logistic", "probabilities"): ('"[0.2, 0.8]"', 0.8),
    ("binary:logistic", "predicted_label,probability"): ("1,0.8", 0.8),
    ("binary:logistic", "predicted_score,raw_score"): ("nan,0.8", 0.8),
    ("binary:logitraw", "raw_scores"): ('"[3.5, -2.5]"', -2.5),
    ("binary:logitraw", "predicted_label,raw_score"): ("0,-2.5", -2.5),
    ("binary:hinge", "predicted_label"): ("1.0", 1.0),
    ("multi:softmax", "labels,predicted_label"): ('"[0, 1, 2]",2.0', 2.0),
    ("reg:tweedie", "predicted_score"): ("4.5", 4.5),
}


@pytest.mark.parametrize(("objective", "outputs"), list(PARTS))
def test_the_models_own_answer_is_found_among_selected_outputs(objective: str, outputs: str) -> None:
    line, score = PARTS[objective, outputs]
    assert read_answers([line, line], objective, 3, outputs.split(",")) == Answers(objective, (score, score))


def test_probabilities_are_found_among_selected_outputs() -> None:
    answers = read_answers(['2,"[0.1, 0.2, 0.7]"'], "multi:softprob", 3, ["predicted_label", "probabilities"])
    assert answers == Answers("multi:softprob", (2.0,), ((0.1, 0.2, 0.7),))


@pytest.mark.parametrize(
    ("objective", "outputs", "line", "score"),
    [
        ("multi:softprob", "probability", "0.7", 0.7),
        ("multi:softprob", "labels,predicted_label", '"[0, 1, 2]",1', 1.0),
        ("binary:logitraw", "predicted_label", "1", 1.0),
    ],
)
def test_outputs_without_the_models_own_answer_are_read_as_a_part(
    objective: str, outputs: str, line: str, score: float
) -> None:
    assert read_answers([line], objective, 3, outputs.split(",")) == Answers(objective, (score,), partial=True)


def test_answers_with_other_parts_than_were_selected_are_wrong() -> None:
    with pytest.raises(ModelAnswerError, match="has 1 parts in place of 2"):
        read_answers(["0.7"], "binary:logistic", None, ["predicted_label", "probability"])
