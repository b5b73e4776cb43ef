"""The serving processes live and die with their cloud, however it ends, and come back when they die before it."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.server import Server, free_port
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.doorbell import listening
from tests.end_to_end.local_cloud.sagemaker_room import Room
from tests.end_to_end.local_cloud.serving import SERVERLESS, Serving, children, fork_servers, running
from tests.end_to_end.tide import eventually

REAL_TIME = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


@pytest.fixture
def mortal(cloud: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A cloud of its own, to be killed."""
    # A killed cloud cannot tidy up, so its temporary files get a folder that somebody else removes.
    with tempfile.TemporaryDirectory(prefix="mortal-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        with Server(replace(cloud.settings, port=free_port()), tmp_path / "server.log") as server:
            yield server


def processes(serving: Serving) -> list[int]:
    return fork_servers(serving.cloud.pid) + serving.instances()


def gone(pids: list[int]) -> bool:
    return not any(map(running, pids))


def test_a_killed_cloud_leaves_no_process_behind(mortal: Server) -> None:
    serving = Serving(mortal, "killed")
    serving.deploy("real-time", REAL_TIME)
    serving.invoke(serving.deploy("serverless"))
    everyone = processes(serving)
    assert len(everyone) == 3

    os.kill(everyone[-1], signal.SIGSTOP)  # one that could not end by itself
    os.kill(mortal.pid, signal.SIGKILL)

    eventually(lambda: gone(everyone), "all have ended", 45)


def test_no_process_listens_on_a_port_but_the_server_on_its_own(mortal: Server) -> None:
    """With a function, a training job and containers of both kinds at work."""
    serving, account = Serving(mortal, "ports"), Account(mortal)
    serving.deploy("real-time", REAL_TIME)
    serving.invoke(serving.deploy("serverless"))
    account.call(account.function("portless", "def handler(event, context): return 1"))
    room = Room(account, "portless")
    room.sagemaker.create_training_job(**room.job("portless", HyperParameters={"num_round": "100000"}))
    found: set[tuple[str, int]] = set()

    def all_are_at_work() -> bool:
        everyone = family(mortal.pid)
        found.update(port for pid in everyone for port in listening(pid))
        return len(everyone) >= 6

    eventually(all_are_at_work, "server, parent of containers, two containers, function, job")
    room.sagemaker.stop_training_job(TrainingJobName="portless")
    assert found == {("127.0.0.1", mortal.settings.port)}


def family(pid: int) -> list[int]:
    """This process, its children, and theirs."""
    return [pid, *(known for child in children(pid) for known in family(child))]


def test_a_cloud_that_is_told_to_stop_does_not_wait_for_a_hanging_call(mortal: Server) -> None:
    serving = Serving(mortal, "stopped")
    name = serving.deploy("hanging", {"ServerlessConfig": SERVERLESS | {"MaxConcurrency": 1}})
    serving.invoke(name)
    everyone = processes(serving)
    os.kill(serving.instances()[0], signal.SIGSTOP)

    with ThreadPoolExecutor(2) as callers:
        calls = [callers.submit(serving.invoke, name) for _ in range(2)]
        _, [stuck] = wait(calls, timeout=50, return_when=FIRST_COMPLETED)  # the other one was throttled
        began = time.monotonic()
        mortal.stop()
        assert time.monotonic() - began < 14
        with pytest.raises((BotoCoreError, ClientError)):
            stuck.result()
    eventually(lambda: gone(everyone), "all have ended", 45)


def answered(serving: Serving, name: str) -> bool:
    """A process is there before it answers."""
    try:
        return bool(serving.invoke(name))
    except ClientError:
        return False


def test_the_process_that_forks_them_is_started_again(mortal: Server) -> None:
    """What it had forked ends with it; the next call has a new instance of a new parent."""
    serving = Serving(mortal, "orphans")
    name, real_time = serving.deploy("serverless"), serving.deploy("real-time", REAL_TIME)
    serving.invoke(name)
    everyone = processes(serving)

    os.kill(everyone[0], signal.SIGKILL)

    eventually(lambda: gone(everyone), "all of them", 45)
    assert serving.invoke(name)
    eventually(lambda: answered(serving, real_time), "a new real-time instance", 45)
    assert len(serving.instances()) == 2
    assert len(fork_servers(mortal.pid)) == 1
