"""deploy_endpoint and confirm_endpoint through their real doors: what waits, what ends, and what is said once."""

import datetime as dt
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ebb.announcements.outbox import BEING_TOLD
from ebb.endpoints import transitions
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from ebb.messaging.messages import ApplyChange, CheckEndpoint
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.functions import CONTEXT, batch, cold_start, environment, record
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
ALL_DONE: dict[str, Any] = {"batchItemFailures": []}
FULL_DAY = 24 * 3600 + 60
Start = Callable[[str], ModuleType]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")  # Powertools: an error came before the count


@pytest.fixture
def start(runs: Deployments, monkeypatch: pytest.MonkeyPatch) -> Start:
    # The functions read the real clock.
    runs.now = runs.stack.sagemaker.now = dt.datetime.now(dt.UTC)

    def start_(name: str) -> ModuleType:
        function = cold_start(name, environment(runs.stack), monkeypatch)
        clients = {"sagemaker": runs.stack.sagemaker, "sagemaker_runtime": runs.stack.runtime}
        vars(function.clients).update(clients)
        return function

    return start_


def _ended(run: str) -> dict[str, Any]:
    detail = {
        "TrainingJobName": run,
        "TrainingJobArn": f"arn:aws:sagemaker:eu-central-1:123456789012:training-job/{run}",
    }
    return {"source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", "detail": detail}


def _asked(kind: str, **detail: str) -> dict[str, Any]:
    return {"source": "ebb.request", "detail-type": kind, "detail": {"stack": "ebb", "model": "abalone"} | detail}


LOOK, CHANGE = CheckEndpoint(ENDPOINT).event("ebb"), ApplyChange(ModelName("abalone")).event("ebb")


def test_a_job_that_completed_is_on_its_way_and_a_look_makes_it_live(runs: Deployments, start: Start) -> None:
    runs.trained(1)
    assert start("deploy_endpoint").handler(batch(record(_ended(FIRST))), CONTEXT) == ALL_DONE
    runs.stack.sagemaker.settle(ENDPOINT)
    assert start("confirm_endpoint").handler(batch(record(LOOK)), CONTEXT) == ALL_DONE
    assert (runs.row.live_run, runs.said()) == (FIRST, ["EndpointLive"])


def test_an_endpoint_event_is_a_hint_to_look(runs: Deployments, start: Start) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.sagemaker.settle(ENDPOINT)
    detail = {"EndpointName": ENDPOINT, "EndpointStatus": "FAILED"}
    event = {"source": "aws.sagemaker", "detail-type": "SageMaker Endpoint State Change", "detail": detail}
    start("confirm_endpoint").handler(batch(record(event)), CONTEXT)
    assert runs.said() == ["EndpointLive"]


def test_a_look_waits_in_its_own_queue(runs: Deployments, start: Start) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.messages(runs.stack.confirm_queue)
    assert start("confirm_endpoint").handler(batch(record(LOOK)), CONTEXT) == ALL_DONE
    (sent,) = runs.stack.sent(runs.stack.confirm_queue)
    assert sent.event == LOOK
    assert 60 <= sent.delay <= 75
    assert sent.waiting_since


def test_a_run_that_meets_another_on_its_way_waits_in_its_own_queue(runs: Deployments, start: Start) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.trained(2)
    assert start("deploy_endpoint").handler(batch(record(_ended(SECOND))), CONTEXT) == ALL_DONE
    (sent,) = runs.stack.sent(runs.stack.deploy_queue)
    assert (sent.event, runs.said()) == (_ended(SECOND), [])


def test_a_run_that_has_waited_for_too_long_is_told_and_acknowledged(runs: Deployments, start: Start) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.trained(2)
    waiting = record(_ended(SECOND), waiting_since=time.time() - FULL_DAY)
    assert start("deploy_endpoint").handler(batch(waiting), CONTEXT) == ALL_DONE
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["run"]) == ("ModelHeldBack", "waited", SECOND)
    assert f"24 hours: {FIRST} is on its way" in said["reason"]
    assert runs.stack.sent(runs.stack.deploy_queue) == []
    assert (runs.row.wanted and runs.row.wanted.run, runs.stage(2)) == (FIRST, "held-back")


def test_hours_of_waiting_for_room_use_up_none_of_the_minutes_that_a_young_role_has(
    runs: Deployments, start: Start
) -> None:
    runs.trained(1)
    young = client_error(
        "ValidationException", "Could not assume role arn:aws:iam::123456789012:role/serving.", "CreateModel"
    )
    waiting_since, handler = time.time() - 5 * 3600, start("deploy_endpoint").handler
    runs.stack.sagemaker.refuse("create_model", young)
    assert handler(batch(record(_ended(FIRST), waiting_since=waiting_since)), CONTEXT) == ALL_DONE
    (sent,) = runs.stack.sent(runs.stack.deploy_queue)
    assert (sent.event, sent.waiting_since, runs.said()) == (_ended(FIRST), str(int(waiting_since)), [])
    runs.stack.sagemaker.refuse("create_model", young)
    handler(batch(record(_ended(FIRST), 2, waiting_since, patience_since=time.time() - 690)), CONTEXT)
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"]) == ("ModelHeldBack", "waited")
    assert said["reason"].startswith("it has waited for 11 minutes: CreateModel to pass (ValidationException")
    assert runs.stack.sent(runs.stack.deploy_queue) == []


def test_a_look_that_has_waited_for_too_long_is_told_and_acknowledged(runs: Deployments, start: Start) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.messages(runs.stack.confirm_queue)
    runs.stack.sagemaker.now = runs.now
    runs.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = "SystemUpdating"
    waiting = record(LOOK, waiting_since=time.time() - FULL_DAY)
    assert start("confirm_endpoint").handler(batch(waiting), CONTEXT) == ALL_DONE
    assert runs.said() == ["ModelHeldBack"]
    (sent,) = runs.stack.sent(runs.stack.confirm_queue)  # until SageMaker lets go of what is to be removed
    assert (sent.event, runs.row.state, runs.row.candidate) == (LOOK, State.NONE, ENDPOINT)


def test_what_cannot_even_be_given_up_now_waits_on(runs: Deployments, start: Start) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.messages(runs.stack.confirm_queue)
    waiting, since = CheckEndpoint(SECOND).event("ebb"), int(time.time()) - FULL_DAY
    assert start("confirm_endpoint").handler(batch(record(waiting, waiting_since=since)), CONTEXT) == ALL_DONE
    (sent,) = runs.stack.sent(runs.stack.confirm_queue)
    assert (sent.event, sent.waiting_since) == (waiting, str(since))
    assert runs.said() == ["ModelHeldBack"]
    runs.stack.sagemaker.settle(SECOND)
    start("confirm_endpoint").handler(batch(record(waiting, waiting_since=since)), CONTEXT)
    assert (runs.said(), runs.row.candidate) == ([], "")


def test_a_request_to_retry_comes_through_the_same_door(runs: Deployments, start: Start) -> None:
    runs.trained(1)
    runs.stack.ledger.record_run("abalone", FIRST, "rolled-back", runs.now)
    handler = start("deploy_endpoint").handler
    handler(batch(record(_ended(FIRST))), CONTEXT)
    assert runs.stack.sagemaker.endpoints == {}
    handler(batch(record(_asked("Retry", run=FIRST))), CONTEXT)
    assert runs.served() == FIRST


def test_a_wake_waits_in_its_own_queue_until_there_is_room(runs: Deployments, start: Start) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.stack.sagemaker.max_endpoints = 1
    runs.stack.sagemaker.create_endpoint(EndpointName="theirs", EndpointConfigName=FIRST, Tags=[])
    handler = start("deploy_endpoint").handler
    assert handler(batch(record(_asked("Wake", by="predict"))), CONTEXT) == ALL_DONE
    (sent,) = runs.stack.sent(runs.stack.deploy_queue)
    assert sent.event == _asked("Wake", by="predict")
    assert "Maximum number of serverless endpoints" in runs.row.blocked_by
    runs.stack.sagemaker.max_endpoints = 2
    handler(batch(record(sent.event, waiting_since=time.time() - 60)), CONTEXT)
    assert (runs.row.blocked_by, ENDPOINT in runs.stack.sagemaker.endpoints) == ("", True)


@pytest.mark.parametrize("event", [_asked("Keep", until="for ever"), _asked("Wakeup")])
def test_a_request_that_is_none_is_told_and_acknowledged(
    runs: Deployments, start: Start, event: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = start("deploy_endpoint").handler
    assert handler(batch(record(event)), CONTEXT) == ALL_DONE
    assert '"outcome":"refused request"' in capsys.readouterr().out
    assert (runs.stack.sent(runs.stack.deploy_queue), runs.said()) == ([], ["RequestRefused"])
    assert runs.stack.sagemaker.calls == []


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("deploy_endpoint", LOOK),
        ("confirm_endpoint", CHANGE),
        ("confirm_endpoint", _asked("Retry", run=FIRST)),
    ],
)
def test_a_message_that_nobody_understands_fails_and_changes_nothing(
    runs: Deployments, start: Start, function: str, event: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match=r"does not understand|EndpointName"):
        start(function).handler(batch(record(event)), CONTEXT)
    assert (runs.said(), runs.stack.sagemaker.calls) == ([], [])


def test_cut_off_between_decision_and_announcement_it_is_said_by_the_next_attempt(
    runs: Deployments, start: Start
) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.messages(runs.stack.confirm_queue)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.now -= BEING_TOLD
    with runs.stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        runs.confirm()
    assert (runs.row.live_run, runs.row.busy, runs.said()) == (FIRST, False, [])
    handler = start("confirm_endpoint").handler
    for _ in range(2):
        handler(batch(record(LOOK)), CONTEXT)
    assert (runs.said(), runs.stage(1), runs.row.pending) == (["EndpointLive"], "live", None)


def test_the_next_run_says_what_the_last_one_could_not(runs: Deployments) -> None:
    runs.was_live(1)
    ended = runs.trained(2)
    runs.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    runs.deploying.work_on(ended)
    runs.stack.sagemaker.settle(SECOND)
    with runs.stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        runs.confirm(SECOND)
    newer = runs.trained(3)
    with pytest.raises(WaitError, match="just being told"):
        runs.deploying.work_on(newer)
    runs.now += BEING_TOLD
    with pytest.raises(WaitError, match="still to be removed"):
        runs.deploying.work_on(newer)
    assert (runs.said(), runs.stage(2)) == (["ModelHeldBack"], "held-back")


def test_what_another_attempt_decided_first_is_not_said_twice(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.sagemaker.settle(ENDPOINT)
    slow, row = runs.deploying.context.outbox, runs.row
    runs.confirm()
    assert runs.said() == ["EndpointLive"]
    tested = {"metric": None, "reported": None, "measured": None, "tolerance": None, "rows": 1}
    seconds = {"cold_seconds": 1.0, "warm_seconds": 1.0}
    with pytest.raises(Exception, match="another attempt was quicker"):
        slow.write(transitions.live(row, slow.now, ENDPOINT, tested | seconds))
    assert runs.said() == []
