"""A file of gigabytes goes through whole: uploaded as a person would, checked, trained on, and asked.

With `-s` it says how long each part took, and how much memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from local.stack import ROOT
from tests.end_to_end.large_table import LargeTable
from tests.end_to_end.test_counts_loaded import counts_logged, ended, expected
from tests.end_to_end.test_tide import downloaded_model
from tests.end_to_end.tide import Tide, eventually
from tests.end_to_end.watching import Watch

MEGABYTE, GIGABYTE = 1024**2, 1024**3
MODEL = "large"
SETTINGS = """
[hyperparameters]
num_round = 2
tree_method = "hist"
"""
START_TRAINING = "ebb-start-training"
FUNCTION_SECONDS = 900
FUNCTION_GROWTH = 64 * MEGABYTE  # over what a small file takes, whatever the size
INSTANCE_MEMORY = 16 * GIGABYTE  # of the ml.m5.xlarge that is the default


def test_the_yardstick_is_made_as_it_says(tmp_path: Path) -> None:
    table = LargeTable(3 * MEGABYTE)
    table.write(tmp_path / "small.csv")

    rows = (tmp_path / "small.csv").read_bytes().splitlines()

    assert len(rows) == len(set(rows)) == table.rows
    assert {row.count(b",") for row in rows} == {table.features}
    assert 0.19 < table.held_out / table.rows < 0.21


@dataclass
class Phases:
    """How long what took."""

    begun: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def end(self, what: str) -> None:
        now = time.monotonic()
        self.seconds[what], self.begun = now - self.begun, now
        print(f"{what:<32}{self.seconds[what]:7.1f} s", flush=True)  # noqa: T201


@pytest.fixture
def cleaned(tide: Tide) -> Iterator[Tide]:
    """Gigabytes are not left to the tests that follow."""
    yield tide
    for prefix in (f"datasets/{MODEL}/", f"runs/{MODEL}/"):
        for version in tide.s3.list_object_versions(Bucket=tide.bucket, Prefix=prefix).get("Versions", []):
            tide.s3.delete_object(Bucket=tide.bucket, Key=version["Key"], VersionId=version["VersionId"])


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("gigabytes", [2])
def test_a_large_file_goes_through_whole(cleaned: Tide, tmp_path: Path, gigabytes: float) -> None:
    tide, table, file, phases = cleaned, LargeTable(int(gigabytes * GIGABYTE)), tmp_path / "large.csv", Phases()
    watch = Watch(tide.cloud)
    table.write(file)
    with file.open() as lines:
        features = next(lines).rstrip("\n").partition(",")[2]
    phases.end("made")
    small = LargeTable(MEGABYTE)
    small.write(tmp_path / "small.csv")
    tide.upload("small", (tmp_path / "small.csv").read_bytes(), settings=SETTINGS)
    eventually(lambda: dataset(tide, "small"), f"a verdict; {tide.latest('small')}")
    watch.look()
    before, idle = watch.usage["cloud"].now, watch.usage[START_TRAINING].peak
    phases.end("a small one before")

    with watch.watching():
        tide.s3.put_object(Bucket=tide.bucket, Key=f"datasets/{MODEL}/model.toml", Body=SETTINGS.encode())
        copy(tide, file)
        phases.end("uploaded by aws s3 cp")
        told = eventually(lambda: dataset(tide, MODEL), f"a verdict; {tide.latest(MODEL)}", FUNCTION_SECONDS)
        phases.end("checked, split and written")
        job = eventually(lambda: ended(tide, MODEL), "the end of the job", 400)
        phases.end("downloaded and trained on")
        tide.in_service(MODEL)
        phases.end("deployed")
    file.unlink()
    report(table, phases, watch)
    print(f"before: cloud {before // MEGABYTE} MB, {START_TRAINING} {idle // MEGABYTE} MB")  # noqa: T201

    assert told["verdict"] == "accepted", told["problems"]
    assert told["source"]["bytes"] == table.written
    assert told["rows"]["all"] == table.rows
    assert told["rows"]["validation"] == table.held_out
    assert told["rows"]["train"] == table.rows - table.held_out
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert counts_logged(tide.job_log(job["TrainingJobName"])) == expected(told)
    model = downloaded_model(tide, MODEL, job["TrainingJobName"], tmp_path)
    row = np.array([[float(cell) for cell in features.split(",")]], dtype=np.float32)
    assert float(tide.invoke(MODEL, features)) == float(model.predict(xgb.DMatrix(row))[0])
    assert watch.usage[START_TRAINING].peak < idle + FUNCTION_GROWTH
    assert watch.usage["training"].peak < INSTANCE_MEMORY
    assert watch.usage["cloud"].peak < before + 400 * MEGABYTE


def copy(tide: Tide, file: Path) -> None:
    """As a person does who has sourced `.local/env`."""
    target = f"s3://{tide.bucket}/datasets/{MODEL}/{file.name}"
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent), **tide.cloud.admin.variables}
    command = [str(ROOT / ".local/bin/aws"), "s3", "cp", "--quiet", str(file), target]
    subprocess.run(command, env=environment, check=True, timeout=300)


def dataset(tide: Tide, model: str) -> dict[str, Any] | None:
    found = tide.s3.list_objects_v2(Bucket=tide.bucket, Prefix=f"runs/{model}/").get("Contents", [])
    keys = [entry["Key"] for entry in found if entry["Key"].endswith("/dataset.json")]
    return dict(json.load(tide.s3.get_object(Bucket=tide.bucket, Key=keys[0])["Body"])) if keys else None


def report(table: LargeTable, phases: Phases, watch: Watch) -> None:
    """Lambda gives one whole processor at 1769 MB, so the function's processor time is what would pass there."""
    size, function = table.written / MEGABYTE, watch.usage[START_TRAINING]
    rate = size / function.processor
    said = [
        f"{table.rows:,} rows, {size:,.0f} MB, in {sum(phases.seconds.values()):.0f} s",
        f"function: {function.processor:.0f} s of processor, {rate:.0f} MB/s; 5 GB would take {5 * 1024 / rate:.0f} s",
        *(f"peak of {name}: {usage.peak // MEGABYTE} MB" for name, usage in watch.usage.items()),
    ]
    print(*said, sep="\n")  # noqa: T201
