"""What slept is woken from the config that was kept, in one call; and every way in which that may be met."""

import datetime as dt
from dataclasses import replace

import pytest

from ebb.deploy_endpoint.requests.wake import wake
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State, Wanted
from ebb.messaging.requests import Request
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
WAKE = Request("Wake", ModelName("abalone"), by="predict")


@pytest.fixture
def asleep(runs: Deployments) -> Deployments:
    runs.was_live(1)
    runs.falls_asleep()
    return runs


def test_one_call_wakes_it_and_it_is_as_it_was(asleep: Deployments) -> None:
    slept, since = asleep.row, asleep.row.since
    assert asleep.deploying.work_on(WAKE)["outcome"] == "created"
    assert asleep.stack.sagemaker.calls == [("list_tags", FIRST), ("create_endpoint", ENDPOINT)]
    row = asleep.row
    assert (row.state, row.wanted and row.wanted.reason, row.wanted and row.wanted.config) == (
        State.WAKING,
        Reason.WAKE,
        FIRST,
    )
    (said,) = asleep.stack.announcements()
    assert (said["name"], said["by"], said["rebuilt"], said["since_asleep"]) == (
        "EndpointWaking",
        "predict",
        False,
        since or None,
    )
    asleep.calm()
    (said,) = asleep.stack.announcements()
    assert (said["name"], said["woken"], said["replaced"]) == ("EndpointLive", True, None)
    assert (asleep.row.state, asleep.row.live_config, asleep.served()) == (State.LIVE, slept.live_config, FIRST)
    assert asleep.stack.sagemaker.called("create_training_job") == []


def test_a_persons_word_is_on_the_endpoint_again(asleep: Deployments) -> None:
    sagemaker = asleep.stack.sagemaker
    config = sagemaker.arn("endpoint-config", FIRST)
    sagemaker.tags[config]["ebb:keep"] = "2026-12-24T18:00:00Z"
    asleep.deploying.work_on(WAKE)
    tags = {"ebb:stack": "ebb", "ebb:model": "abalone", "ebb:keep": "2026-12-24T18:00:00Z"}
    assert sagemaker.tags[sagemaker.arn("endpoint", ENDPOINT)] == tags


def test_twice_it_is_created_and_said_once(asleep: Deployments) -> None:
    assert asleep.deploying.work_on(WAKE)["outcome"] == "created"
    assert asleep.deploying.work_on(WAKE)["outcome"] == "asked for already"
    asleep.calm()
    assert asleep.said() == ["EndpointWaking", "EndpointLive"]
    assert asleep.deploying.work_on(WAKE) == {"outcome": "already awake", "endpoint": ENDPOINT}


def test_of_two_at_the_same_moment_one_looks_again(asleep: Deployments) -> None:
    row = asleep.row
    asleep.deploying.work_on(WAKE)
    with pytest.raises(ConflictError):
        wake(asleep.deploying.context, row, WAKE)
    assert asleep.said() == ["EndpointWaking"]


def test_a_model_that_never_was_is_none(runs: Deployments) -> None:
    assert runs.deploying.work_on(WAKE) == {"outcome": "no such model", "model": "abalone"}
    assert (runs.row.version, runs.said()) == (0, [])


def test_a_model_whose_first_run_is_on_its_way_is_on_its_way(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1))
    assert runs.deploying.work_on(WAKE)["outcome"] == "on its way"


def test_a_lost_row_is_found_again(asleep: Deployments) -> None:
    asleep.loses_its_row()
    assert asleep.deploying.work_on(WAKE)["outcome"] == "created"
    asleep.calm()
    assert (asleep.row.state, asleep.row.live_run) == (State.LIVE, FIRST)


def test_what_somebody_has_deleted_by_hand_is_woken_too(runs: Deployments) -> None:
    runs.was_live(1)
    del runs.stack.sagemaker.endpoints[ENDPOINT]
    assert runs.deploying.work_on(WAKE)["outcome"] == "created"
    runs.calm()
    assert (runs.row.state, runs.said()) == (State.LIVE, ["EndpointWaking", "EndpointLive"])


def _falling_asleep(runs: Deployments) -> None:
    runs.was_live(1)
    sleep = Wanted("", Reason.SLEEP, runs.now, State.LIVE)
    runs.stack.ledger.write_endpoint(runs.row.wants(sleep, State.ASLEEP))


def test_while_it_is_being_deleted_it_waits_for_that(runs: Deployments) -> None:
    _falling_asleep(runs)
    runs.stack.sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    for _ in range(2):
        with pytest.raises(WaitError, match=f"{ENDPOINT} is Deleting"):
            runs.deploying.work_on(WAKE)
    assert (runs.row.state, runs.said()) == (State.WAKING, ["EndpointWaking"])
    runs.stack.sagemaker.settle(ENDPOINT)
    assert runs.deploying.work_on(WAKE)["outcome"] == "created"
    runs.calm()
    assert (runs.row.state, runs.served()) == (State.LIVE, FIRST)


def test_what_was_only_about_to_be_deleted_stays(runs: Deployments) -> None:
    _falling_asleep(runs)
    assert runs.deploying.work_on(WAKE)["outcome"] == "asked for already"
    runs.calm()
    assert (runs.row.state, runs.said()) == (State.LIVE, ["EndpointWaking", "EndpointLive"])


def test_while_a_new_run_is_tried_it_waits_for_how_that_ends(asleep: Deployments) -> None:
    ended = asleep.trained(2)
    asleep.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    asleep.deploying.work_on(ended)
    with pytest.raises(WaitError, match=f"{SECOND} is on its way"):
        asleep.deploying.work_on(WAKE)
    asleep.calm()
    assert (asleep.row.state, asleep.said()) == (State.ASLEEP, ["ModelHeldBack"])
    assert asleep.deploying.work_on(WAKE)["outcome"] == "created"


def test_while_a_new_run_takes_the_place_of_one_that_answers_nothing_is_to_be_done(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    assert runs.deploying.work_on(WAKE)["outcome"] == "on its way"
    assert runs.stack.sagemaker.endpoints.keys() == {ENDPOINT, SECOND}


def test_a_run_that_ends_while_it_wakes_waits(asleep: Deployments) -> None:
    asleep.deploying.work_on(WAKE)
    with pytest.raises(WaitError, match=f"{FIRST} is on its way"):
        asleep.deploying.work_on(asleep.trained(2))


def test_an_old_event_of_its_own_run_goes_on_with_the_wake(asleep: Deployments) -> None:
    ended = asleep.stack.sagemaker.jobs[FIRST]["TrainingJobArn"]
    asleep.deploying.work_on(WAKE)
    outcome = asleep.deploying.work_on(replace(asleep.trained(2), job=FIRST, arn=ended))
    assert outcome["outcome"] == "asked for already"


def test_the_name_taken_by_somebody_else_is_never_touched(asleep: Deployments) -> None:
    sagemaker = asleep.stack.sagemaker
    tags = [{"Key": "ebb:stack", "Value": "other"}]
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=FIRST, Tags=tags)
    sagemaker.refuse("describe_endpoint", client_error("AccessDeniedException", "not authorized"))
    assert asleep.deploying.work_on(WAKE)["outcome"] == "broken"
    assert "somebody else's" in asleep.stack.announcements()[-1]["reason"]
    assert sagemaker.called("delete_endpoint") == []


@pytest.mark.parametrize("again", [WAKE, Request("Retry", ModelName("abalone"), run=FIRST)])
def test_a_creation_that_fails_is_told_and_can_be_tried_again(asleep: Deployments, again: Request) -> None:
    asleep.deploying.work_on(WAKE)
    asleep.now += dt.timedelta(minutes=4)
    asleep.stack.sagemaker.now = asleep.now
    asleep.stack.sagemaker.settle(ENDPOINT, "Failed", reason="It did not answer the ping.")
    asleep.calm()
    waking, broken = asleep.stack.announcements()
    assert (waking["name"], broken["name"], broken["run"]) == ("EndpointWaking", "EndpointBroken", FIRST)
    assert "could not be woken: its status is Failed: It did not answer the ping. Its log" in broken["sentence"]
    assert (asleep.row.state, asleep.row.wanted and asleep.row.wanted.reason) == (State.BROKEN, Reason.WAKE)
    with pytest.raises(WaitError, match="Failed"):
        asleep.deploying.work_on(again)
    assert asleep.row.wanted
    assert (asleep.row.state, asleep.row.wanted.attempt) == (State.WAKING, 2)
    asleep.stack.clients.sqs.send_message(QueueUrl=asleep.stack.deploy_queue, MessageBody=_change())
    asleep.calm()
    assert (asleep.row.state, asleep.served()) == (State.LIVE, FIRST)
    assert asleep.said() == ["EndpointWaking", "EndpointLive"]


def test_a_smoke_test_that_fails_is_told_and_the_endpoint_left_as_it_is(asleep: Deployments) -> None:
    asleep.answers(FIRST, lambda rows: ["7.0" for _ in rows])
    asleep.deploying.work_on(WAKE)
    asleep.calm()
    assert (asleep.row.state, asleep.said()) == (State.BROKEN, ["EndpointWaking", "EndpointBroken"])
    assert asleep.served() == FIRST


def _change() -> str:
    return '{"source": "ebb.change", "detail-type": "Apply Change", "detail": {"stack": "ebb", "model": "abalone"}}'
