"""A person goes back to the run before: there and back, asleep or awake, and nothing that comes late undoes it."""

import datetime as dt
from dataclasses import replace

import pytest

from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.requests import Request
from ebb.names import ModelName
from ebb.times import iso
from tests.emulated.deployments import Deployments, off_by, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST, SECOND, THIRD, FOURTH = (run_named(number) for number in (1, 2, 3, 4))


def back(at: dt.datetime | None = None) -> Request:
    return Request("Rollback", ModelName("abalone"), at=at)


@pytest.fixture
def two(runs: Deployments) -> Deployments:
    """The third is live, the first was so before; the second is not trained yet."""
    for number in (1, 3):
        runs.was_live(number)
        runs.stack.upload(f"runs/abalone/{run_named(number)}/output/model.tar.gz", b"the model")
    return runs


def went_back(runs: Deployments) -> Deployments:
    runs.deploying.work_on(back())
    runs.calm()
    runs.stack.announcements()
    return runs


def test_the_run_before_is_proven_and_then_live(two: Deployments) -> None:
    assert two.deploying.work_on(back())["outcome"] == "updated"
    assert (two.row.wanted and two.row.wanted.reason, two.row.live_run) == (Reason.RETURN, THIRD)
    two.calm()
    row = two.row
    assert (row.state, row.live_run, row.live_config, row.previous_run) == (State.LIVE, FIRST, FIRST, THIRD)
    assert (two.served(), two.stage(1), two.stage(3)) == (FIRST, "live", "rolled-back")
    (said,) = two.stack.announcements()
    assert (said["name"], said["run"], said["live_run"], said["by"]) == (
        "EndpointRolledBack",
        THIRD,
        FIRST,
        "request",
    )
    latest = two.stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"]) == (THIRD, "rolled-back")


def test_there_and_back_again(two: Deployments) -> None:
    went_back(two)
    went_back(two)
    assert (two.row.live_run, two.row.previous_run, two.served()) == (THIRD, FIRST, THIRD)
    assert (two.stage(1), two.stage(3)) == ("rolled-back", "live")


def test_the_same_request_twice_does_not_lead_back(two: Deployments) -> None:
    asked = back(two.now)
    two.deploying.work_on(asked)
    assert two.deploying.work_on(asked)["outcome"] == "asked for already"
    two.calm()
    assert two.deploying.work_on(asked)["outcome"] == "out of date"
    assert (two.row.live_run, two.said()) == (FIRST, ["EndpointRolledBack"])


def test_asked_in_the_second_in_which_a_run_went_live_it_means_that_run(two: Deployments) -> None:
    """The bus tells whole seconds, and so does the ledger."""
    two.stack.ledger.write_endpoint(replace(two.row, superseded_at=two.now))
    two.deploying.work_on(back(two.now))
    two.calm()
    assert two.row.live_run == FIRST


def test_a_request_that_comes_after_the_next_run_meant_another(two: Deployments) -> None:
    asked = back(two.now)
    two.deploying.work_on(two.trained(4))
    with pytest.raises(WaitError, match=f"{FOURTH} is on its way"):
        two.deploying.work_on(asked)
    two.calm()
    assert two.deploying.work_on(asked)["outcome"] == "out of date"
    assert two.row.live_run == FOURTH


@pytest.mark.parametrize("number", [1, 3])
def test_an_event_of_a_run_that_was_decided_comes_late_and_undoes_nothing(two: Deployments, number: int) -> None:
    ended = two.stack.sagemaker.jobs[run_named(number)]
    went_back(two)
    event = replace(two.trained(2), job=run_named(number), arn=ended["TrainingJobArn"])
    assert two.deploying.work_on(event)["outcome"] == "already decided"
    assert (two.row.live_run, two.row.busy) == (FIRST, False)


def test_not_even_when_the_ledger_has_lost_what_became_of_it(two: Deployments) -> None:
    went_back(two)
    key = {"model": {"S": "abalone"}, "record": {"S": f"run#{THIRD}"}}
    two.stack.clients.dynamodb.delete_item(TableName=two.deploy_settings.ledger_table, Key=key)
    ended = replace(two.trained(2), job=THIRD, arn=two.stack.sagemaker.jobs[THIRD]["TrainingJobArn"])
    assert two.deploying.work_on(ended)["outcome"] == "already decided"
    assert two.stage(3) == "rolled-back"


def test_an_upload_between_the_two_is_newer_than_what_is_live_now(two: Deployments) -> None:
    """As if its training had ended in time: then the person would have gone back to it."""
    went_back(two)
    two.deploying.work_on(two.trained(2))
    two.calm()
    assert (two.row.live_run, two.row.previous_run, two.said()) == (SECOND, FIRST, ["EndpointLive"])


def test_an_upload_between_the_two_that_had_been_superseded_stays_so(two: Deployments) -> None:
    ended = two.trained(2)
    assert two.deploying.work_on(ended)["outcome"] == "superseded"
    went_back(two)
    assert two.deploying.work_on(ended)["outcome"] == "already decided"
    assert two.row.live_run == FIRST


def test_a_newer_upload_takes_its_place_as_usual(two: Deployments) -> None:
    went_back(two)
    two.deploying.work_on(two.trained(4))
    two.calm()
    assert (two.row.live_run, two.row.previous_run) == (FOURTH, FIRST)
    assert THIRD not in two.stack.sagemaker.models


def test_the_run_that_was_left_can_be_tried_again(two: Deployments) -> None:
    went_back(two)
    two.deploying.work_on(Request("Retry", ModelName("abalone"), run=THIRD))
    two.calm()
    assert (two.row.live_run, two.row.previous_run) == (THIRD, FIRST)


def test_a_lost_row_is_healed_to_what_the_person_chose(two: Deployments) -> None:
    went_back(two)
    two.loses_its_row()
    two.confirm(cleanup=True)
    assert (two.row.live_run, two.row.previous_run) == (FIRST, THIRD)


def test_what_sleeps_wakes_with_the_run_before(two: Deployments) -> None:
    two.falls_asleep()
    assert two.deploying.work_on(back())["outcome"] == "created"
    two.calm()
    assert (two.row.state, two.row.live_run, two.served()) == (State.LIVE, FIRST, FIRST)


def test_what_was_purged_is_built_anew(two: Deployments) -> None:
    for kind in ("EndpointConfig", "Model"):
        two.stack.sagemaker.delete(kind, FIRST)
    went_back(two)
    assert (two.row.live_run, two.served()) == (FIRST, FIRST)
    assert FIRST in two.stack.sagemaker.models


def test_of_several_configs_it_is_the_one_that_was_live_last(two: Deployments) -> None:
    sagemaker = two.stack.sagemaker
    tags = [{"Key": "ebb:stack", "Value": "ebb"}, {"Key": "ebb:live", "Value": iso(two.now)}]
    variant = {"VariantName": "v-0a1b2c3d", "ModelName": FIRST}
    for name, told in ((f"{FIRST}-2", tags), (f"{FIRST}-3", tags[:1])):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=told)
    two.answers(f"{FIRST}-2", off_by(2.1))
    went_back(two)
    assert (two.row.live_run, two.row.live_config, two.served()) == (FIRST, f"{FIRST}-2", f"{FIRST}-2")


def test_without_its_artifact_there_is_no_way_back_and_what_is_live_stays(two: Deployments) -> None:
    two.stack.s3.delete_object(Bucket=two.deploy_settings.bucket, Key=f"runs/abalone/{FIRST}/output/model.tar.gz")
    assert two.deploying.work_on(back())["outcome"] == "held back"
    (said,) = two.stack.announcements()
    assert (said["name"], said["run"], said["live_run"]) == ("ModelHeldBack", FIRST, THIRD)
    assert said["reason"].endswith("model.tar.gz is gone: upload again to train")
    assert (two.row.state, two.row.live_run, two.row.previous_run, two.served()) == (State.LIVE, THIRD, FIRST, THIRD)


def test_a_run_that_no_longer_answers_is_taken_back(two: Deployments) -> None:
    two.answers(FIRST, lambda rows: ["7.0" for _ in rows])
    two.deploying.work_on(back())
    two.calm()
    (said,) = two.stack.announcements()
    assert (said["name"], said["run"], said["live_run"], said["by"]) == ("EndpointRolledBack", FIRST, THIRD, "ebb")
    assert (two.row.state, two.row.live_run, two.served()) == (State.LIVE, THIRD, THIRD)


def test_an_update_that_sagemaker_refuses_leaves_what_is_live(two: Deployments) -> None:
    for _ in range(2):
        two.stack.sagemaker.refuse("update_endpoint", client_error("ValidationException", "No."))
    with pytest.raises(ConflictError):  # when it was last changed has just been noted
        two.deploying.work_on(back())
    assert two.deploying.work_on(back())["outcome"] == "held back"
    assert (two.row.state, two.row.live_run, two.said()) == (State.LIVE, THIRD, ["ModelHeldBack"])


def test_the_first_run_has_nothing_before_it(runs: Deployments) -> None:
    runs.was_live(1)
    assert runs.deploying.work_on(back())["outcome"] == "nothing to go back to"
    assert (runs.served(), runs.stack.sagemaker.called("update_endpoint")) == (FIRST, [])
    assert ENDPOINT in runs.stack.sagemaker.endpoints
