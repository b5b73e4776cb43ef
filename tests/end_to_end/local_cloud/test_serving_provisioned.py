"""Provisioned concurrency: processes that are warm from InService on, and what spills over."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.server import Server
from tests.end_to_end.local_cloud.serving import Serving, Watch, race, serverless, stopped
from tests.end_to_end.tide import eventually


@pytest.fixture(scope="module")
def serving(cloud: Server) -> Serving:
    return Serving(cloud, "provision")


def test_provisioned_concurrency_is_warm_from_the_start_and_replaced_when_it_dies(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("provisioned", serverless(MaxConcurrency=3, ProvisionedConcurrency=2))
    assert len(started()) == 2

    serving.cloud.advance("1h")
    kept = started()
    serving.invoke(name)
    assert started() == kept
    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 0

    os.kill(kept[0], signal.SIGKILL)
    eventually(lambda: len(set(started()) - set(kept)) == 1 and len(started()) == 2, "a replacement", 45)
    serving.sagemaker.delete_endpoint(EndpointName=name)
    eventually(lambda: not started(), "all are gone", 45)


def test_calls_beyond_provisioned_concurrency_spill_over_to_instances_on_demand(serving: Serving) -> None:
    started = Watch(serving)
    name = serving.deploy("spilling", serverless(MaxConcurrency=2, ProvisionedConcurrency=1))
    [provisioned] = started()

    with ThreadPoolExecutor(2) as callers, stopped(provisioned):
        served, stuck = race(callers, serving, name)
        served.result()
        os.kill(provisioned, signal.SIGCONT)
        stuck.result()

    assert serving.datapoints(name, "ModelSetupTime")["SampleCount"] == 1
    spilled = serving.datapoints(name, "ServerlessProvisionedConcurrencySpilloverInvocations")
    assert spilled == {"Sum": 1, "SampleCount": 2}
    serving.cloud.advance("61s")
    eventually(lambda: len(started()) == 1, "only what is provisioned stays", 45)
