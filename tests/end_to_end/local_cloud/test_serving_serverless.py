"""A serverless endpoint: when it has instances, how many, and what they may take."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.server import Server, free_port
from tests.end_to_end.local_cloud.serving import CLASSES, Serving, Watch, race, running, serverless, stopped
from tests.end_to_end.tide import eventually

MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def serving(cloud: Server) -> Serving:
    return Serving(cloud, "serverless")


@pytest.fixture(scope="module")
def hasty(cloud: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A cloud whose containers must answer within a second."""
    settings = replace(cloud.settings, port=free_port(), answer_seconds=1.0)
    with Server(settings, Path(tmp_path_factory.mktemp("hasty")) / "server.log") as server:
        yield Serving(server, "hasty")


def response(refused: pytest.ExceptionInfo[ClientError]) -> dict[str, Any]:
    return dict(refused.value.response)


def test_no_process_before_the_first_call_and_one_from_then_on(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("cold")
    assert started() == []

    serving.invoke(name)
    [first] = started()
    serving.invoke(name)

    assert started() == [first]
    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 1
    assert serving.datapoints(name, "Invocations")["Sum"] == 2


def test_an_instance_is_kept_until_nobody_called_for_a_while(serving: Serving) -> None:
    """By the cloud's own clock, from the last call on."""
    started = Watch(serving)
    name = serving.deploy("warm")
    serving.invoke(name)
    [instance] = started()

    for _ in range(2):
        serving.cloud.advance("40s")
        serving.invoke(name)
        assert started() == [instance]
    serving.cloud.advance("61s")

    eventually(lambda: not running(instance), "the instance is gone", 45)
    serving.invoke(name)
    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 2


def test_an_update_initialises_the_endpoint_anew_and_the_next_call_is_a_cold_start(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("renewed")
    serving.invoke(name)
    [before] = started()
    other = serving.config("renewed-other")

    serving.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=other)
    serving.until(name, "InService")
    eventually(lambda: not running(before), "the old instance is gone", 45)
    assert started() == []
    serving.invoke(name)

    assert started() not in ([], [before])
    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 2


def test_beyond_max_concurrency_calls_are_throttled_and_never_share_an_instance(serving: Serving) -> None:
    """Seen: ThrottlingException with status 400, which botocore retries."""
    started = Watch(serving)
    name = serving.deploy("throttled", serverless(MaxConcurrency=2))
    serving.invoke(name)
    [first] = started()

    with ThreadPoolExecutor(4) as callers, stopped(first):
        served, stuck = race(callers, serving, name)
        served.result()
        [second] = [pid for pid in started() if pid != first]
        with stopped(second):
            refused, also_stuck = race(callers, serving, name)
            with pytest.raises(ClientError) as throttled:
                refused.result()
            assert not stuck.done()
        also_stuck.result()
        os.kill(first, signal.SIGCONT)
        stuck.result()

    assert response(throttled)["Error"]["Code"] == "ThrottlingException"
    assert response(throttled)["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert started() == sorted([first, second])
    assert serving.datapoints(name, "Invocations")["Sum"] == 4  # what was throttled is none


def test_boto3_asks_again_when_it_was_throttled(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("retried", serverless(MaxConcurrency=1))
    serving.invoke(name)
    [instance] = started()
    patient = serving.new_client("sagemaker-runtime", Config(retries={"max_attempts": 2}))

    def invoke() -> None:
        patient.invoke_endpoint(EndpointName=name, Body="1,2,3", ContentType="text/csv")

    with ThreadPoolExecutor(2) as callers, stopped(instance):
        calls = [callers.submit(invoke) for _ in range(2)]
        [refused], [stuck] = wait(calls, timeout=50, return_when=FIRST_COMPLETED)
        with pytest.raises(ClientError) as throttled:
            refused.result()
        os.kill(instance, signal.SIGCONT)
        stuck.result()

    assert response(throttled)["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_request_of_more_than_four_megabytes_is_refused(serving: Serving) -> None:
    """Seen: "Request … has oversize body."; the same bytes are no trouble for an instance."""
    started = Watch(serving)
    name = serving.deploy("big-request")
    with pytest.raises(ClientError, match=r"\(ValidationError\).*Request [0-9a-f-]{36} has oversize body\."):
        serving.invoke(name, b"1,2,3\n" * (4 * MEGABYTE // 6 + 1))
    assert started() == []
    assert serving.datapoints(name, "Invocations")["SampleCount"] == 0

    assert serving.invoke(name, b"1,2,3\n" * (MEGABYTE // 6)).count(b"\n") == MEGABYTE // 6


def test_an_answer_of_more_than_four_megabytes_is_a_model_error(serving: Serving) -> None:
    """Seen: "could not load the entire response body"."""
    name = serving.deploy("big-answer", data=serving.wide)
    assert MEGABYTE < len(serving.invoke(name, "1,2,3\n" * 200)) < 4 * MEGABYTE

    with pytest.raises(ClientError, match=r"error \(500\) from primary and could not load the entire") as refused:
        serving.invoke(name, "1,2,3\n" * 700)

    assert response(refused)["OriginalStatusCode"] == 500
    assert serving.datapoints(name, "Invocation5XXErrors") == {"Sum": 1, "SampleCount": 2}


def test_a_container_that_takes_too_long_is_a_model_error_and_is_replaced(hasty: Serving) -> None:
    """AWS documents: a container must respond within 60 seconds. Seen: its sentence, with status 0."""
    started = Watch(hasty)
    name = hasty.deploy("slow")
    hasty.invoke(name)
    [hanging] = started()

    began = time.monotonic()
    with stopped(hanging), pytest.raises(ClientError) as refused:
        hasty.invoke(name)

    assert 1 <= time.monotonic() - began < 50
    error = response(refused)
    assert error["Error"]["Code"] == "ModelError"
    assert error["OriginalStatusCode"] == 0
    assert error["OriginalMessage"].startswith("Your invocation timed out while waiting for a response from container")
    assert not running(hanging)
    hasty.invoke(name)
    assert hasty.datapoints(name, "Invocation5XXErrors") == {"Sum": 1, "SampleCount": 3}


def test_an_instance_that_needs_more_memory_than_it_was_given_dies(serving: Serving) -> None:
    """MemorySizeInMB is a limit of the process; the next call has a new one."""
    started = Watch(serving)
    name = serving.deploy("hungry", data=serving.wide)
    serving.invoke(name)
    [starved] = started()
    rows = 2 * 1024 * MEGABYTE // (4 * CLASSES)  # whose probabilities alone take 2 GB

    with pytest.raises(ClientError, match="ModelError") as refused:
        serving.invoke(name, "1\n" * rows)

    assert response(refused)["OriginalStatusCode"] == 500
    eventually(lambda: not running(starved), "the instance is gone", 45)
    assert serving.invoke(name).count(b",") == CLASSES - 1
    [replaced] = started()
    assert replaced != starved


def test_a_container_of_image_3_that_starts_nginx_does_not_start(serving: Serving) -> None:
    """It writes /etc/sagemaker-nginx.conf, as a user that may not: seen in a live account on a sibling image."""
    name = serving.create("nginx", SAGEMAKER_USE_NGINX="true")
    failed = serving.until(name, "Failed")
    assert "did not pass the ping health check" in failed["FailureReason"]
    group = f"/aws/sagemaker/Endpoints/{name}"

    def printed() -> str:
        events = serving.client("logs").filter_log_events(logGroupName=group)["events"]
        return "\n".join(event["message"] for event in events)

    eventually(
        lambda: "PermissionError: [Errno 13] Permission denied: '/etc/sagemaker-nginx.conf'" in printed(), "its log", 10
    )


def test_nginx_starts_on_an_instance(serving: Serving) -> None:
    on_an_instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    serving.deploy("nginx-instance", on_an_instance, SAGEMAKER_USE_NGINX="true")


def test_the_environment_of_the_model_reaches_the_container(serving: Serving) -> None:
    harmless = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "SAGEMAKER_MODEL_SERVER_TIMEOUT": "60", "OMP_NUM_THREADS": "4"}
    name = serving.deploy("variables", **harmless, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="application/json")
    plain = serving.deploy("no-variables")

    assert serving.invoke(name).startswith(b'{"predictions"')
    assert not serving.invoke(plain).startswith(b"{")
