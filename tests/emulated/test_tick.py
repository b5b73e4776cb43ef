"""The whole tick through its real door: what fails in one part is told in the end, when the other part is done too."""

import datetime as dt
import json
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.emulated.fake_sagemaker import client_error
from tests.emulated.functions import CONTEXT, cold_start, environment, recorded
from tests.emulated.stack import ENDPOINT, Stack

CONFIG = "ebb-abalone-261122153000-k3v7q"


@pytest.fixture
def function(stack: Stack, behind: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Beside an endpoint that is idle, and one that is kept, of which the ledger knows nothing."""
    stack.sagemaker.now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    behind(CONFIG)
    behind(CONFIG, name="ebb-kept", keep="true")
    module = cold_start("tear_down_idle", environment(stack), monkeypatch)
    vars(module)["clients"] = stack.clients
    return module


def _looked_at(stack: Stack) -> list[str]:
    return [event["detail"]["endpoint"] for event in stack.messages(stack.confirm_queue)]


def test_a_tick_tears_down_and_reconciles(stack: Stack, function: ModuleType) -> None:
    """The endpoints are listed once, for both."""
    answer = function.handler(recorded("tick"), CONTEXT)
    assert {name: verdict.split(":")[0] for name, verdict in answer["verdicts"].items()} == {
        ENDPOINT: "idle",
        "ebb-kept": "active",
    }
    assert answer["asked"] == {"confirm": 1}
    assert _looked_at(stack) == ["ebb-kept"]
    assert stack.sagemaker.called("list_endpoints") == ["ebb-"]


def test_an_endpoint_that_cannot_be_judged_does_not_stop_the_reconciler(
    stack: Stack, function: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("describe_endpoint", client_error("InternalFailure", "try again"), ENDPOINT)
    with pytest.raises(Exception, match=f"^{ENDPOINT}: .*try again$"):
        function.handler(recorded("tick"), CONTEXT)
    assert _looked_at(stack) == [ENDPOINT, "ebb-kept"]
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert (counted[0]["EndpointsIdle"], counted[0]["EndpointsActive"]) == ([0.0], [1.0])


def test_a_sweep_that_fails_does_not_stop_the_tear_down(stack: Stack, function: ModuleType) -> None:
    stack.sagemaker.refuse("list_training_jobs", client_error("InternalFailure", "no jobs"))
    with pytest.raises(Exception, match=r"^jobs without a deployment: .*no jobs$"):
        function.handler(recorded("tick"), CONTEXT)
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]


def test_everything_that_failed_is_in_the_one_error(stack: Stack, function: ModuleType) -> None:
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "not deleted"), ENDPOINT)
    stack.sagemaker.refuse("list_models", client_error("InternalFailure", "no models"))
    with pytest.raises(Exception, match=rf"^{ENDPOINT}: .*not deleted; configs and models left over: .*no models$"):
        function.handler(recorded("tick"), CONTEXT)


def test_endpoints_that_cannot_be_listed_are_neither_judged_nor_missed(stack: Stack, function: ModuleType) -> None:
    stack.sagemaker.refuse("list_endpoints", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(Exception, match=r"^the list of endpoints: .*Rate exceeded$"):
        function.handler(recorded("tick"), CONTEXT)
    assert stack.sagemaker.called("delete_endpoint") == []
    assert _looked_at(stack) == []
