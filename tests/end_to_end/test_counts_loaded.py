"""What is accepted is loaded whole: the container finds the rows and features that dataset.json tells, and trains."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import xgboost

from ebb.datasets.prepare import prepare
from ebb.datasets.source import FileSource
from ebb.datasets.split import Discarded
from local.container import training_job
from local.container.csv_training import load_channel
from local.container.ml_folder import MlFolder
from tests.end_to_end.tide import Tide, eventually
from tests.unit.ebb.datasets.corpus import CORPUS, index, settings_of, text_of

# Threads of several test workers spin against each other: seconds for a job of milliseconds.
xgboost.set_config(nthread=1)

ROOM = 4 * 1024 * 1024
CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
MATRIX = re.compile(r"(Train|Validation) matrix has (\d+) rows(?: and (\d+) columns)?")

# Every accepted file, by its group and name, and what the index of its group knows of it.
ACCEPTED: dict[str, dict[str, Any]] = {
    f"{group}/{name}": entry for group in ("good", "odd") for name, entry in index(group).items()
}


@dataclass(frozen=True)
class ChannelFile:
    """A file of a channel; it is there when it has a row."""

    path: Path

    def write(self, rows: bytes, count: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(rows)


@dataclass
class OnTheInstance:
    """The run folder's files, where SageMaker would have put them for the container."""

    ml: MlFolder
    smoke = Discarded()

    @cached_property
    def train(self) -> ChannelFile:
        return ChannelFile(self.ml.channel("train") / "train.csv")

    @cached_property
    def validation(self) -> ChannelFile:
        return ChannelFile(self.ml.channel("validation") / "validation.csv")

    @contextmanager
    def open(self) -> Iterator[OnTheInstance]:
        for file in (self.train, self.validation):
            file.path.unlink(missing_ok=True)
        yield self

    def configure(self, hyperparameters: dict[str, str]) -> None:
        channels = [file.path.stem for file in (self.train, self.validation) if file.path.exists()]
        folder = self.ml.root / "input/config"
        folder.mkdir(parents=True)
        (folder / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        (folder / "inputdataconfig.json").write_text(json.dumps(dict.fromkeys(channels, CHANNEL)))
        (folder / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))


def counts_logged(lines: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Rows, and columns where it says them, of each matrix that the container has loaded."""
    found = (MATRIX.search(line) for line in lines)
    return {match[1].lower(): tuple(int(count) for count in match.groups()[1:] if count) for match in found if match}


def expected(told: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    rows = told["rows"]
    held_out = {"validation": (rows["validation"],)} if rows["validation"] else {}
    return {"train": (rows["train"], len(told["features"])), **held_out}


@pytest.mark.filterwarnings("ignore:.*(Text file input|Saving model in the UBJSON)")
@pytest.mark.parametrize("name", ACCEPTED)
def test_every_accepted_file_is_loaded_as_told_and_trains(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(ACCEPTED[name])
    instance = OnTheInstance(MlFolder(tmp_path))
    told = prepare(FileSource(CORPUS / name), settings, instance, max_bytes=ROOM).as_json()
    instance.configure({**settings.of_run(told).hyperparameter_texts, "num_round": "1"})

    with caplog.at_level(logging.INFO):
        training_job.run(instance.ml)

    assert counts_logged(caplog.messages) == expected(told)
    assert (instance.ml.model / "xgboost-model").stat().st_size > 0
    if told["rows"]["validation"]:
        held_out = load_channel(instance.validation.path.parent, weights=False)
        assert held_out.num_col() == len(told["features"])


THROUGH_THE_CLOUD = [
    "good/two_members.csv.gz",
    *(
        pytest.param(name, marks=pytest.mark.soak)
        for name in (
            "good/nothing_to_hold_out.csv",
            "odd/trailing_empty_column.csv",
            "good/abalone_as_published.csv",
            "good/dropped_text_of_several_lines_crlf.csv",
            "good/multi_words.csv",
            "good/missing_last_column.csv",
        )
    ),
]


@pytest.mark.parametrize("name", THROUGH_THE_CLOUD)
def test_an_accepted_upload_is_loaded_as_told_by_its_job(tide: Tide, name: str) -> None:
    path = CORPUS / name
    model = re.sub(r"[^a-z]+", "-", path.name)[:28].strip("-")
    tide.upload(model, path.read_bytes(), path.name, text_of(ACCEPTED[name]))

    job = eventually(lambda: ended(tide, model), f"a job of {model}; it is {tide.latest(model)}")

    prepared = tide.s3.get_object(Bucket=tide.bucket, Key=f"runs/{model}/{job['TrainingJobName']}/dataset.json")
    told = json.load(prepared["Body"])
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert told["rows"]["all"] == ACCEPTED[name]["rows"]
    assert counts_logged(tide.job_log(job["TrainingJobName"])) == expected(told)


def ended(tide: Tide, model: str) -> dict[str, Any] | None:
    """The model's job, once it has ended."""
    for name in tide.jobs(model):
        job = dict(tide.sagemaker.describe_training_job(TrainingJobName=name))
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job
    return None
