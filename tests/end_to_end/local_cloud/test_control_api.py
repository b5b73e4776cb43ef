"""The cloud's own doors: what they take and refuse, what they show, and the same from the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.server import Server
from local.stack import ROOT
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.doorbell import knock
from tests.end_to_end.local_cloud.sagemaker_room import Room
from tests.end_to_end.tide import eventually


@pytest.mark.parametrize("door", ["clock", "faults", "misbehave"])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"advance": ', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b'"clock"', "not a JSON object"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"a": "' + b"x" * 200_000 + b'"}', "longer than 65536 bytes"),
        (b"{}", ""),
        (b'{"advance": "-1h", "service": 1, "name": "nonsense", "value": 1}', ""),
        (b'{"advance": "99999999999999999999d", "do": "explode", "name": "metrics", "value": "dim"}', ""),
    ],
    ids=["broken", "bytes", "list", "text", "deep", "long", "empty", "nonsense", "extreme"],
)
def test_a_door_says_what_is_wrong_with_a_body(cloud: Server, door: str, body: bytes, says: str) -> None:
    status, answer = knock(cloud, "POST", door, body)

    assert status == 400
    assert says in answer["error"]
    assert knock(cloud, "GET", "state")[0] == 200


def test_the_doors_are_named_to_whoever_asks_for_another(cloud: Server) -> None:
    for method, door in (("GET", "nothing"), ("PUT", "clock"), ("DELETE", "state"), ("GET", "state/x")):
        status, answer = knock(cloud, method, door)
        assert (status, "the doors are" in answer["error"]) == (404, True)


def test_the_state_shows_queues_processes_and_the_clock(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="counted")["QueueUrl"]
    for delay in (0, 0, 900):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=url)
    account.call(account.function("seen", "def handler(event, context): return 1"))

    state = account.cloud.door("state")

    place = state["places"][f"{account.id}/eu-central-1"]
    assert place["queues"]["counted"] == {"waiting": 1, "in_flight": 1, "delayed": 1}
    (pid,) = state["function_processes"]["seen"]
    assert pid in state["child_processes"]
    assert Path(f"/proc/{pid}").exists()
    assert state["offset_seconds"] == account.cloud.door("clock")["offset_seconds"]


def test_the_state_shows_which_functions_are_at_work(account: Account) -> None:
    function = account.function("napping", "import time\ndef handler(event, context): time.sleep(1)")

    def at_work() -> int:
        return int(account.cloud.door("state")["functions_at_work"].get(function, 0))

    with ThreadPoolExecutor() as callers:
        done = [callers.submit(account.call, function) for _ in range(2)]
        eventually(lambda: at_work() == 2, "two calls at work")
    assert [each.result() for each in done] == [None, None]
    assert at_work() == 0


def test_the_state_shows_jobs_models_configs_and_endpoints(account: Account) -> None:
    room = Room(account, "shown")
    room.deployed("shown-endpoint")
    room.config("shown-config", "shown-endpoint")
    room.sagemaker.create_training_job(**room.job("shown-job"))

    def place() -> dict[str, Any]:
        return dict(account.cloud.door("state")["places"][f"{account.id}/eu-central-1"])

    assert place()["training_jobs"]["shown-job"] in ("InProgress", "Completed")
    room.job_ended("shown-job")
    assert place()["training_jobs"]["shown-job"] == "Completed"
    assert "shown-endpoint" in place()["models"]
    assert {"shown-config", "shown-endpoint"} <= set(place()["endpoint_configs"])
    assert place()["endpoints"]["shown-endpoint"] == "InService"
    room.sagemaker.delete_endpoint(EndpointName="shown-endpoint")
    eventually(lambda: "shown-endpoint" not in place()["endpoints"], "the state without it")


def test_misbehaviour_is_ordered_and_taken_back(cloud: Server) -> None:
    assert cloud.door("misbehave", {"name": "metrics", "value": "late 15m"})["metrics"] == "late 900s"
    assert cloud.door("misbehave", {"name": "stuck_creating", "value": True})["stuck_creating"] is True
    assert cloud.door("misbehave", {"name": "stuck_creating", "value": None})["metrics"] == "late 900s"
    assert cloud.door("misbehave", {"name": "metrics", "value": None}) == {"metrics": "clear"}


def test_the_same_doors_open_from_the_shell(cloud: Server) -> None:
    def shell(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "local.control", *arguments]
        env = {"PORT": str(cloud.settings.port), "PATH": os.environ["PATH"]}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    before = cloud.door("clock")["offset_seconds"]
    code, printed = shell("clock", "90s")
    assert (code, json.loads(printed)) == (0, {"offset_seconds": before + 90})
    code, printed = shell("faults", '{"service": "s3", "operation": "*", "do": "explode"}')
    assert code == 1
    assert "one of fail" in printed
    code, printed = shell("state")
    assert "function_processes" in json.loads(printed)
    assert shell()[0] == 2
