"""predict through its real door: environment in, recorded function URL events in, responses out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ebb.ledger.endpoint_row import State
from ebb.settings.model_settings import ModelSettings
from tests.emulated.deployments import Deployments
from tests.emulated.functions import CONTEXT, cold_start, environment, recorded
from tests.emulated.predict.calls_of_predict import Caller
from tests.emulated.stack import Stack
from tests.unit.ebb.datasets.preparing import Memory, prepared

ABALONE = Path(__file__).parents[3] / "examples" / "abalone.csv"
Start = Callable[[], ModuleType]
FIRST = ",".join(ABALONE.read_text().partition("\n")[0].split(",")[1:])


@pytest.fixture
def caller(runs: Deployments) -> Caller:
    dataset = prepared(Memory(ABALONE.read_bytes()), ModelSettings())[0].as_json()
    runs.answers(runs.was_live(1, dataset=dataset), lambda rows: ["9.5" if row == FIRST else "0" for row in rows])
    return Caller(runs)


@pytest.fixture
def start(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Start:
    def start_() -> ModuleType:
        function = cold_start("predict", environment(stack), monkeypatch)
        vars(function.clients).update(sagemaker=stack.sagemaker, sagemaker_runtime=stack.runtime)
        return function

    return start_


@pytest.fixture
def predict(start: Start) -> ModuleType:
    return start()


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The logger keeps the stdout that it was made with, so the function has to be started by the test itself."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_recorded_call_is_answered(caller: Caller, capsys: pytest.CaptureFixture[str], start: Start) -> None:
    answer = start().handler(recorded("predictions_asked"), CONTEXT)
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "application/json")
    assert json.loads(answer["body"])["predictions"] == [9.5]
    said, measured = lines_of(capsys)
    assert (said["message"], said["status"], said["rows"], said["model"]) == ("answered", 200, 1, "abalone")
    assert measured["Answered"] == [1.0]
    assert FIRST not in str(said), "rows are nobody's business but the caller's"


@pytest.mark.parametrize("in_base64", [False, True])
def test_a_recorded_call_with_csv_is_answered_in_csv(caller: Caller, predict: ModuleType, *, in_base64: bool) -> None:
    event = recorded("predictions_asked_as_csv")
    if in_base64:
        event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    answer = predict.handler(event, CONTEXT)
    assert (answer["statusCode"], answer["body"], answer["isBase64Encoded"]) == (200, "9.5\n", False)


def test_a_recorded_look_at_a_model_is_answered(caller: Caller, predict: ModuleType) -> None:
    answer = predict.handler(recorded("model_looked_at"), CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])["state"]) == (200, "live")


def test_a_wake_is_asked_for_on_the_bus(caller: Caller, capsys: pytest.CaptureFixture[str], start: Start) -> None:
    caller.row_becomes(state=State.ASLEEP)
    answer = start().handler(recorded("predictions_asked"), CONTEXT)
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "60")
    assert caller.requests() == [("Wake", {"stack": "ebb", "model": "abalone", "by": "predict"})]
    said, measured = lines_of(capsys)
    assert (said["message"], said["status"], measured["Waking"]) == ("waking", 503, [1.0])


def test_a_request_that_makes_no_sense_is_answered_and_not_raised(caller: Caller, predict: ModuleType) -> None:
    event = recorded("predictions_asked") | {"body": "[" * 100_000}
    answer = predict.handler(event, CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (400, "bad_request")


def test_what_is_wrong_with_a_row_is_not_logged(
    caller: Caller, capsys: pytest.CaptureFixture[str], start: Start
) -> None:
    event = recorded("predictions_asked") | {"body": '[["confidential", 0, 0, 0, 0, 0, 0, 0, 0, 0]]'}
    assert "confidential" in start().handler(event, CONTEXT)["body"]
    said, measured = lines_of(capsys)
    assert (said["message"], measured["BadRow"]) == ("bad_row", [1.0])
    assert "confidential" not in str(said)
