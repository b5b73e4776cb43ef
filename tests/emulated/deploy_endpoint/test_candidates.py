"""A run of a model that is live already is tried behind an endpoint of its own first; nobody calls that one."""

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Reason
from ebb.messaging.messages import ApplyChange
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.stack import ENDPOINT

FIRST, SECOND, THIRD = run_named(1), run_named(2), run_named(3)
CHANGE = ApplyChange(ModelName("abalone"))
COMPARED = "[gate]\nmetric = 'validation:rmse'\nno_worse_than_live = 0.1"


def test_a_candidate_is_an_endpoint_named_like_the_run_and_tagged_as_one(runs: Deployments) -> None:
    runs.was_live(1)
    outcome = runs.deploying.work_on(runs.trained(2))
    assert (outcome["outcome"], outcome["endpoint"]) == ("candidate created", SECOND)
    sagemaker = runs.stack.sagemaker
    assert sagemaker.tags[sagemaker.arn("endpoint", SECOND)] == {
        "ebb:stack": "ebb",
        "ebb:model": "abalone",
        "ebb:role": "candidate",
        "ebb:run": SECOND,
    }
    assert (runs.served(), runs.stage(2), runs.row.candidate) == (FIRST, "candidate", SECOND)


def test_proven_it_is_promoted_proven_again_and_removed(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    sagemaker = runs.stack.sagemaker
    sagemaker.settle(SECOND)
    assert runs.confirm(SECOND)["outcome"] == "promoted"
    assert runs.said() == []
    assert runs.deploying.work_on(CHANGE)["outcome"] == "updated"
    assert SECOND in sagemaker.endpoints
    sagemaker.settle(ENDPOINT)
    assert runs.confirm()["outcome"] == "live"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["replaced"], said["direct"]) == ("EndpointLive", FIRST, False)
    assert (runs.stage(1), runs.stage(2)) == ("superseded", "live")
    assert (runs.row.live_run, runs.row.previous_run, runs.row.candidate) == (SECOND, FIRST, "")
    assert sagemaker.called("delete_endpoint") == [SECOND]
    assert {call.endpoint for call in runs.stack.runtime.calls} == {SECOND, ENDPOINT}


def test_the_endpoint_changes_only_after_the_candidate_is_proven(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    assert runs.confirm()["outcome"] == "waits for its candidate"
    with pytest.raises(WaitError, match=f"{SECOND} is Creating"):
        runs.confirm(SECOND)
    assert runs.stack.sagemaker.called("update_endpoint") == []


def test_one_that_answers_wrongly_is_held_back_and_removed(runs: Deployments) -> None:
    runs.was_live(1)
    ended = runs.trained(2)
    runs.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    runs.deploying.work_on(ended)
    runs.calm()
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "smoke_test", FIRST)
    assert "same answer" in said["reason"]
    sagemaker = runs.stack.sagemaker
    assert (runs.served(), list(sagemaker.endpoints), runs.stage(2)) == (FIRST, [ENDPOINT], "held-back")
    assert sagemaker.called("update_endpoint") == []
    assert "ebb:held-back" in sagemaker.tags[sagemaker.arn("model", SECOND)]
    assert {SECOND} < sagemaker.models.keys()


def test_one_that_cannot_be_created_is_held_back_with_sagemakers_reason(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND, "Failed", reason="The primary container did not pass the ping health check.")
    assert runs.confirm(SECOND)["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["code"], said["live_run"]) == ("endpoint_failed", FIRST)
    assert "did not pass the ping health check" in said["reason"]
    runs.calm()
    assert (runs.row.live_run, list(runs.stack.sagemaker.endpoints)) == (FIRST, [ENDPOINT])


def test_one_that_somebody_deleted_is_made_again(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    del runs.stack.sagemaker.endpoints[SECOND]
    runs.calm()
    assert runs.row.live_run == SECOND


def test_without_room_for_one_the_endpoint_is_updated_at_once_and_that_is_said(runs: Deployments) -> None:
    runs.was_live(1)
    runs.stack.sagemaker.max_endpoints = 1
    outcome = runs.deploying.work_on(runs.trained(2))
    assert outcome["outcome"] == "updated"
    assert "is 1, of which 1 in use" in outcome["no_candidate"]
    assert runs.row.wanted
    assert runs.row.wanted.reason is Reason.DIRECT
    runs.calm()
    (said,) = runs.stack.announcements()
    assert (said["name"], said["direct"], said["replaced"]) == ("EndpointLive", True, FIRST)
    assert "not tried beforehand" in said["sentence"]
    assert (runs.row.live_run, runs.row.candidate) == (SECOND, "")


def test_without_room_for_one_that_is_to_be_compared_it_waits(runs: Deployments) -> None:
    runs.was_live(1)
    runs.stack.sagemaker.max_endpoints = 1
    ended = runs.trained(2, COMPARED)
    with pytest.raises(WaitError, match="is 1, of which 1 in use"):
        runs.deploying.work_on(ended)
    assert runs.stack.sagemaker.called("update_endpoint") == []
    runs.stack.sagemaker.max_endpoints = 2
    runs.deploying.work_on(ended)
    runs.calm()
    assert runs.row.live_run == SECOND


def test_one_that_nobody_waits_for_is_removed(runs: Deployments) -> None:
    runs.was_live(2)
    config = {"EndpointName": FIRST, "EndpointConfigName": SECOND}
    runs.stack.sagemaker.create_endpoint(**config, Tags=[{"Key": "ebb:stack", "Value": "ebb"}])
    with pytest.raises(WaitError, match="in-progress"):
        runs.confirm(FIRST)
    runs.stack.sagemaker.settle(FIRST)
    assert runs.confirm(FIRST) == {"outcome": "removed", "endpoint": FIRST}
    runs.calm()
    assert list(runs.stack.sagemaker.endpoints) == [ENDPOINT]


def test_the_next_run_waits_until_the_last_candidate_is_gone(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND, "Failed")
    runs.stack.sagemaker.refuse("delete_endpoint", RuntimeError("the function died here"))
    with pytest.raises(RuntimeError):
        runs.confirm(SECOND)
    ended = runs.trained(3)
    with pytest.raises(WaitError, match=f"{SECOND} is still to be removed"):
        runs.deploying.work_on(ended)
    runs.calm()
    runs.deploying.work_on(ended)
    runs.calm()
    assert (runs.row.live_run, runs.served()) == (THIRD, THIRD)
    assert list(runs.stack.sagemaker.endpoints) == [ENDPOINT]
