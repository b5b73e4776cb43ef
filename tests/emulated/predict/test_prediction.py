"""Rows in, predictions out: the routes, the forms of the answer, and what is answered when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from ebb.ledger.endpoint_row import State
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_runtime import model_error
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.predict.calls_of_predict import ROW, Caller, dataset_of
from tests.emulated.stack import ENDPOINT

BINARY = '[hyperparameters]\nobjective = "binary:logistic"\n'
CLASSES = "note,rooms,price,heating\n" + "".join(
    f"a,{number},{'dear' if number % 3 else 'cheap'},gas\n" for number in range(12)
)


@pytest.fixture
def caller(runs: Deployments) -> Caller:
    return Caller(runs)


@pytest.fixture
def live(runs: Deployments, caller: Caller) -> Caller:
    """The model answers with the number of rooms."""
    run = runs.was_live(1, dataset=dataset_of())
    runs.answers(run, lambda rows: [row.partition(",")[0] for row in rows])
    return caller


def error_of(live: Caller, error: Exception, wait: int = 0) -> tuple[int, str, str | None]:
    live.stack.runtime.refuse(error)
    answer = live.predicts(wait=wait)
    return answer.status, answer.code, answer.headers.get("Retry-After")


def test_rows_are_answered_with_model_run_and_predictions(live: Caller) -> None:
    answer = live.predicts({"rows": [ROW, ROW | {"rooms": 7.5}]})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.body == {"model": "abalone", "run": run_named(1), "predictions": [3.0, 7.5]}
    (call,) = live.stack.runtime.calls
    assert (call.endpoint, call.rows) == (ENDPOINT, ("3,1,0,0,1", "7.5,1,0,0,1"))


def test_an_awake_endpoint_costs_one_call_and_is_not_looked_at(live: Caller) -> None:
    live.predicts()
    assert live.stack.sagemaker.calls == []
    reads = live.stack.record_calls("GetObject")
    live.predicts()
    assert reads == []


def test_csv_in_and_csv_out(live: Caller) -> None:
    answer = live.predicts("rooms,heating,garden\n3,gas,yes\n4,oil,no\n", content_type="text/csv", accept="text/csv")
    assert (answer.text, answer.headers["Content-Type"]) == ("3.0\n4.0\n", "text/csv; charset=utf-8")


def test_classes_are_answered_by_their_names(runs: Deployments, caller: Caller) -> None:
    run = runs.was_live(1, BINARY, dataset=dataset_of(CLASSES, objective="binary:logistic"))
    runs.answers(run, lambda rows: ["0.75" for _ in rows])
    row = {"rooms": 1, "heating": "gas"}
    wanted = {"label": "dear", "probabilities": {"cheap": 0.25, "dear": 0.75}}
    assert caller.predicts([row]).body["predictions"] == [wanted]
    assert caller.predicts([row], accept="text/csv").text == "dear\n"


@pytest.mark.parametrize("path", ["", "models/abalone/predictions/1", "model/abalone", "models/abalone/run"])
def test_other_paths_are_not_there(live: Caller, path: str) -> None:
    answer = live.asks(path)
    assert (answer.status, answer.code) == (404, "unknown_path")


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [("models", "POST", "GET"), ("models/abalone", "DELETE", "GET"), ("models/abalone/predictions", "GET", "POST")],
)
def test_other_methods_are_told_the_right_one(live: Caller, path: str, method: str, allow: str) -> None:
    answer = live.asks(path, method=method)
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "wrong_method", allow)


@pytest.mark.parametrize("model", ["limpet", "Abalone", "a_b", "x" * 500, "..", "%2e%2e"])
def test_an_unknown_model_is_not_found(live: Caller, model: str) -> None:
    for answer in (live.asks(f"models/{model}/predictions", [], content_type="text/csv"), live.asks(f"models/{model}")):
        assert (answer.status, answer.code) == (404, "unknown_model")
        assert model[:41] not in answer.message or len(model) <= 40
    assert live.requests() == []


def test_a_model_that_never_went_live_says_why(caller: Caller, runs: Deployments) -> None:
    runs.stack.upload("runs/abalone/latest.json", b'{"stage": "held-back", "sentence": "Its rmse is 9."}')
    answer = caller.predicts()
    assert (answer.status, answer.code) == (409, "nothing_live")
    assert "No run of abalone is live. Its rmse is 9." in answer.message
    assert caller.requests() == []


def test_a_broken_endpoint_is_not_asked(live: Caller) -> None:
    live.row_becomes(state=State.BROKEN)
    live.stack.upload("runs/abalone/latest.json", b'{"stage": "live", "sentence": "It failed twice."}')
    answer = live.predicts(wait=30)
    assert (answer.status, answer.code, live.stack.runtime.calls) == (409, "nothing_live", [])
    assert "It failed twice." in answer.message


def test_a_bad_row_never_reaches_the_endpoint(live: Caller) -> None:
    answer = live.predicts([ROW, ROW | {"rooms": "many"}])
    error = answer.body["error"]
    assert (answer.status, error["code"], error["row"]) == (400, "bad_row", 1)
    assert error["column"] == {"position": 1, "name": "rooms"}
    assert live.stack.runtime.calls == []


def test_more_than_the_container_takes_at_once_is_too_large(runs: Deployments, caller: Caller) -> None:
    runs.was_live(1, "[endpoint.environment]\nMAX_CONTENT_LENGTH = 1000\n", dataset=dataset_of())
    assert caller.predicts([ROW] * 99).status == 200
    answer = caller.predicts([ROW] * 100)
    assert (answer.status, answer.code, len(caller.stack.runtime.calls)) == (413, "too_large", 1)


def test_an_answer_that_is_too_long_for_lambda_is_too_large(runs: Deployments, caller: Caller) -> None:
    dataset = dataset_of(CLASSES.replace("dear", "dear" * 40), objective="binary:logistic")
    runs.answers(runs.was_live(1, BINARY, dataset=dataset), lambda rows: ["0.75" for _ in rows])
    assert caller.predicts("1,gas\n" * 10_000, content_type="text/csv").status == 200
    answer = caller.predicts("1,gas\n" * 20_000, content_type="text/csv")
    assert (answer.status, answer.code) == (413, "too_large")


def test_throttling_is_answered_at_once(live: Caller) -> None:
    throttled = client_error("ThrottlingException", "Rate exceeded")
    assert error_of(live, throttled, wait=60) == (429, "throttled", "1")
    assert (live.slept, live.requests()) == ([], [])


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (client_error("InternalFailure", "oops"), (503, "unavailable", "1")),
        (client_error("ServiceUnavailable", "oops"), (503, "unavailable", "1")),
        (model_error(500, "it broke"), (502, "model_error", None)),
        (model_error(415, "could not convert"), (502, "model_error", None)),
    ],
)
def test_what_fails_behind_the_endpoint_has_a_status(live: Caller, error: Exception, wanted: tuple[Any, ...]) -> None:
    assert error_of(live, error) == wanted


def test_the_containers_own_words_are_shown_short_and_safe(live: Caller) -> None:
    live.stack.runtime.refuse(model_error(400, 'Unable to "evaluate"\n\x1b[31m' + "x" * 5000))
    message = live.predicts().message
    assert "Unable to  evaluate" in message
    assert len(message) < 500
    assert message.isprintable()
    assert not set('"\\') & set(message)


def test_an_answer_that_no_such_model_can_give_is_a_model_error(live: Caller, runs: Deployments) -> None:
    for lines in (["nan"], ["1", "2"], ["<html>"]):
        runs.answers(run_named(1), lambda _, lines=lines: lines)  # type: ignore[misc]
        assert (live.predicts().status, live.predicts().code) == (502, "model_error")


def test_errors_that_are_ours_escape(live: Caller) -> None:
    live.stack.runtime.refuse(client_error("AccessDeniedException", "no"))
    with pytest.raises(Exception, match="AccessDenied"):
        live.predicts()
