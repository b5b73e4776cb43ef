"""What SAGEMAKER_INFERENCE_OUTPUT makes of an answer."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost

from local.container.answers import Answer
from local.container.invocations import Container, Request
from local.container.scoring import Scoring
from local.container.selected_outputs import select
from local.container.serving_settings import ServingSettings


@pytest.fixture
def ask(tmp_path: Path, trained: Callable[..., xgboost.Booster]) -> Callable[..., Answer]:
    """Ask a model of some objective for some outputs."""

    def _ask(outputs: str, accept: str, objective: str = "reg:squarederror", classes: int = 0) -> Answer:
        trained(objective, classes).save_model(tmp_path / "model.ubj")
        settings = ServingSettings.from_environment({"SAGEMAKER_INFERENCE_OUTPUT": outputs})
        container = Container(Scoring(tmp_path, ensemble=True), settings)
        return container.answer(Request("POST", "/invocations", b"1,2,3\n-1,0,1", "text/csv", accept))

    return _ask


def test_csv_has_no_newline_at_its_end(ask: Callable[..., Answer]) -> None:
    first, second = ask("predicted_score", "text/csv").body.decode().split("\n")
    assert float(first) != float(second)


def test_json_and_json_lines_name_the_outputs(ask: Callable[..., Answer]) -> None:
    predictions = json.loads(ask("predicted_score", "application/json").body)["predictions"]
    lines = ask("predicted_score", "application/jsonlines")
    assert lines.content_type == "application/jsonlines"
    assert [json.loads(line) for line in lines.body.splitlines()] == predictions
    assert [list(prediction) for prediction in predictions] == [["predicted_score"]] * 2


def test_an_output_the_objective_does_not_have_is_not_a_number(ask: Callable[..., Answer]) -> None:
    assert ask("probability,foo", "text/csv").body == b"nan,nan\nnan,nan"
    assert b'{"probability": NaN}' in ask("probability", "application/json").body


def test_spaces_and_capitals_in_the_list_do_not_matter(ask: Callable[..., Answer]) -> None:
    body = ask("Predicted_Label, labels", "text/csv", "binary:logistic", 2).body.decode()
    assert [line.partition(",")[2] for line in body.split("\n")] == ['"[0, 1]"'] * 2


def test_an_objective_without_outputs_is_an_error_in_words(ask: Callable[..., Answer]) -> None:
    answer = ask("predicted_score", "text/csv", "reg:pseudohubererror")
    assert answer.status == 500
    assert answer.body == b"Objective `reg:pseudohubererror` unsupported for selectable inference predictions."


def test_recordio_answers_are_refused_by_name(ask: Callable[..., Answer]) -> None:
    answer = ask("predicted_score", "application/x-recordio-protobuf")
    assert answer.status == 500
    assert answer.body.startswith(b"not emulated by this local cloud: ")


KEYS = ["predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores"]


@pytest.mark.parametrize(
    ("objective", "prediction", "expected"),
    [
        ("binary:logistic", 0.75, [1, [0, 1], 0.75, [0.25, 0.75], 0.75, [0.25, 0.75]]),
        ("binary:logitraw", 0.25, [1, [0, 1], math.nan, math.nan, 0.25, [0.75, 0.25]]),
        ("binary:hinge", 1.0, [1.0, [0, 1], math.nan, math.nan, 1.0, [0.0, 1.0]]),
        ("multi:softmax", 2.0, [2.0, [0, 1, 2], math.nan, math.nan, 2.0, [-1.0, 2.0]]),
        ("multi:softprob", [0.25, 0.5, 0.25], [1, [0, 1, 2], 0.5, [0.25, 0.5, 0.25], 0.5, [0.25, 0.5, 0.25]]),
    ],
)
def test_outputs_of_a_classification(objective: str, prediction: object, expected: list[object]) -> None:
    (outputs,) = select(np.array([prediction], dtype=np.float32), KEYS, objective, 3)
    assert str([outputs[key] for key in KEYS]) == str(expected)
