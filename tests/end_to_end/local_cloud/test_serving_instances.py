"""Real-time variants beside serverless ones: there from the start, several calls at once, several variants."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import Server
from tests.end_to_end.local_cloud.serving import Serving, Watch, running, stopped
from tests.end_to_end.tide import eventually

MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def serving(cloud: Server) -> Serving:
    return Serving(cloud, "realtime")


def real_time(**variant: Any) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, **variant}


def test_its_processes_are_there_before_the_first_call_and_stay(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("there", real_time(InitialInstanceCount=2))
    instances = started()
    assert len(instances) == 2

    serving.cloud.advance("2h")
    serving.invoke(name)

    assert started() == instances
    assert serving.datapoints(name, "Invocations")["Sum"] == 1
    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 0
    serving.sagemaker.delete_endpoint(EndpointName=name)
    eventually(lambda: not any(map(running, instances)), "its processes are gone", 45)


def test_an_instance_takes_many_calls_at_once_and_none_is_throttled(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("busy", real_time())
    [instance] = started()

    with ThreadPoolExecutor(12) as callers:
        with stopped(instance):
            calls = [callers.submit(serving.invoke, name) for _ in range(12)]
        answers = {call.result() for call in calls}

    assert len(answers) == 1
    assert serving.datapoints(name, "Invocations")["Sum"] == 12
    assert started() == [instance]


def test_an_instance_that_died_is_replaced(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("mortal", real_time())
    [instance] = started()

    os.kill(instance, signal.SIGKILL)

    eventually(started, "another", 45)
    eventually(lambda: answers(serving, name), "an answer", 45)


def answers(serving: Serving, name: str) -> bool:
    try:
        return bool(serving.invoke(name))
    except ClientError:
        return False


def test_it_takes_six_megabytes_where_a_serverless_variant_takes_four(serving: Serving) -> None:
    """AWS documents: a Body has at most 6,291,456 bytes. Seen: beyond that a bare 413."""
    name = serving.deploy("larger", real_time(), data=serving.wide)
    assert serving.invoke(name, "1,2,3\n" * 450).count(b"\n") == 450  # 5 MB come back

    # Too many columns: refused by the container, so it got there.
    with pytest.raises(ClientError, match="Unable to evaluate payload"):
        serving.invoke(name, b"1," * (5 * MEGABYTE // 2) + b"1")
    with pytest.raises(ClientError, match=r"\(413\).*HTTP content length exceeded 6291456 bytes"):
        serving.invoke(name, b"1" * (6 * MEGABYTE + 1))


def test_variants_share_the_calls_by_weight_and_are_called_by_name(serving: Serving) -> None:
    name = serving.deploy(
        "split",
        real_time(VariantName="all", InitialVariantWeight=3.0),
        real_time(VariantName="none", InitialVariantWeight=0.0),
    )

    def call(**target: str) -> str:
        answer = serving.runtime.invoke_endpoint(EndpointName=name, Body="1,2,3", ContentType="text/csv", **target)
        return str(answer["InvokedProductionVariant"])

    assert Counter(call() for _ in range(10)) == {"all": 10}
    assert call(TargetVariant="none") == "none"
    assert serving.datapoints(name, "Invocations", variant="none")["Sum"] == 1
    assert serving.datapoints(name, "Invocations", variant="all")["Sum"] == 10
    with pytest.raises(ClientError, match=r"\(ValidationError\).*Variant other not found"):
        call(TargetVariant="other")
