"""Live means: in service, on the config that is wanted, and answering as the model that was trained."""

import datetime as dt

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from ebb.messaging.messages import CheckEndpoint
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_runtime import model_error
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.sagemaker_store import not_authorized
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
LATER = dt.timedelta(hours=2, minutes=1)


def _deployed(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.stack.messages(runs.stack.confirm_queue)


def test_the_announcement_tells_what_the_smoke_test_found(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.confirm()
    (said,) = runs.stack.announcements()
    assert (said["endpoint"], said["config"], said["replaced"], said["direct"]) == (ENDPOINT, FIRST, None, False)
    smoke = said["smoke"]
    assert (smoke["metric"], smoke["reported"], smoke["rows"]) == ("validation:rmse", 2.1, 20)
    assert (smoke["measured"], smoke["tolerance"]) == (pytest.approx(2.1), pytest.approx(0.21))
    latest = runs.stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"], latest["sentence"]) == (FIRST, "live", said["sentence"])
    tags = runs.stack.sagemaker.tags[runs.stack.sagemaker.arn("endpoint-config", FIRST)]
    assert tags["ebb:live"] == "2026-11-22T16:00:00Z"


def test_the_announcement_and_the_row_say_what_is_predicted(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.confirm()
    (said,) = runs.stack.announcements()
    assert " It predicts column 0, a number. " in said["sentence"]
    assert "no better than" not in said["sentence"]
    assert runs.row.predicts == "predicts column 0, a number"


def test_a_model_that_is_no_better_than_the_mean_says_so(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1, error=40.0))
    runs.stack.messages(runs.stack.confirm_queue)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.confirm()
    (said,) = runs.stack.announcements()
    assert (
        "On 20 held-out rows it is no better than always answering their mean, 9.5: does the file" in said["sentence"]
    )


@pytest.mark.parametrize("status", ["Creating", "SystemUpdating", "Updating"])
def test_an_endpoint_in_between_is_waited_for(runs: Deployments, status: str) -> None:
    _deployed(runs)
    runs.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = status
    with pytest.raises(WaitError, match=f"{ENDPOINT} is {status}"):
        runs.confirm()
    assert runs.stack.runtime.calls == []


@pytest.mark.parametrize("twice", [ENDPOINT, SECOND])
def test_the_same_look_twice_tells_nothing_twice(runs: Deployments, twice: str) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.calm()
    assert runs.said() == ["EndpointLive"]
    calls = len(runs.stack.runtime.calls)
    runs.confirm(twice)
    assert (runs.said(), runs.row.live_run, len(runs.stack.runtime.calls)) == ([], SECOND, calls)


def test_a_first_run_that_answers_wrongly_is_removed_and_held_back(runs: Deployments) -> None:
    ended = runs.trained(1)
    runs.answers(FIRST, lambda rows: ["7.0" for _ in rows])
    runs.deploying.work_on(ended)
    runs.calm()
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "smoke_test", None)
    sagemaker = runs.stack.sagemaker
    assert (sagemaker.endpoints, list(sagemaker.models)) == ({}, [FIRST])
    assert "ebb:held-back" in sagemaker.tags[sagemaker.arn("model", FIRST)]
    assert (runs.row.state, runs.row.candidate, runs.row.wanted, runs.stage(1)) == (State.NONE, "", None, "held-back")


def test_a_first_creation_that_failed_is_removed_and_told(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.settle(ENDPOINT, "Failed", reason="no space left")
    assert runs.confirm()["outcome"] == "none"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"]) == ("ModelHeldBack", "endpoint_failed")
    assert "no space left" in said["reason"]
    runs.calm()
    assert runs.stack.sagemaker.endpoints == {}
    runs.goes_live(2)


def test_a_creation_that_never_ends_is_broken_and_left_for_a_person(runs: Deployments) -> None:
    _deployed(runs)
    runs.now += LATER
    assert runs.confirm()["outcome"] == "broken"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["endpoint"]) == ("EndpointBroken", ENDPOINT)
    assert "Creating" in said["reason"]
    assert runs.stack.sagemaker.called("delete_endpoint") == []
    assert runs.row.state is State.BROKEN
    assert runs.confirm()["outcome"] == "nothing to confirm"
    assert runs.said() == []


def test_a_creation_that_had_to_wait_for_room_is_not_stuck_from_the_start(runs: Deployments) -> None:
    ended = runs.trained(1)
    runs.stack.sagemaker.max_endpoints = 0
    runs.stack.sagemaker.refuse("create_endpoint", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(WaitError):
        runs.deploying.work_on(ended)
    runs.stack.sagemaker.max_endpoints = None
    runs.now += LATER
    runs.stack.sagemaker.now = runs.now
    runs.deploying.work_on(ended)
    with pytest.raises(WaitError, match=f"{ENDPOINT} is Creating"):
        runs.confirm()


def test_a_candidate_that_never_ends_is_held_back_and_removed_when_it_lets_itself_be(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.now += LATER
    with pytest.raises(WaitError, match="in-progress"):
        runs.confirm(SECOND)
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "stuck", FIRST)
    runs.calm()
    assert (list(runs.stack.sagemaker.endpoints), runs.row.candidate, runs.row.live_run) == ([ENDPOINT], "", FIRST)
    assert runs.said() == []


def test_a_container_that_does_not_answer_yet_is_waited_for(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.stack.runtime.refuse(model_error(500, "worker timeout"))
    with pytest.raises(WaitError, match="worker timeout"):
        runs.confirm()
    assert runs.confirm()["outcome"] == "live"


def test_a_model_that_refuses_its_own_rows_is_held_back(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.settle(ENDPOINT)
    runs.stack.runtime.refuse(model_error(400, "Unable to evaluate payload"))
    runs.confirm()
    (said,) = runs.stack.announcements()
    assert said["code"] == "smoke_test"
    assert "Unable to evaluate payload" in said["reason"]


def test_what_was_never_asked_for_is_asked_for_again(runs: Deployments) -> None:
    _deployed(runs)
    runs.stack.sagemaker.endpoints.clear()
    with pytest.raises(WaitError, match="has not been changed yet"):
        runs.confirm()
    (change,) = runs.stack.messages(runs.stack.deploy_queue)
    assert change["detail"] == {"stack": "ebb", "model": "abalone"}


@pytest.mark.parametrize("name", ["made-by-hand", "ebb-Abalone", "ebbtide-abalone"])
def test_an_endpoint_that_is_not_named_like_ours_is_ignored_without_a_call(runs: Deployments, name: str) -> None:
    assert runs.confirm(name) == {"outcome": "not ours", "endpoint": name}
    assert runs.stack.sagemaker.calls == []


def test_an_event_of_somebody_elses_endpoint_by_our_prefix_is_ignored(runs: Deployments) -> None:
    sagemaker = runs.stack.sagemaker
    sagemaker.create_model(ModelName="theirs")
    variant = {"VariantName": "theirs", "ModelName": "theirs"}
    sagemaker.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="theirs")
    sagemaker.refuse("describe_endpoint", not_authorized("DescribeEndpoint", sagemaker.arn("endpoint", ENDPOINT)))
    assert runs.confirm()["outcome"] == "not ours"
    assert (runs.said(), list(sagemaker.endpoints)) == ([], [ENDPOINT])


def test_waiting_for_too_long_ends_with_an_announcement(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    assert (
        runs.confirming.give_up(CheckEndpoint(SECOND), "it has waited for 24 hours: it never answers")["outcome"]
        == "given up"
    )
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "waited", FIRST)
    assert "24 hours: it never answers" in said["reason"]
    assert (list(runs.row.candidate), runs.row.state, runs.stage(2)) == ([], State.LIVE, "held-back")


def test_a_look_that_is_given_up_ends_nothing_but_what_it_was_about(runs: Deployments) -> None:
    runs.was_live(2)
    runs.deploying.work_on(runs.trained(3))
    runs.confirming.give_up(CheckEndpoint(FIRST), f"{FIRST} cannot be deleted")
    assert runs.said() == []
    assert runs.row.busy
