"""What was asked for and does not happen is told once, and whoever waits for it finds out why."""

from dataclasses import replace
from typing import Any

import pytest

from ebb.announcements.outbox import BEING_TOLD
from ebb.deploy_endpoint.requests.handle import HANDLERS
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.messages import ApplyChange
from ebb.messaging.requests import KINDS, Request, order_of
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.functions import recorded
from tests.emulated.sagemaker_store import not_authorized
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
ABALONE = ModelName("abalone")
SLEEP = Request("Sleep", ABALONE, id="e1")
REASON = "it has waited for 24 hours: room"
NOT_WAKING = [kind for kind in KINDS if kind != "Wake"]


def asked(kind: str, **more: Any) -> Request:
    return Request(kind, ABALONE, **{"until": "true", "run": FIRST, "id": f"of {kind}"} | more)


@pytest.fixture
def live(runs: Deployments) -> Deployments:
    runs.was_live(1)
    runs.stack.upload(f"runs/abalone/{FIRST}/output/model.tar.gz", b"the model")
    return runs


def _answer(runs: Deployments, request: Request) -> dict[str, Any]:
    kept = runs.stack.ledger.answer(request.id)
    return {name: kept[name] for name in ("outcome", "reason") if name in kept}


def test_each_kind_has_a_handler() -> None:
    assert set(HANDLERS) == set(KINDS)


def test_a_kind_that_nobody_knows_is_refused_and_nothing_is_put_to_sleep(live: Deployments) -> None:
    outcome = live.deploying.work_on(Request("Wakeup", ABALONE))
    assert (outcome["outcome"], outcome["request"]) == ("refused request", "Wakeup")
    assert (live.said(), live.stack.sagemaker.calls, live.row.state) == (["RequestRefused"], [], State.LIVE)


def test_what_could_not_be_woken_is_told_with_the_reason_and_once(live: Deployments) -> None:
    live.stack.sagemaker.delete("Model", FIRST)
    for _ in range(2):
        live.deploying.work_on(SLEEP)
    (said,) = live.stack.announcements()
    assert (said["name"], said["request"], said["run"], said["by"]) == ("RequestRefused", "Sleep", None, "unknown")
    assert said["reason"].startswith(f"it could not be woken: the model {FIRST} is not there")
    assert said["sentence"].startswith("Sleep of abalone was refused: it could not be woken: ")
    assert said["sentence"].endswith(" Nothing was changed.")
    assert live.stack.ledger.answer("e1")["outcome"] == "refused request"
    live.deploying.work_on(replace(SLEEP, id="e2"))
    assert live.said() == ["RequestRefused"]


def test_one_that_the_bus_did_not_take_is_told_by_the_next_attempt(live: Deployments) -> None:
    late = asked("Keep", until="2026-01-01T00:00:00Z")
    with live.stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        live.deploying.work_on(late)
    assert _answer(live, late) == {}
    live.deploying.work_on(late)
    assert live.said() == ["RequestRefused"]


def test_a_request_that_is_none_is_told_once_too(live: Deployments) -> None:
    event = recorded("delete_requested")
    event["detail"]["model"] = "adopted/notebook"
    for _ in range(2):
        live.deploying.work_on(order_of(event))
    (said,) = live.stack.announcements()
    assert (said["model"], said["request"]) == ("-", "Delete")
    assert said["sentence"].startswith("Delete of a model was refused: ")
    assert "somebody else's" in said["reason"]


@pytest.mark.parametrize("kind", ["Wake", "Sleep", "Delete", "Rollback", "Apply", "Keep"])
def test_somebody_elses_endpoint_is_a_refusal(runs: Deployments, kind: str) -> None:
    runs.was_live(1)
    runs.was_live(2)
    runs.loses_its_row()
    sagemaker = runs.stack.sagemaker
    sagemaker.tags[sagemaker.arn("endpoint", ENDPOINT)]["ebb:stack"] = "other"
    sagemaker.refuse("describe_endpoint", not_authorized("DescribeEndpoint", ENDPOINT), ENDPOINT)
    assert runs.deploying.work_on(asked(kind))["outcome"] == "refused request"
    assert (runs.said(), sagemaker.called("delete_endpoint")) == (["RequestRefused"], [])


@pytest.mark.parametrize("kind", NOT_WAKING)
def test_given_up_it_is_told_once_with_how_long_it_was(live: Deployments, kind: str) -> None:
    live.deploying.work_on(live.trained(2))
    for _ in range(2):
        outcome = live.deploying.give_up(asked(kind), REASON)
        assert (outcome["outcome"], outcome["reason"]) == ("given up", REASON)
    (said,) = live.stack.announcements()
    assert (said["name"], said["request"], said["reason"]) == ("RequestRefused", kind, REASON)
    assert said["sentence"].startswith(f"{kind} of abalone was given up: {REASON}. ")
    assert said["run"] == FIRST
    assert _answer(live, asked(kind)) == {"outcome": "given up", "reason": REASON}
    assert (live.row.live_run, live.row.change and live.row.change.run, live.stage(1)) == (FIRST, SECOND, "live")


@pytest.mark.parametrize(("by", "said"), [("predict", []), ("request", ["RequestRefused"])])
def test_a_wake_is_told_to_whoever_asked_in_person(live: Deployments, by: Any, said: list[str]) -> None:
    """Predict asks once a minute as long as there are callers, who are told each time."""
    live.deploying.give_up(asked("Wake", by=by), REASON)
    assert live.said() == said


def test_a_way_back_that_waits_for_too_long_ends(live: Deployments) -> None:
    live.was_live(2)
    live.stack.sagemaker.refuse("update_endpoint", not_authorized("UpdateEndpoint", ENDPOINT))
    live.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = "SystemUpdating"
    with pytest.raises(WaitError):
        live.deploying.work_on(asked("Rollback"))
    assert live.row.change
    assert live.row.change.reason is Reason.RETURN
    live.deploying.give_up(asked("Rollback"), REASON)
    row = live.row
    assert (row.state, row.live_run, row.busy) == (State.LIVE, SECOND, False)
    assert live.said() == ["ModelHeldBack"]
    assert _answer(live, asked("Rollback"))["outcome"] == "given up"


def test_a_retry_that_waits_for_too_long_ends_the_change_that_it_began(live: Deployments) -> None:
    live.deploying.work_on(live.trained(2))
    live.deploying.give_up(asked("Retry", run=SECOND), REASON)
    (said,) = live.stack.announcements()
    assert (said["name"], said["run"], said["code"], said["reason"]) == ("ModelHeldBack", SECOND, "waited", REASON)
    assert live.row.change is None


def test_a_request_that_was_done_is_answered_with_what_became_of_it(live: Deployments) -> None:
    live.deploying.work_on(asked("Keep"))
    assert (_answer(live, asked("Keep")), live.said()) == ({"outcome": "kept"}, [])


def test_a_request_that_waits_has_no_answer(live: Deployments) -> None:
    live.deploying.work_on(live.trained(2))
    with pytest.raises(WaitError):
        live.deploying.work_on(SLEEP)
    assert _answer(live, SLEEP) == {}


@pytest.mark.parametrize("stage", ["live", "held-back", "rolled-back", "superseded"])
def test_a_run_that_was_decided_meanwhile_is_not_given_up(runs: Deployments, stage: str) -> None:
    ended = runs.trained(2)
    runs.stack.ledger.record_run("abalone", SECOND, stage, runs.now)
    assert runs.deploying.give_up(ended, REASON) == {"outcome": "already decided", "run": SECOND}
    assert (runs.stage(2), runs.said()) == (stage, [])


def test_a_live_run_whose_stage_was_lost_is_not_given_up(runs: Deployments) -> None:
    run = runs.was_live(1)
    key: Any = {"model": {"S": "abalone"}, "record": {"S": f"run#{run}"}}
    runs.stack.clients.dynamodb.delete_item(TableName=runs.deploy_settings.ledger_table, Key=key)
    ended = replace(runs.trained(2), job=run)
    assert runs.deploying.give_up(ended, REASON)["outcome"] == "already decided"
    assert runs.said() == []


def test_a_change_that_has_ended_meanwhile_is_not_given_up(live: Deployments) -> None:
    assert live.deploying.give_up(ApplyChange(ABALONE), REASON)["outcome"] == "nothing wanted"
    assert (live.said(), live.stage(1)) == ([], "live")


def test_what_was_decided_and_not_told_yet_is_told_before_it_is_given_up(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    with runs.stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        runs.deploying.work_on(asked("Wake"))
    with pytest.raises(WaitError, match="just being told"):
        runs.deploying.give_up(asked("Wake"), REASON)
    runs.now += BEING_TOLD
    runs.deploying.give_up(asked("Wake"), REASON)
    assert runs.said() == ["EndpointWaking", "EndpointBroken"]
    assert runs.row.state is State.ASLEEP
