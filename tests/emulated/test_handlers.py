"""The three functions through their real doors: environment in, queue messages in, partial batch responses out."""

import copy
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ebb.settings.model_settings import ModelSettings
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.functions import CONTEXT, batch, cold_start, environment, record, recorded, uploaded
from tests.emulated.stack import BUCKET, ENDPOINT, GOOD_ROWS, NEWER, OLDER, Stack

JOB = "ebb-abalone-261122153000-k3v7q"
ALL_DONE: dict[str, Any] = {"batchItemFailures": []}
Start = Callable[[str], ModuleType]


@pytest.fixture
def start(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Start:
    def start_(name: str) -> ModuleType:
        function = cold_start(name, environment(stack), monkeypatch)
        vars(function.clients)["sagemaker"] = stack.sagemaker
        return function

    return start_


@pytest.fixture
def finished_job(stack: Stack) -> None:
    """The job of the recorded events."""
    stack.sagemaker.create_training_job(
        TrainingJobName=JOB,
        AlgorithmSpecification={"TrainingImage": "registry/sagemaker-xgboost:3.2-0"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/runs/abalone"},
        Tags=[{"Key": "ebb:stack", "Value": "ebb"}],
    )
    stack.sagemaker.end_job(JOB)
    folder = f"runs/abalone/{JOB}"
    stack.upload(f"{folder}/settings.json", json.dumps(ModelSettings().as_json()).encode())
    stack.upload(f"{folder}/dataset.json", b'{"encoding": "0a1b2c3d"}')


@pytest.fixture
def sent_back(start: Start) -> Callable[[ModuleType], list[dict[str, Any]]]:
    """What a function sends to queues, from now on: SQS would keep it hidden for the delay."""

    def listen(function: ModuleType) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        function.clients.sqs.meta.events.register(
            "provide-client-params.sqs.SendMessage", lambda params, **_: sent.append(copy.deepcopy(params))
        )
        return sent

    return listen


@pytest.mark.parametrize("name", ["dataset_uploaded", "dataset_uploaded_odd_key"])
def test_an_upload_is_trained(stack: Stack, start: Start, name: str) -> None:
    event = uploaded(stack, name, GOOD_ROWS)
    assert start("start_training").handler(batch(record(event)), CONTEXT) == ALL_DONE
    assert len(stack.sagemaker.jobs) == 1
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]


@pytest.mark.parametrize("name", ["wrong_model_uploaded", "wrong_ending_uploaded", "deeper_folder_uploaded"])
def test_a_mistake_of_the_user_is_an_answer_and_not_a_failure(stack: Stack, start: Start, name: str) -> None:
    assert start("start_training").handler(batch(record(recorded(name))), CONTEXT) == ALL_DONE
    assert [said["name"] for said in stack.announcements()] == ["DatasetRefused"]
    assert stack.sagemaker.jobs == {}


@pytest.mark.parametrize("name", ["folder_marker_created", "settings_uploaded", "dataset_uploaded"])
def test_what_is_no_dataset_or_gone_by_now_is_acknowledged_in_silence(stack: Stack, start: Start, name: str) -> None:
    assert start("start_training").handler(batch(record(recorded(name))), CONTEXT) == ALL_DONE
    assert stack.announcements() == []
    assert stack.sagemaker.jobs == {}


def test_each_outcome_is_a_log_line_and_a_metric_without_names(
    stack: Stack, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    event = uploaded(stack, "dataset_uploaded", GOOD_ROWS)
    start("start_training").handler(batch(record(event)), CONTEXT)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = [line for line in lines if line.get("message") == "training"]
    assert told["run"] in stack.sagemaker.jobs
    (counted,) = [line for line in lines if "_aws" in line]
    assert counted["Training"] == [1.0]
    assert counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_only_the_message_that_failed_comes_back(stack: Stack, start: Start) -> None:
    good = uploaded(stack, "dataset_uploaded", GOOD_ROWS)
    bad = uploaded(stack, "dataset_uploaded_odd_key", GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", client_error("InternalFailure", "try again"))
    answer = start("start_training").handler(batch(record(bad, 1), record(good, 2)), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert len(stack.sagemaker.jobs) == 1


@pytest.mark.filterwarnings("ignore:No application metrics")  # Powertools: nothing was counted before the error
def test_a_batch_of_which_all_failed_is_an_error(stack: Stack, start: Start) -> None:
    event = uploaded(stack, "dataset_uploaded", GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", client_error("InternalFailure", "try again"))
    with pytest.raises(Exception, match="InternalFailure"):
        start("start_training").handler(batch(record(event)), CONTEXT)


@pytest.mark.parametrize("hours", [None, 23.9, 24.1])
def test_an_upload_waits_for_capacity_until_it_is_told_to_have_failed(
    stack: Stack, start: Start, sent_back: Any, hours: float | None
) -> None:
    event = uploaded(stack, "dataset_uploaded", GOOD_ROWS)
    full = "limit 'ml.m5.xlarge' is 8, with current utilization of 8 and a request delta of 1."
    stack.sagemaker.refuse("create_training_job", client_error("ResourceLimitExceeded", full))
    function = start("start_training")
    sent = sent_back(function)
    since = None if hours is None else time.time() - hours * 3600
    assert function.handler(batch(record(event, waiting_since=since)), CONTEXT) == ALL_DONE
    said = stack.announcements()
    if hours is None or hours < 24:
        assert [(json.loads(message["MessageBody"]), said) for message in sent] == [(event, [])]
        return
    assert sent == []
    assert [(one["name"], one["retry"]) for one in said] == [("TrainingFailed", True)]
    assert said[0]["reason"].startswith("it has waited for 24.1 hours: room in the account's quota 'ml.m5.xlarge',")


def test_a_role_that_is_still_not_known_after_ten_minutes_is_a_failure(
    stack: Stack, start: Start, sent_back: Any
) -> None:
    event = uploaded(stack, "dataset_uploaded", GOOD_ROWS)
    function = start("start_training")
    sent = sent_back(function)
    long_ago = time.time() - 3600  # what it waited for something else does not count
    for since in (None, time.time() - 590, time.time() - 610):
        role = client_error("ValidationException", "Could not assume role arn:role.", "CreateTrainingJob")
        stack.sagemaker.refuse("create_training_job", role)
        message = record(event, waiting_since=since and long_ago, patience_since=since)
        assert function.handler(batch(message), CONTEXT) == ALL_DONE
    assert len(sent) == 2
    (said,) = stack.announcements()
    assert said["reason"].startswith(
        "it has waited for 10 minutes: CreateTrainingJob to pass (ValidationException: Could"
    )


@pytest.mark.parametrize("name", ["training_completed", "training_completed_as_documented"])
def test_a_finished_job_is_deployed(stack: Stack, start: Start, finished_job: None, name: str) -> None:
    assert start("deploy_endpoint").handler(batch(record(recorded(name))), CONTEXT) == ALL_DONE
    assert stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] == JOB


@pytest.mark.parametrize(
    ("name", "status", "secondary"),
    [("training_failed", "Failed", "Failed"), ("training_stopped_by_time_limit", "Stopped", "MaxRuntimeExceeded")],
)
def test_a_failed_job_is_announced(
    stack: Stack, start: Start, finished_job: None, name: str, status: str, secondary: str
) -> None:
    event = recorded(name)
    stack.sagemaker.end_job(JOB, status, secondary, event["detail"]["FailureReason"] or "")
    assert start("deploy_endpoint").handler(batch(record(event)), CONTEXT) == ALL_DONE
    assert [said["name"] for said in stack.announcements()] == ["TrainingFailed"]
    assert stack.sagemaker.endpoints == {}


def test_what_must_wait_is_acknowledged_and_sent_again_with_a_delay(
    stack: Stack, start: Start, finished_job: None, behind: Callable[..., None], sent_back: Any
) -> None:
    behind(OLDER, "Updating")
    function, began = start("deploy_endpoint"), time.time()
    sent = sent_back(function)
    assert function.handler(batch(record(recorded("training_completed"))), CONTEXT) == ALL_DONE
    (message,) = sent
    assert message["QueueUrl"] == stack.deploy_queue
    assert json.loads(message["MessageBody"]) == recorded("training_completed")
    assert 60 <= message["DelaySeconds"] <= 75
    since = message["MessageAttributes"]["waiting-since"]["StringValue"]
    assert began - 1 <= float(since) <= time.time()


def test_a_message_that_has_waited_waits_longer_and_remembers_since_when(
    stack: Stack, start: Start, finished_job: None, behind: Callable[..., None], sent_back: Any
) -> None:
    behind(OLDER, "Updating")
    function, since = start("deploy_endpoint"), int(time.time()) - 600
    sent = sent_back(function)
    waiting = record(recorded("training_completed"), waiting_since=since)
    assert function.handler(batch(waiting), CONTEXT) == ALL_DONE
    assert 300 <= sent[0]["DelaySeconds"] <= 380
    assert sent[0]["MessageAttributes"]["waiting-since"]["StringValue"] == str(since)


def test_a_message_that_has_waited_long_enough_ends_as_an_announcement(
    stack: Stack, start: Start, finished_job: None, behind: Callable[..., None], sent_back: Any
) -> None:
    behind(OLDER, "Updating")
    function = start("deploy_endpoint")
    sent = sent_back(function)
    waiting = record(recorded("training_completed"), waiting_since=time.time() - 24 * 3600 - 60)
    assert function.handler(batch(waiting), CONTEXT) == ALL_DONE
    assert [(said["name"], said["code"]) for said in stack.announcements()] == [("ModelHeldBack", "waited")]
    assert sent == []


def test_waiting_ends_at_once_when_a_newer_run_has_come(
    stack: Stack, start: Start, finished_job: None, sent_back: Any
) -> None:
    stack.put_row("abalone", "endpoint", version="1", state="live", live_run=NEWER, live_config=NEWER)
    function = start("deploy_endpoint")
    sent = sent_back(function)
    assert function.handler(batch(record(recorded("training_completed"))), CONTEXT) == ALL_DONE
    assert sent == []


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("start_training", "TRAINING_ROLE_ARN"),
        ("deploy_endpoint", "DEPLOY_QUEUE_URL"),
        ("tear_down_idle", "IDLE_AFTER_MINUTES"),
    ],
)
def test_a_function_that_is_put_together_wrongly_fails_at_once_and_by_name(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)
    variables = {key: value for key, value in environment(stack).items() if key != variable}
    with pytest.raises(Exception, match=f"not set in the environment: {variable}"):
        cold_start(name, variables, monkeypatch)
