"""Who asks a model that sleeps wakes it; who holds on is answered once it is awake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Reason, State, Wanted
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.predict.calls_of_predict import Caller, dataset_of
from tests.emulated.stack import ENDPOINT

WAKE = ("Wake", {"stack": "ebb", "model": "abalone", "by": "predict"})


@pytest.fixture
def caller(runs: Deployments) -> Caller:
    """Of a model that is live."""
    runs.was_live(1, dataset=dataset_of())
    return Caller(runs)


@pytest.fixture
def asleep(caller: Caller) -> Caller:
    caller.falls_asleep()
    return caller


def wanted(caller: Caller, reason: Reason, config: str = "") -> Wanted:
    return Wanted(config, reason, caller.now, State.ASLEEP)


def is_waking(caller: Caller) -> None:
    caller.row_becomes(state=State.WAKING, wanted=wanted(caller, Reason.WAKE, run_named(1)))


def is_live(caller: Caller) -> None:
    caller.row_becomes(state=State.LIVE, wanted=None)


def wakes(caller: Caller, created: float, in_service: float, confirmed: float) -> None:
    """What deploy_endpoint, SageMaker and confirm_endpoint do, and when."""
    steps: list[tuple[float, Callable[[], Any]]] = [
        (created, lambda: is_waking(caller)),
        (created, caller.is_created),
        (in_service, caller.is_in_service),
        (confirmed, lambda: is_live(caller)),
    ]
    caller.meanwhile += steps


def test_a_caller_who_does_not_hold_on_is_told_to_come_back(asleep: Caller) -> None:
    answer = asleep.predicts()
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "waking", "60")
    assert asleep.requests() == [WAKE]
    assert (asleep.slept, asleep.stack.runtime.calls) == ([], [])


def test_a_wake_is_asked_for_once_a_minute_however_many_call(asleep: Caller) -> None:
    for _ in range(5):
        asleep.predicts()
        asleep.seconds += 10
    assert asleep.requests() == [WAKE]
    asleep.seconds += 10
    asleep.predicts()
    assert asleep.requests() == [WAKE]


def test_who_holds_on_is_answered_when_it_is_awake(asleep: Caller) -> None:
    wakes(asleep, created=5, in_service=40, confirmed=100)
    answer = asleep.predicts(wait=60)
    assert (answer.status, answer.body["predictions"]) == (200, [5.1])
    assert 40 <= asleep.seconds < 45, "it was proven before: nobody has to wait for confirm_endpoint"
    assert asleep.requests() == [WAKE]
    assert [call.config for call in asleep.stack.runtime.calls] == [run_named(1)]


def test_who_holds_on_in_vain_is_told_so(asleep: Caller) -> None:
    wakes(asleep, created=5, in_service=300, confirmed=300)
    answer = asleep.predicts(wait=30)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (504, "still_asleep", "60")
    assert asleep.seconds == 30
    assert asleep.stack.runtime.calls == []


def test_nobody_holds_on_for_more_than_two_minutes(asleep: Caller) -> None:
    assert asleep.predicts(wait=1000).status == 504
    assert asleep.seconds == 120


def test_what_a_wake_waits_for_is_told(asleep: Caller) -> None:
    asleep.row_becomes(state=State.WAKING, wanted=wanted(asleep, Reason.WAKE, run_named(1)), blocked_by="No free slot.")
    answer = asleep.predicts()
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "no_slot", "60")
    assert "No free slot." in answer.message
    assert "No free slot." in asleep.predicts(wait=5).message
    assert asleep.requests() == []


def test_a_purged_model_is_woken_like_any_other(asleep: Caller) -> None:
    asleep.row_becomes(purged=True)
    del asleep.stack.sagemaker.configs[run_named(1)]
    assert asleep.predicts().code == "waking"
    assert asleep.requests() == [WAKE]


def test_a_waking_endpoint_that_is_in_service_is_asked_at_once(asleep: Caller) -> None:
    is_waking(asleep)
    asleep.is_created()
    assert asleep.predicts().code == "waking"
    asleep.is_in_service()
    assert asleep.predicts().status == 200
    assert asleep.requests() == []


def test_a_waking_endpoint_on_another_config_is_not_asked(asleep: Caller, runs: Deployments) -> None:
    is_waking(asleep)
    asleep.is_created()
    asleep.is_in_service()
    asleep.stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] = f"{run_named(1)}-2"
    assert asleep.predicts().code == "waking"
    assert asleep.stack.runtime.calls == []


def test_an_endpoint_that_is_gone_although_it_should_be_there_is_woken(caller: Caller) -> None:
    del caller.stack.sagemaker.endpoints[ENDPOINT]
    assert caller.predicts().code == "waking"
    assert caller.requests() == [WAKE]


def test_an_endpoint_on_its_way_to_sleep_still_answers(caller: Caller) -> None:
    caller.row_becomes(state=State.ASLEEP, wanted=wanted(caller, Reason.SLEEP))
    assert caller.predicts().status == 200
    assert caller.requests() == []


def test_an_endpoint_that_is_torn_down_while_it_is_called_is_woken_and_answers(caller: Caller) -> None:
    caller.row_becomes(state=State.ASLEEP, wanted=wanted(caller, Reason.SLEEP))
    caller.stack.sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    caller.meanwhile = [(10, caller.is_in_service)]  # its deletion ends
    wakes(caller, created=20, in_service=50, confirmed=100)
    answer = caller.predicts(wait=90)
    assert (answer.status, caller.requests()) == (200, [WAKE])


def test_a_lost_request_is_made_again_by_who_holds_on(caller: Caller) -> None:
    caller.falls_asleep()
    assert caller.stack.ledger.ask_once("abalone", "Wake", caller.now, dt.timedelta(seconds=60))
    wakes(caller, created=70, in_service=75, confirmed=80)
    assert caller.predicts(wait=100).status == 200
    assert caller.requests() == [WAKE]


def test_an_endpoint_that_is_not_ready_is_waited_for_and_nobody_is_asked(caller: Caller) -> None:
    for _ in range(3):
        caller.stack.runtime.refuse(client_error("ModelNotReadyException", "provisioning"))
    assert caller.predicts().code == "waking"
    assert caller.predicts(wait=30).status == 200
    assert caller.requests() == []


def test_a_model_that_breaks_while_it_is_woken_is_told_of(asleep: Caller) -> None:
    asleep.meanwhile = [(10, lambda: asleep.row_becomes(state=State.BROKEN))]
    assert asleep.predicts(wait=60).status == 409


def test_a_bad_body_wakes_nobody(asleep: Caller) -> None:
    assert asleep.predicts("{").status == 400
    assert asleep.predicts(content_type="text/plain").status == 415
    assert asleep.requests() == []


def test_a_request_that_the_bus_refuses_is_no_answer(asleep: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    monkeypatch.setattr(asleep.stack.clients.events, "put_events", lambda **_: refusing)
    with pytest.raises(Exception, match="the bus refused Wake"):
        asleep.predicts()


def test_other_errors_of_looking_escape(asleep: Caller) -> None:
    is_waking(asleep)
    asleep.stack.sagemaker.refuse("describe_endpoint", client_error("InternalFailure", "oops"))
    with pytest.raises(Exception, match="InternalFailure"):
        asleep.predicts()


def test_the_functions_wake_it_and_the_caller_is_answered(asleep: Caller, runs: Deployments) -> None:
    """Nothing of it is played here but SageMaker."""
    asleep.always = [asleep.the_functions_go_on]
    asleep.meanwhile = [(40, asleep.is_in_service)]
    answer = asleep.predicts(wait=60)
    assert (answer.status, answer.body["predictions"], asleep.seconds) == (200, [5.1], 42)
    assert runs.outcomes[0]["outcome"] not in ("no such model", "waits")
    assert (runs.row.state, runs.row.live_run) == (State.LIVE, run_named(1))


def test_the_functions_wake_what_was_just_torn_down(caller: Caller) -> None:
    caller.row_becomes(state=State.ASLEEP, wanted=wanted(caller, Reason.SLEEP))
    caller.stack.sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    caller.always = [caller.the_functions_go_on, caller.stack.sagemaker.settle_all]
    answer = caller.predicts(wait=60)
    assert (answer.status, answer.body["predictions"]) == (200, [5.1])


def test_who_holds_on_bears_that_it_is_busy_when_it_has_just_woken(asleep: Caller) -> None:
    """confirm_endpoint proves it meanwhile, and it takes one call at once."""
    wakes(asleep, created=5, in_service=40, confirmed=100)
    for _ in range(2):
        asleep.stack.runtime.refuse(client_error("ThrottlingException", "Rate exceeded"), ENDPOINT)
    answer = asleep.predicts(wait=120)
    assert (answer.status, len(asleep.stack.runtime.calls)) == (200, 3)


def test_who_does_not_hold_on_is_told_that_it_is_busy(caller: Caller) -> None:
    caller.stack.runtime.refuse(client_error("ThrottlingException", "Rate exceeded"), ENDPOINT)
    answer = caller.predicts()
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "throttled", "1")
