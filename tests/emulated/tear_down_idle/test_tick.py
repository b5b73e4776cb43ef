"""The whole tick through its real door: what fails in one part is told in the end, when the other part is done too."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Control, EndpointRow, State
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.functions import CONTEXT, cold_start, environment, recorded
from tests.emulated.stack import BUCKET, ENDPOINT, Stack
from tests.emulated.tear_down_idle.whole_tick import call, put

CONFIG = "ebb-abalone-261121000000-k3v7q"
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def function(
    stack: Stack, behind: Callable[..., None], monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> ModuleType:
    """Beside an endpoint whose probe shows, and one that is not what the ledger knows."""
    stack.sagemaker.now = now - 3 * HOUR
    behind(CONFIG)
    behind(CONFIG, name="ebb-odd")
    since, probed = now - 3 * HOUR, now - 20 * MINUTE
    row = EndpointRow("abalone", live_run=CONFIG, live_config=CONFIG, variant="v-1")
    row = replace(row, control=Control(since, since, 2), knocked_at=probed, answered_at=probed)
    stack.ledger.write_endpoint(row.settled(State.LIVE, since))
    stack.ledger.write_endpoint(replace(row, model="odd", live_config="another").settled(State.LIVE, since))
    stack.s3.put_object(Bucket=BUCKET, Key=f"runs/abalone/{CONFIG}/output/model.tar.gz", Body=b"model")
    call(stack, at=probed)
    put(stack, "AWS/Lambda", {"FunctionName": CONTEXT.function_name}, now - 30 * MINUTE, Invocations=1)
    before = now - 15 * MINUTE
    stack.ledger.take_lease("the tick before", before, MINUTE)
    module = cold_start("tear_down_idle", environment(stack), monkeypatch)
    vars(module)["clients"] = stack.clients
    return module


def _looked_at(stack: Stack) -> list[str]:
    return [event["detail"]["endpoint"] for event in stack.messages(stack.confirm_queue)]


def _counted(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line))


def test_a_tick_tears_down_and_reconciles(
    stack: Stack, function: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """The endpoints are listed once, for both."""
    answer = function.handler(recorded("tick"), CONTEXT)
    assert answer == {
        "decided": {ENDPOINT: "idle: put to sleep", "ebb-odd": "waiting: nothing"},
        "asked": {"confirm": 1},
    }
    assert _looked_at(stack) == ["ebb-odd"]
    assert stack.sagemaker.called("list_endpoints") == ["ebb-"]
    counted = _counted(capsys)
    assert (counted["EndpointsIdle"], counted["EndpointsWaiting"], counted["EndpointsActive"]) == ([1.0], [1.0], [0.0])


def test_an_endpoint_that_cannot_be_judged_does_not_stop_the_reconciler(
    stack: Stack, function: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("describe_endpoint", client_error("InternalFailure", "try again"), ENDPOINT)
    with pytest.raises(Exception, match=f"^{ENDPOINT}: .*try again$"):
        function.handler(recorded("tick"), CONTEXT)
    assert _looked_at(stack) == ["ebb-odd"]
    counted = _counted(capsys)
    assert (counted["EndpointsIdle"], counted["EndpointsUnknown"]) == ([0.0], [1.0])


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


def test_endpoints_that_cannot_be_listed_are_not_missed_and_what_the_ledger_knows_is_judged_all_the_same(
    stack: Stack, function: ModuleType
) -> None:
    stack.sagemaker.refuse("list_endpoints", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(Exception, match=r"^the list of endpoints: .*Rate exceeded$"):
        function.handler(recorded("tick"), CONTEXT)
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]
    assert _looked_at(stack) == []


def test_of_two_ticks_at_once_one_goes_home(stack: Stack, function: ModuleType, now: dt.datetime) -> None:
    stack.ledger.take_lease("another request", now, 10 * MINUTE)
    assert function.handler(recorded("tick"), CONTEXT) == {"outcome": "another tick is at work"}
    assert stack.sagemaker.calls == []
    assert stack.ledger.note("lease")["holder"] == "another request"


def test_a_dead_ticks_lease_ends(stack: Stack, function: ModuleType, now: dt.datetime) -> None:
    stack.ledger.take_lease("a dead request", now - 11 * MINUTE, 10 * MINUTE)
    assert function.handler(recorded("tick"), CONTEXT)["decided"][ENDPOINT] == "idle: put to sleep"


def test_the_lease_is_given_back_whatever_happens(stack: Stack, function: ModuleType) -> None:
    with stack.broken("dynamodb", "Query"), pytest.raises(ConnectionError):
        function.handler(recorded("tick"), CONTEXT)
    again = SimpleNamespace(**vars(CONTEXT) | {"aws_request_id": "the next"})
    assert function.handler(recorded("tick"), again)["decided"][ENDPOINT] == "idle: put to sleep"


def test_a_lease_that_cannot_be_given_back_hides_nothing(stack: Stack, function: ModuleType) -> None:
    """It ends by itself; what else went wrong in the tick is told beside it."""
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "not deleted"), ENDPOINT)

    def lose(params: dict[str, Any], **_: object) -> None:
        if b'":until": {"S": "-"}' in params["body"]:
            raise ConnectionError

    stack.clients.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", lose)
    with pytest.raises(Exception, match=r"not deleted; the lease, which ends by itself: "):
        function.handler(recorded("tick"), CONTEXT)


def test_the_very_first_tick_proves_nothing(stack: Stack, function: ModuleType) -> None:
    """Nobody knows of one before it that CloudWatch would have to show."""
    key: Any = {"model": {"S": "-"}, "record": {"S": "lease"}}
    stack.clients.dynamodb.delete_item(TableName="ledger", Key=key)
    assert function.handler(recorded("tick"), CONTEXT)["decided"][ENDPOINT] == "waiting: nothing"
    assert stack.sagemaker.called("delete_endpoint") == []
