"""The `ebb` command as a person starts it, against the deployed stack."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local import programs, stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.passing_time import dead_letters
from tests.end_to_end.tide import ABALONE, Tide, eventually

MODEL = "commanded"
LINES = [line.partition(",")[2] for line in ABALONE.read_text().splitlines()[:20]]
ROWS = [[float(cell) for cell in line.split(",")] for line in LINES]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


def started(program: str, tide: Tide, *words: str | Path) -> Said:
    """No time passes but real time: SageMaker's events come at once, and so does what follows from them."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    variables = {"EBB_PREDICT_URL": tide.predict_url, "HOME": str(stack.ROOT / ".local/home"), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [programs.FOLDER / program, *words],
        env=kept | variables | tide.cloud.admin.variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=400,
    )
    return Said(done.returncode, done.stdout, done.stderr)


ebb, sam = partial(started, "ebb"), partial(started, "sam")


@pytest.fixture(scope="module")
def run(tide: Tide) -> str:
    programs.write()
    tide.upload(MODEL, ABALONE.read_bytes())
    return tide.live(MODEL)


def state(tide: Tide) -> str:
    models = {one["model"]: one for one in ebb(tide, "status", "--json").document["models"]}
    return str(models[MODEL]["state"])


def test_asleep_a_file_of_rows_wakes_it_and_is_answered(tide: Tide, run: str, tmp_path: Path) -> None:
    before = tide.predicted(MODEL, ROWS)["predictions"]
    (tmp_path / "rows.csv").write_text("".join(f"{line}\n" for line in LINES))
    (tmp_path / "rows.json").write_text(json.dumps({"rows": ROWS}))

    slept = ebb(tide, "sleep", MODEL, "--wait", "60")
    assert (slept.code, slept.err) == (0, "")
    assert f"{MODEL} is asleep." in slept.out
    assert tide.endpoint(MODEL) is None
    assert state(tide) == "asleep"

    csv = ebb(tide, "predict", MODEL, tmp_path / "rows.csv", "--wait", "120")
    assert csv.code == 0, csv
    assert [float(line) for line in csv.out.splitlines()] == before
    json_file = ebb(tide, "predict", MODEL, tmp_path / "rows.json", "--json")
    assert json_file.document == {"model": MODEL, "run": run, "predictions": before}
    assert state(tide) == "live"


def test_woken_it_is_told_of_when_it_is_awake(tide: Tide, run: str) -> None:
    assert ebb(tide, "sleep", MODEL, "--wait", "60").code == 0

    woken = ebb(tide, "wake", MODEL, "--wait", "120", "--json")

    assert (woken.code, woken.document["outcome"], woken.document["run"]) == (0, "done", run)
    assert tide.in_service(MODEL, run)
    again = ebb(tide, "wake", MODEL)
    assert (again.code, "Nothing to do" in again.out) == (0, True)


def test_kept_it_says_so(tide: Tide, run: str) -> None:
    tide.predicted(MODEL, ROWS)
    kept = ebb(tide, "keep", MODEL)
    assert kept.code == 0

    def is_kept() -> bool:
        told = ebb(tide, "status", MODEL)
        return told.code == 0 and "kept" in told.out

    eventually(is_kept, "kept, by ebb status")
    assert ebb(tide, "keep", MODEL, "--not").code == 0
    eventually(lambda: not is_kept(), "kept no longer, by ebb status")


def test_what_an_uninstall_would_remove_is_all_that_there_is(tide: Tide, run: str) -> None:
    tide.predicted(MODEL, ROWS)

    planned = ebb(tide, "uninstall", "--dry-run", "--json")

    assert planned.code == 0, planned
    steps = {(step["kind"], step["name"]): step["outcome"] for step in planned.document["steps"]}
    mine = {("endpoint", f"ebb-{MODEL}"), ("endpoint config", run), ("model", run), ("schedule", "TearDownTimer")}
    assert {steps.get(one) for one in mine} == {"planned"}
    assert tide.endpoint(MODEL) is not None
    assert dead_letters(tide.cloud) == {}


def test_an_unknown_model_and_an_unknown_stack_are_named(tide: Tide, run: str) -> None:
    unknown = ebb(tide, "wake", "nobodys")
    assert (unknown.code, unknown.out) == (3, "")
    assert "nobodys" in unknown.err
    elsewhere = ebb(tide, "status", "--stack", "elsewhere")
    assert (elsewhere.code, "There is no stack elsewhere" in elsewhere.err) == (3, True)


@pytest.fixture
def own(tmp_path: Path, built: None) -> Iterator[Tide]:
    """A cloud whose stack may be removed."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.2, delete_seconds=0.1)
    with Server(settings, tmp_path / "server.log") as server:
        stack.deploy(server.admin)
        yield Tide(server, stack.outputs(server.admin))


def left(tide: Tide) -> dict[str, list[str]]:
    """What SageMaker still has that costs money, or will."""
    lists = {
        "Endpoints": tide.sagemaker.list_endpoints()["Endpoints"],
        "EndpointConfigs": tide.sagemaker.list_endpoint_configs()["EndpointConfigs"],
        "Models": tide.sagemaker.list_models()["Models"],
        "TrainingJobs": tide.sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"],
    }
    return {kind: found for kind, found in lists.items() if found}


@pytest.mark.soak
def test_uninstalled_nothing_costs_money_and_the_stack_can_be_deleted(own: Tide) -> None:
    programs.write()
    for model in ("one", "two"):
        own.upload(model, ABALONE.read_bytes())
    for model in ("one", "two"):
        own.live(model)
    assert ebb(own, "sleep", "two", "--wait", "60").code == 0

    removed = ebb(own, "uninstall", "--yes", "--json")

    assert removed.code == 0, removed
    assert {step["outcome"] for step in removed.document["steps"]} == {"done"}
    assert left(own) == {}
    groups = own.logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Endpoints/")["logGroups"]
    assert groups == []
    own.cloud.advance("25h")  # nothing that was switched off makes anything anew
    assert left(own) == {}
    again = ebb(own, "uninstall", "--yes", "--json")
    assert (again.code, {step["what"] for step in again.document["steps"]}) == (0, {"disabled"})

    deleted = sam(own, *removed.document["next"].split()[1:], "--no-prompts")

    assert deleted.code == 0, deleted
    cloudformation = own.cloud.admin.client("cloudformation")
    assert stack.NAME not in [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]]
    assert own.s3.head_bucket(Bucket=own.bucket)
