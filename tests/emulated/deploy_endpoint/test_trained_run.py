"""A trained run becomes what is wanted of the endpoint, however often it is told and wherever it was cut off."""

import datetime as dt

import pytest
from botocore.exceptions import ClientError

from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.messages import ApplyChange
from ebb.messaging.requests import Request
from ebb.names import ModelName
from ebb.settings.container_environment import OWN
from tests.emulated.deployments import IMAGE, Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.sagemaker_store import not_authorized
from tests.emulated.stack import BUCKET, ENDPOINT, NOW

FIRST, SECOND, THIRD = run_named(1), run_named(2), run_named(3)
LOST = client_error("InternalFailure", "try again")
STEPS = ["create_model", "create_endpoint_config", "create_endpoint"]
QUOTA = "The account-level service limit '{}' is {} None, with current utilization of {} None and a request delta of 1."
HUGE, FULL = QUOTA.format("Memory size", 0, 0), QUOTA.format("Endpoints", 5, 5)


def test_the_first_run_is_put_behind_the_models_endpoint_and_goes_live(runs: Deployments) -> None:
    outcome = runs.deploying.work_on(runs.trained(1))
    assert (outcome["outcome"], outcome["endpoint"], outcome["metrics"]) == (
        "created",
        ENDPOINT,
        {"validation:rmse": 2.1},
    )
    (look,) = runs.stack.sent(runs.stack.confirm_queue)
    assert (look.event["detail"], look.delay) == ({"stack": "ebb", "endpoint": ENDPOINT}, 60)
    assert runs.said() == []
    runs.stack.sagemaker.settle(ENDPOINT)
    assert runs.confirm()["outcome"] == "live"
    assert (runs.row.state, runs.row.live_run, runs.row.previous_run, runs.row.wanted) == (State.LIVE, FIRST, "", None)
    assert (runs.stage(1), runs.said()) == ("live", ["EndpointLive"])


def test_the_model_is_served_as_it_was_trained_and_as_its_own_model_toml_asks(runs: Deployments) -> None:
    asked = "[endpoint]\nmemory_mb = 4096\nmax_concurrency = 7\nenvironment = {OMP_NUM_THREADS = '2'}"
    runs.deploying.work_on(runs.trained(1, asked))
    model, config = runs.stack.sagemaker.models[FIRST], runs.stack.sagemaker.configs[FIRST]
    assert model["ExecutionRoleArn"] == runs.deploy_settings.serving_role_arn
    assert model["PrimaryContainer"] == {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/runs/abalone/{FIRST}/output/model.tar.gz",
        "Environment": OWN | {"OMP_NUM_THREADS": "2"},
    }
    serverless = {"MemorySizeInMB": 4096, "MaxConcurrency": 7}
    assert config["ProductionVariants"] == [
        {"VariantName": "v-0a1b2c3d", "ModelName": FIRST, "ServerlessConfig": serverless}
    ]


def test_model_and_config_carry_the_run_and_the_endpoint_does_not(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1))
    tags, arn = runs.stack.sagemaker.tags, runs.stack.sagemaker.arn
    shared = {"ebb:stack": "ebb", "ebb:model": "abalone"}
    assert tags[arn("model", FIRST)] == tags[arn("endpoint-config", FIRST)] == shared | {"ebb:run": FIRST}
    assert tags[arn("endpoint", ENDPOINT)] == shared


def test_what_is_wanted_is_written_before_anything_is_made(runs: Deployments) -> None:
    runs.stack.sagemaker.refuse("create_model", LOST)
    with pytest.raises(ClientError, match="try again"):
        runs.deploying.work_on(runs.trained(1))
    wanted = runs.row.wanted
    assert runs.row.state is State.DEPLOYING
    assert wanted
    assert (wanted.config, wanted.reason, wanted.before, wanted.at) == (
        FIRST,
        Reason.FIRST,
        "none",
        NOW,
    )


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", [0, 1])
def test_an_attempt_that_was_cut_off_anywhere_is_finished_by_the_next(
    runs: Deployments, step: str, before: int, *, lost: bool
) -> None:
    if before:
        runs.was_live(1)
    ended = runs.trained(2)
    (runs.stack.sagemaker.lose if lost else runs.stack.sagemaker.refuse)(step, LOST)
    with pytest.raises(ClientError, match="try again"):
        runs.deploying.work_on(ended)
    runs.deploying.work_on(ended)
    runs.calm()
    assert (runs.row.live_run, runs.served(), runs.stage(2)) == (SECOND, SECOND, "live")
    assert list(runs.stack.sagemaker.endpoints) == [ENDPOINT]
    assert runs.said() == ["EndpointLive"]


@pytest.mark.parametrize("settled", [False, True])
def test_the_same_event_twice_makes_nothing_twice(runs: Deployments, *, settled: bool) -> None:
    ended = runs.trained(1)
    runs.deploying.work_on(ended)
    if settled:
        runs.calm()
    runs.deploying.work_on(ended)
    runs.calm()
    sagemaker = runs.stack.sagemaker
    assert (len(sagemaker.models), len(sagemaker.configs), len(sagemaker.endpoints)) == (1, 1, 1)
    assert sagemaker.called("update_endpoint") == []
    assert runs.said() == ["EndpointLive"]


def test_a_run_that_ends_late_is_superseded_and_makes_nothing(runs: Deployments) -> None:
    runs.was_live(2)
    assert runs.deploying.work_on(runs.trained(1)) == {"outcome": "superseded", "run": FIRST, "by": SECOND}
    assert (runs.stage(1), list(runs.stack.sagemaker.models)) == ("superseded", [SECOND])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_run_waits_while_another_is_on_its_way_and_the_newest_stays(
    runs: Deployments, order: tuple[int, int]
) -> None:
    one, other = (runs.trained(number) for number in order)
    runs.deploying.work_on(one)
    with pytest.raises(WaitError, match=f"{one.job} is on its way"):
        runs.deploying.work_on(other)
    runs.calm()
    runs.deploying.work_on(other)
    runs.calm()
    assert (runs.row.live_run, runs.served(), list(runs.stack.sagemaker.endpoints)) == (SECOND, SECOND, [ENDPOINT])


def test_of_two_attempts_at_once_only_one_writes(runs: Deployments) -> None:
    runs.was_live(1)
    row = runs.row
    runs.deploying.work_on(runs.trained(2))
    with pytest.raises(ConflictError, match="another attempt was quicker"):
        runs.stack.ledger.write_endpoint(row)
    assert runs.row.wanted
    assert runs.row.wanted.run == SECOND


@pytest.mark.parametrize("step", [*STEPS, "update_endpoint"])
def test_a_throttled_call_is_waited_for(runs: Deployments, step: str) -> None:
    runs.was_live(1)
    ended = runs.trained(2)
    runs.stack.sagemaker.refuse(step, client_error("ThrottlingException", "Rate exceeded"))
    try:
        runs.deploying.work_on(ended)
    except WaitError as wait:
        assert "Rate exceeded" in str(wait)  # noqa: PT017  (an update comes later)
        runs.deploying.work_on(ended)
    runs.calm()
    assert runs.row.live_run == SECOND


def test_an_endpoint_that_somebody_changes_just_now_is_waited_for(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle_all()
    runs.confirm(SECOND)
    busy = client_error("ValidationException", 'Cannot update in-progress endpoint "e".')
    runs.stack.sagemaker.refuse("update_endpoint", busy)
    with pytest.raises(WaitError, match="in-progress"):
        runs.deploying.work_on(ApplyChange(ModelName("abalone")))
    runs.calm()
    assert runs.row.live_run == SECOND


def test_a_quota_that_never_suffices_holds_the_run_back_at_once(runs: Deployments) -> None:
    runs.stack.sagemaker.refuse("create_endpoint", client_error("ResourceLimitExceeded", HUGE))
    assert runs.deploying.work_on(runs.trained(1))["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "quota", None)
    assert "'Memory size'" in said["reason"]
    assert (runs.row.state, runs.row.wanted, runs.stage(1)) == (State.NONE, None, "held-back")


def test_a_quota_that_is_used_up_is_waited_for(runs: Deployments) -> None:
    ended = runs.trained(1)
    runs.stack.sagemaker.refuse("create_endpoint", client_error("ResourceLimitExceeded", FULL))
    with pytest.raises(WaitError, match="'Endpoints' is 5, of which 5 in use"):
        runs.deploying.work_on(ended)
    runs.deploying.work_on(ended)
    runs.calm()
    assert runs.row.live_run == FIRST


def test_told_once_more_while_its_promotion_waits_for_room_it_waits_too(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    ended = runs.trained(2)
    runs.deploying.work_on(ended)
    runs.stack.sagemaker.settle(SECOND)
    runs.confirm(SECOND)
    runs.stack.sagemaker.max_endpoints = 1
    for order in (ApplyChange(ModelName("abalone")), ended):
        with pytest.raises(WaitError, match="is 1, of which 1 in use"):
            runs.deploying.work_on(order)


def test_what_sagemaker_does_not_take_holds_the_run_back(runs: Deployments) -> None:
    runs.stack.sagemaker.refuse("create_model", client_error("ValidationException", "Image is not supported."))
    assert runs.deploying.work_on(runs.trained(1))["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["code"], said["reason"]) == ("endpoint_failed", "Image is not supported.")


def test_somebody_elses_endpoint_by_our_name_is_left_alone_and_told(runs: Deployments) -> None:
    sagemaker, ended = runs.stack.sagemaker, runs.trained(1)
    sagemaker.create_model(ModelName="theirs")
    variant = {"VariantName": "theirs", "ModelName": "theirs"}
    sagemaker.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="theirs")
    sagemaker.settle(ENDPOINT)
    denied = not_authorized("DescribeEndpoint", sagemaker.arn("endpoint", ENDPOINT))
    sagemaker.refuse("describe_endpoint", denied, ENDPOINT)
    assert runs.deploying.work_on(ended)["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"]) == ("ModelHeldBack", "endpoint_failed")
    assert f"the endpoint {ENDPOINT} is somebody else's" in said["reason"]
    assert runs.served() == "theirs"
    assert sagemaker.called("update_endpoint") + sagemaker.called("delete_endpoint") == []


def test_a_run_that_was_held_back_is_tried_again_when_a_person_asks(runs: Deployments) -> None:
    ended = runs.trained(1)
    runs.stack.sagemaker.refuse("create_endpoint", client_error("ResourceLimitExceeded", HUGE))
    runs.deploying.work_on(ended)
    assert runs.deploying.work_on(ended) == {"outcome": "already decided", "run": FIRST, "stage": "held-back"}
    assert runs.deploying.work_on(Request("Retry", ModelName("abalone"), run=FIRST))["outcome"] == "created"
    runs.calm()
    assert (runs.row.live_run, runs.stage(1)) == (FIRST, "live")


def test_a_retry_of_what_is_no_run_of_ours_or_has_no_job_is_only_logged(runs: Deployments) -> None:
    assert runs.deploying.work_on(Request("Retry", ModelName("abalone"), run="made-by-hand"))["outcome"] == "not ours"
    assert runs.deploying.work_on(Request("Retry", ModelName("abalone"), run=THIRD)) == {
        "outcome": "no such job",
        "run": THIRD,
    }
    assert runs.said() == []


def test_metrics_that_come_later_than_the_end_of_the_job_are_waited_for_while_it_is_young(runs: Deployments) -> None:
    ended = runs.trained(1)
    job = runs.stack.sagemaker.jobs[FIRST]
    metrics, job["FinalMetricDataList"] = job["FinalMetricDataList"], []
    job["TrainingEndTime"] = runs.now - dt.timedelta(minutes=9, seconds=59)
    with pytest.raises(WaitError, match="metrics") as wait:
        runs.deploying.work_on(ended)
    assert wait.value.longest == dt.timedelta(minutes=10)
    assert runs.stack.sagemaker.models == {}

    job["FinalMetricDataList"] = metrics
    assert runs.deploying.work_on(ended)["metrics"] == {"validation:rmse": 2.1}


def test_a_job_that_reports_nothing_for_ten_minutes_has_nothing_to_report(runs: Deployments) -> None:
    ended = runs.trained(1, reported={})
    runs.stack.sagemaker.jobs[FIRST]["TrainingEndTime"] = runs.now - dt.timedelta(minutes=10)
    assert runs.deploying.work_on(ended)["outcome"] == "created"


def test_a_model_that_its_config_does_not_see_yet_is_waited_for(runs: Deployments) -> None:
    unseen = f'Could not find model "{runs.stack.sagemaker.arn("model", FIRST)}".'
    error = ClientError({"Error": {"Code": "ValidationException", "Message": unseen}}, "CreateEndpointConfig")
    runs.stack.sagemaker.refuse("create_endpoint_config", error)
    ended = runs.trained(1)
    with pytest.raises(WaitError, match="Could not find model"):
        runs.deploying.work_on(ended)
    assert runs.deploying.work_on(ended)["outcome"] == "created"
