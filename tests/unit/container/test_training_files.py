"""What may lie in a channel, and what one file too many does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xgboost

from local.container import csv_training
from local.container.errors import NotEmulatedError, UserError
from local.container.training_job import run

pytestmark = pytest.mark.filterwarnings("ignore:.*(Text file input|Saving model in the UBJSON)")


@pytest.mark.parametrize("name", [".DS_Store", "year=2026/.part.crc"])
def test_a_hidden_file_ends_the_job(job: Any, name: str) -> None:
    job.files[f"train/{name}"] = "x"
    with pytest.raises(UserError, match=r"^Hidden file found in the data path! Remove that before training\.$"):
        run(job.write())


def test_an_empty_training_channel_ends_the_job(job: Any) -> None:
    job.files["train/data.csv"] = ""
    with pytest.raises(UserError, match=r"^No data in training channel path .*/input/data/train$"):
        run(job.write())


def test_a_declared_but_empty_validation_channel_ends_the_job(job: Any) -> None:
    job.files["validation/data.csv"] = ""
    with pytest.raises(UserError, match=r"^No data in validation channel path .*/input/data/validation$"):
        run(job.write())


@pytest.mark.parametrize("name", ["_SUCCESS", "data-2.csv"])
def test_an_empty_file_beside_good_data_ends_the_job(job: Any, name: str) -> None:
    job.files[f"train/{name}"] = ""
    with pytest.raises(UserError) as refusal:
        run(job.write())
    assert str(refusal.value) == "Could not determine delimiter on line :\nCould not determine delimiter"


def test_a_readme_beside_good_data_ends_the_job(job: Any) -> None:
    job.files["train/README.txt"] = "these are the rows of May\n"
    with pytest.raises(
        UserError, match=r"^Failed to load csv data with exception:\n.*Delimiter ' ' is not found in the"
    ):
        run(job.write())


@pytest.mark.parametrize(("first", "second"), [(",", ";"), (";", ","), (",", "\t")])
def test_a_second_file_with_another_delimiter_ends_the_job(
    job: Any, rows: Callable[..., str], first: str, second: str
) -> None:
    job.files = {"train/1.csv": rows(separator=first), "train/2.csv": rows(separator=second)}
    with pytest.raises(UserError, match=rf"Delimiter '{first}' is not found in the line\."):
        run(job.write())


def test_a_single_row_trains(job: Any) -> None:
    job.files = {"train/data.csv": "1.5,1,2,3\n"}
    run(job.write())
    assert (job.root / "model" / "xgboost-model").exists()


def test_files_of_the_same_name_and_size_in_both_channels_are_only_warned_of(
    job: Any, rows: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    job.files["validation/data.csv"] = rows()
    run(job.write())
    size = len(rows())
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    train, validation = (f"/opt/ml/input/data/{channel}/data.csv" for channel in ("train", "validation"))
    assert warning == f"Suspected identical files found. ({train} and {validation} with same size {size} bytes)."


@pytest.mark.parametrize("name", ["validation/data.csv", "validation/other.csv", "validation/a/data.csv"])
def test_files_of_another_name_or_size_are_not_warned_of(
    job: Any, rows: Callable[..., str], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    job.files[name] = rows(39 if name == "validation/data.csv" else 40)
    run(job.write())
    assert "Suspected identical files" not in caplog.text


def test_files_of_one_channel_are_read_together(job: Any, rows: Callable[..., str], capfd: Any) -> None:
    job.files |= {"train/2.csv": rows(30, 2), "train/a/3.csv": rows(20, 3), "train/a/b/4.csv": rows(10, 4)}
    run(job.write())
    assert (job.root / "model" / "xgboost-model").exists()


def test_only_deeper_data_is_an_index_error(job: Any, rows: Callable[..., str]) -> None:
    job.files = {"train/a/b/c/data.csv": rows()}
    with pytest.raises(IndexError, match=r"^list index out of range$"):
        run(job.write())


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: ("ä" + text).encode("latin-1"), id="latin-1"),
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16"),
        pytest.param(lambda text: b"\x1f\x8b\x08\x00" + text.encode(), id="gzip"),
    ],
)
def test_anything_but_utf_8_is_a_unicode_error(job: Any, rows: Callable[..., str], encode: Any) -> None:
    job.files["train/data.csv"] = encode(rows())
    with pytest.raises(UnicodeDecodeError):
        run(job.write())


def test_several_instances_are_refused_by_name(job: Any) -> None:
    job.hosts = ["algo-1", "algo-2"]
    with pytest.raises(NotEmulatedError, match="training on 2 instances"):
        run(job.write())


def test_a_place_for_checkpoints_is_refused_by_name(job: Any) -> None:
    job.write()
    (job.root / "input" / "config" / "checkpointconfig.json").write_text('{"LocalPath": "/opt/ml/checkpoints"}')
    with pytest.raises(NotEmulatedError, match="checkpoints"):
        run(job.write())


def test_nothing_lies_beside_the_folder_that_xgboost_reads(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: other processes' temporary files that vanished beside it made one load in a hundred fail."""
    read = csv_training._load_folder
    beside: list[list[str]] = []

    def look(folder: Path, *, weights: bool) -> xgboost.DMatrix:
        beside.append([path.name for path in folder.parent.iterdir() if path != folder])
        return read(folder, weights=weights)

    monkeypatch.setattr(csv_training, "_load_folder", look)
    run(job.write())
    assert beside == [[]]
