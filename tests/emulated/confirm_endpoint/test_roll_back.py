"""An update that fails, loudly or in silence, or that answers wrongly, ends on the last live config: tried once."""

import pytest
from botocore.exceptions import ClientError

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.messages import ApplyChange
from ebb.messaging.requests import RETRY, Request
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
CHANGE = ApplyChange(ModelName("abalone"))


@pytest.fixture
def promoted(runs: Deployments) -> Deployments:
    """The second run is proven; the endpoint is still to be updated."""
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    assert runs.confirm(SECOND)["outcome"] == "promoted"
    return runs


@pytest.fixture
def updating(promoted: Deployments) -> Deployments:
    assert promoted.deploying.work_on(CHANGE)["outcome"] == "updated"
    return promoted


def _constant(runs: Deployments, *configs: str) -> None:
    for config in configs:
        runs.answers(config, lambda rows: ["7.0" for _ in rows])


def _assert_first_is_live(runs: Deployments) -> None:
    assert (runs.row.state, runs.row.live_run, runs.row.wanted, runs.row.candidate) == (State.LIVE, FIRST, None, "")
    assert (runs.served(), list(runs.stack.sagemaker.endpoints), runs.stage(2)) == (FIRST, [ENDPOINT], "rolled-back")


@pytest.mark.parametrize(
    ("reason", "told"), [(None, "SageMaker gave no reason"), ("it did not pass the ping", "it did not pass the ping")]
)
def test_an_update_that_sagemaker_took_back_is_told(updating: Deployments, reason: str | None, told: str) -> None:
    updating.stack.sagemaker.settle(ENDPOINT, rolled_back=True, reason=reason)
    assert updating.confirm()["outcome"] == "rolled back"
    (said,) = updating.stack.announcements()
    assert (said["name"], said["by"], said["live_run"], said["run"]) == (
        "EndpointRolledBack",
        "sagemaker",
        FIRST,
        SECOND,
    )
    assert said["reason"] == told
    updating.calm()
    _assert_first_is_live(updating)
    assert len(updating.stack.sagemaker.called("update_endpoint")) == 1


def test_an_update_that_was_not_asked_for_yet_is_not_one_that_was_taken_back(promoted: Deployments) -> None:
    with pytest.raises(WaitError, match="has not been changed yet"):
        promoted.confirm()
    assert promoted.said() == []
    promoted.calm()
    assert promoted.row.live_run == SECOND


def test_an_update_whose_answer_was_lost_and_that_was_taken_back_is_not_asked_for_again(promoted: Deployments) -> None:
    promoted.stack.sagemaker.lose("update_endpoint", client_error("InternalFailure", "try again"))
    with pytest.raises(ClientError, match="try again"):
        promoted.deploying.work_on(CHANGE)
    promoted.stack.sagemaker.settle(ENDPOINT, rolled_back=True)
    assert promoted.deploying.work_on(CHANGE)["outcome"] == "asked for already"
    promoted.calm()
    assert promoted.said() == ["EndpointRolledBack"]
    _assert_first_is_live(promoted)
    assert len(promoted.stack.sagemaker.called("update_endpoint")) == 1


def test_the_same_change_twice_updates_once(promoted: Deployments) -> None:
    assert promoted.deploying.work_on(CHANGE)["outcome"] == "updated"
    assert promoted.deploying.work_on(CHANGE)["outcome"] == "asked for already"
    promoted.calm()
    assert promoted.deploying.work_on(CHANGE) == {"outcome": "nothing wanted", "model": "abalone"}
    assert (promoted.row.live_run, promoted.said()) == (SECOND, ["EndpointLive"])
    assert len(promoted.stack.sagemaker.called("update_endpoint")) == 1


def test_an_update_that_could_not_even_be_taken_back_is_repaired(updating: Deployments) -> None:
    updating.stack.sagemaker.settle(ENDPOINT, "UpdateRollbackFailed", reason="the image is gone")
    assert updating.confirm()["outcome"] == "to be rolled back"
    assert updating.row.wanted
    assert (updating.row.wanted.reason, updating.row.wanted.config) == (Reason.ROLLBACK, FIRST)
    updating.calm()
    (said,) = updating.stack.announcements()
    assert (said["name"], said["by"]) == ("EndpointRolledBack", "ebb")
    assert "UpdateRollbackFailed: the image is gone" in said["reason"]
    _assert_first_is_live(updating)


def test_a_promoted_run_that_answers_wrongly_is_taken_back(updating: Deployments) -> None:
    _constant(updating, SECOND)
    updating.calm()
    (said,) = updating.stack.announcements()
    assert (said["name"], said["by"], said["run"], said["live_run"]) == ("EndpointRolledBack", "ebb", SECOND, FIRST)
    assert "same answer" in said["reason"]
    _assert_first_is_live(updating)
    sagemaker = updating.stack.sagemaker
    assert sagemaker.called("update_endpoint") == [ENDPOINT, ENDPOINT]
    assert "ebb:live" not in sagemaker.tags[sagemaker.arn("endpoint-config", SECOND)]


def test_what_was_taken_back_is_not_tried_again_by_itself(updating: Deployments) -> None:
    _constant(updating, SECOND)
    updating.calm()
    again = updating.deploying.work_on(Request(RETRY, ModelName("abalone"), run=SECOND))
    assert again["outcome"] == "candidate created"
    updating.calm()
    assert updating.said() == ["EndpointRolledBack", "ModelHeldBack"]
    assert (updating.served(), updating.row.live_run) == (FIRST, FIRST)


def test_a_roll_back_that_answers_wrongly_too_is_broken_and_left_for_a_person(updating: Deployments) -> None:
    _constant(updating, FIRST, SECOND)
    updating.calm()
    (said,) = updating.stack.announcements()
    assert (said["name"], said["run"], said["endpoint"]) == ("EndpointBroken", SECOND, ENDPOINT)
    assert "and then" in said["reason"]
    assert (updating.row.state, updating.row.live_run, updating.stage(2)) == (State.BROKEN, FIRST, "rolled-back")
    updates = updating.stack.sagemaker.called("update_endpoint")
    updating.confirm()
    updating.calm()
    assert (updating.said(), updating.stack.sagemaker.called("update_endpoint")) == ([], updates)


def test_a_roll_back_that_sagemaker_takes_back_is_broken(updating: Deployments) -> None:
    _constant(updating, SECOND)
    updating.stack.sagemaker.settle(ENDPOINT)
    assert updating.confirm()["outcome"] == "to be rolled back"
    assert updating.deploying.work_on(CHANGE)["outcome"] == "updated"
    updating.stack.sagemaker.settle(ENDPOINT, rolled_back=True)
    assert updating.confirm()["outcome"] == "broken"
    assert updating.said() == ["EndpointBroken"]


def test_a_broken_endpoint_is_repaired_by_the_next_run(updating: Deployments) -> None:
    _constant(updating, FIRST, SECOND)
    updating.calm()
    updating.goes_live(3)
    assert updating.row.state is State.LIVE


def test_a_direct_update_that_answers_wrongly_is_taken_back(runs: Deployments) -> None:
    runs.was_live(1)
    runs.stack.sagemaker.max_endpoints = 1
    ended = runs.trained(2)
    _constant(runs, SECOND)
    runs.deploying.work_on(ended)
    runs.calm()
    assert runs.said() == ["EndpointRolledBack"]
    _assert_first_is_live(runs)


def test_an_endpoint_that_slept_and_cannot_be_made_anew_sleeps_on(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    runs.confirm(SECOND)
    assert runs.deploying.work_on(CHANGE)["outcome"] == "created"
    runs.stack.sagemaker.settle(ENDPOINT, "Failed", reason="no capacity")
    runs.confirm()
    (said,) = runs.stack.announcements()
    assert (said["name"], said["by"]) == ("EndpointRolledBack", "ebb")
    runs.calm()
    assert (runs.row.state, runs.row.live_run, runs.row.candidate) == (State.ASLEEP, FIRST, "")
    assert runs.stack.sagemaker.endpoints == {}


def test_an_update_that_sagemaker_does_not_take_holds_the_run_back(promoted: Deployments) -> None:
    refused = client_error("ValidationException", "The memory size is not supported.")
    promoted.stack.sagemaker.refuse("update_endpoint", refused)
    promoted.calm()
    (said,) = promoted.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "endpoint_failed", FIRST)
    assert (promoted.row.state, promoted.row.wanted, promoted.served()) == (State.LIVE, None, FIRST)


def test_a_roll_back_that_waits_for_too_long_is_broken(updating: Deployments) -> None:
    _constant(updating, SECOND)
    updating.stack.sagemaker.settle(ENDPOINT)
    updating.confirm()
    assert updating.deploying.give_up(CHANGE, "it has waited for 24 hours: Rate exceeded")["outcome"] == "given up"
    (said,) = updating.stack.announcements()
    assert (said["name"], said["run"]) == ("EndpointBroken", SECOND)
    assert "24 hours: Rate exceeded" in said["reason"]
