"""What the container answers, to the byte."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from local.container.answers import Answer
from local.container.invocations import Container, Request
from local.container.scoring import Scoring
from local.container.serving_settings import ServingSettings

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Served:
    """A container over one folder of models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = ServingSettings()

    def with_model(self, booster: xgboost.Booster) -> "Served":
        booster.save_model(self.folder / "model.ubj")
        return self

    def answer(self, method: str, path: str, body: bytes = b"", **parts: Any) -> Answer:
        scoring = Scoring(self.folder, ensemble=self.settings.ensemble)
        return Container(scoring, self.settings).answer(Request(method, path, body, **parts))

    def invoke(self, body: bytes, accept: str | None = None, content_type: str | None = "text/csv") -> Answer:
        return self.answer("POST", "/invocations", body, content_type=content_type, accept=accept)


@pytest.fixture
def served(tmp_path: Path, trained: Callable[..., xgboost.Booster]) -> Served:
    """A regression over three features."""
    return Served(tmp_path).with_model(trained())


def predictions(booster: xgboost.Booster, rows: list[list[float]]) -> list[Any]:
    values: list[Any] = booster.predict(xgboost.DMatrix(np.array(rows))).tolist()
    return values


@pytest.mark.parametrize("accept", [None, "", "*/*", "text/csv", "text/csv; charset=utf-8", "TEXT/CSV"])
def test_csv_is_the_default_answer(served: Served, trained: Callable[..., xgboost.Booster], accept: str | None) -> None:
    first, second = predictions(trained(), [[1, 2, 3], [-1, 0, 1]])
    assert served.invoke(b"1,2,3", accept).body == f"{first!r}\n".encode()
    two = served.invoke(b"1,2,3\n-1,0,1\n", accept)
    assert (two.status, two.content_type) == (200, CSV)
    assert two.body == f"{first!r}\n{second!r}\n".encode()


def test_numbers_are_float32_widened_to_python_floats(served: Served) -> None:
    text = served.invoke(b"1,2,3").body.decode().strip()
    assert float(np.float32(text)) == float(text)
    assert repr(float(text)) == text


def test_a_hundred_rows_are_a_hundred_lines(served: Served) -> None:
    body = served.invoke(b"1,2,3\n" * 100).body
    assert (body.count(b"\n"), body.count(b",")) == (100, 0)


def test_json_names_each_score(served: Served, trained: Callable[..., xgboost.Booster]) -> None:
    first, second = predictions(trained(), [[1, 2, 3], [-1, 0, 1]])
    answer = served.invoke(b"1,2,3\n-1,0,1\n", "application/json")
    assert answer.content_type == "application/json"
    assert answer.body == f'{{"predictions": [{{"score": {first!r}}}, {{"score": {second!r}}}]}}'.encode()
    assert served.invoke(b"1,2,3", "application/json").body == f'{{"predictions": [{{"score": {first!r}}}]}}'.encode()


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        ("text/csv", b"9.999999974752427e-07\n"),
        ("application/json", b'{"predictions": [{"score": 9.999999974752427e-07}]}'),
    ],
)
def test_tiny_numbers_are_in_scientific_form(tmp_path: Path, accept: str, body: bytes) -> None:
    booster = xgboost.train({"base_score": 1e-6}, xgboost.DMatrix(np.eye(3), np.full(3, 1e-6)), 1)
    assert Served(tmp_path).with_model(booster).invoke(b"1,2,3", accept).body == body


def test_probabilities_of_classes_share_a_line(tmp_path: Path, trained: Callable[..., xgboost.Booster]) -> None:
    booster = trained("multi:softprob", classes=3)
    answer = Served(tmp_path).with_model(booster).invoke(b"1,2,3\n-1,0,1")
    expected = predictions(booster, [[1, 2, 3], [-1, 0, 1]])
    assert answer.body.decode() == "".join(",".join(map(repr, row)) + "\n" for row in expected)


@pytest.mark.parametrize("accept", ["application/jsonlines", "application/x-recordio-protobuf"])
def test_types_it_cannot_write_end_in_the_page_of_flask(served: Served, accept: str) -> None:
    answer = served.invoke(b"1,2,3", accept)
    assert (answer.status, answer.content_type) == (500, HTML)
    assert answer.body.startswith(b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>")


@pytest.mark.parametrize(
    ("accept", "named"),
    [
        ("text/plain", "text/plain"),
        ("application/x-npy", "application/x-npy"),
        ("application/json, text/csv;q=0.9", "application/json, text/csv"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html,application/xhtml+xml"),
    ],
)
def test_other_types_are_not_acceptable(served: Served, accept: str, named: str) -> None:
    answer = served.invoke(b"1,2,3", accept)
    assert (answer.status, answer.content_type) == (406, HTML)
    assert answer.body.decode() == (
        f"Accept type {named} is not supported. Please use supported accept types: "
        "['application/json', 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv']."
    )


@pytest.mark.parametrize("body", [b"1", b"1,2", b",,"])
def test_fewer_features_are_taken_as_missing(served: Served, body: bytes) -> None:
    assert served.invoke(body).status == 200


@pytest.mark.parametrize("body", [b"1,2,3,4", b"1,2,3,"])
def test_more_features_are_refused_with_the_words_of_xgboost(served: Served, body: bytes) -> None:
    answer = served.invoke(body)
    assert (answer.status, answer.content_type) == (400, HTML)
    text = answer.body.decode()
    assert text.startswith("Unable to evaluate payload provided: ")
    assert re.search(
        r"Check failed: learner_model_param_\.num_feature >= p_fmat->Info\(\)\.num_col_ \(3 vs\. 4\) : "
        r"Number of columns does not match number of features in booster\.\nStack trace:",
        text,
    )


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status"),
    [
        pytest.param(b"", "application/json", "text/plain", 204, id="empty body before all"),
        pytest.param(b"a,b,c", "text/csv", "text/plain", 415, id="payload before accept"),
        pytest.param(b"1,2,3", "application/json", "text/plain", 415, id="content type before accept"),
        pytest.param(b"1,2,3,4", "text/csv", "text/plain", 400, id="prediction before accept"),
        pytest.param(b"1,2,3", None, None, 415, id="no content type"),
    ],
)
def test_checks_come_in_order(
    served: Served, body: bytes, content_type: str | None, accept: str | None, status: int
) -> None:
    answer = served.invoke(body, accept, content_type)
    assert (answer.status, answer.content_type) == (status, HTML)


@pytest.mark.parametrize("body", [b"1,2,3", b"1,2,3,4"])
def test_a_broken_model_comes_after_the_payload_and_before_the_prediction(served: Served, body: bytes) -> None:
    (served.folder / "metadata.json").write_text("{}")
    answer = served.invoke(body)
    assert answer.status == 500
    assert answer.body.startswith(b"Unable to load model: Model /opt/ml/model/metadata.json cannot be loaded:\nPickle")
    assert served.invoke(b"a,b").status == 415


def test_ping_loads_the_model(served: Served) -> None:
    answer = served.answer("GET", "/ping")
    assert (answer.status, answer.body, answer.content_type) == (200, b"", HTML)
    (served.folder / "model.ubj").unlink()
    assert served.answer("GET", "/ping").status == 500


def test_execution_parameters(served: Served) -> None:
    answer = served.answer("GET", "/execution-parameters")
    assert answer.content_type == "application/json"
    expected = f'{{"MaxConcurrentTransforms": {os.cpu_count()}, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}}'
    assert answer.body.decode() == expected


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/ping"), ("GET", "/invocations"), ("POST", "/execution-parameters")]
)
def test_the_wrong_method_is_not_allowed(served: Served, method: str, path: str) -> None:
    assert served.answer(method, path).status == 405


@pytest.mark.parametrize("path", ["/", "/models", "/favicon.ico"])
def test_other_paths_never_reach_the_container(served: Served, path: str) -> None:
    answer = served.answer("GET", path)
    assert (answer.status, answer.body) == (404, b"{}")


def test_the_default_type_of_answers_can_be_set(served: Served) -> None:
    served.settings = ServingSettings.from_environment({"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"})
    assert "predictions" in json.loads(served.invoke(b"1,2,3").body)
    assert served.invoke(b"1,2,3", "text/csv").content_type == CSV


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_batch_answers_are_lines_whatever_is_accepted(served: Served, accept: str) -> None:
    served.settings = ServingSettings.from_environment({"SAGEMAKER_BATCH": "true"})
    body = served.invoke(b"1,2,3\n1,2,3", accept).body.decode()
    assert re.fullmatch(r"-?\d+\.\d+\n-?\d+\.\d+\n", body)
