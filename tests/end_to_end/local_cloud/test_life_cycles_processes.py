"""The processes of training jobs end with their cloud, however it ends."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.server import Server, free_port
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room
from tests.end_to_end.local_cloud.serving import children, running
from tests.end_to_end.tide import eventually

ENDLESS = {"num_round": "100000000", "max_depth": "1", "save_model_on_termination": "true"}


@pytest.fixture
def mortal(cloud: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A cloud of its own; it begins with nothing in its folder for temporary files."""
    with tempfile.TemporaryDirectory(prefix="mortal-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        with Server(replace(cloud.settings, port=free_port()), tmp_path / "server.log") as server:
            yield server


def trainers(server: int) -> list[int]:
    return [pid for pid in children(server) if b"training_child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def training(mortal: Server) -> int:
    """The process of a job in the middle of its rounds."""
    room = Room(Account(mortal), "mortal")
    room.sagemaker.create_training_job(**room.job("endless", HyperParameters=ENDLESS))
    logs = room.client("logs")

    def begun() -> bool:
        group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
        groups = logs.describe_log_groups(logGroupNamePrefix=group["logGroupName"])["logGroups"]
        return bool(groups) and any(
            "train-rmse" in each["message"] for each in logs.filter_log_events(**group)["events"]
        )

    eventually(begun, "the first round")
    [process] = trainers(mortal.pid)
    return process


def test_a_killed_cloud_leaves_no_training_process_behind(mortal: Server) -> None:
    process = training(mortal)

    os.kill(mortal.pid, signal.SIGKILL)

    eventually(lambda: not running(process), "the training has ended", 45)


def test_a_cloud_that_is_told_to_stop_ends_its_jobs_first_and_leaves_nothing(mortal: Server, tmp_path: Path) -> None:
    process = training(mortal)

    began = time.monotonic()
    mortal.stop()

    assert time.monotonic() - began < 14
    assert not running(process)
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
    assert "Traceback" not in (tmp_path / "server.log").read_text()
