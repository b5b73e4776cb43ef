"""Two uploads with the same run id: the second is never trained on the rows of the first, nor silently dropped."""

import json
from typing import Any

import pytest

from ebb.names import Upload
from ebb.start_training.run import RunTakenError
from tests.emulated.intake import Intake
from tests.emulated.stack import GOOD_ROWS, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"


@pytest.fixture
def upload(stack: Stack) -> Upload:
    return stack.upload(KEY, GOOD_ROWS)


def _belongs_to(stack: Stack, run: str, **source: Any) -> None:
    """What another upload with the same hash would have left."""
    key = f"runs/abalone/{run}/dataset.json"
    dataset = stack.read_json(key)
    dataset["source"] |= source
    stack.upload(key, json.dumps(dataset).encode())


@pytest.mark.parametrize("other", [{"key": "datasets/abalone/other.csv"}, {"version_id": "other"}, {"bucket": "other"}])
def test_a_run_of_another_upload_is_an_error_that_names_both(
    stack: Stack, intake: Intake, upload: Upload, other: dict[str, str]
) -> None:
    run = intake.take(upload)["run"]
    _belongs_to(stack, run, **other)
    stack.announcements()
    with pytest.raises(
        RunTakenError, match=f"{run}/ belongs to version .* not to version {upload.version_id} of {KEY}"
    ):
        intake.take(upload)
    assert stack.sagemaker.called("create_training_job") == [run]
    assert stack.announcements() == []


@pytest.mark.parametrize("rows", [b"", GOOD_ROWS], ids=["refused", "trained"])
def test_a_corrected_model_toml_does_not_train_it_either(stack: Stack, intake: Intake, rows: bytes) -> None:
    run = intake.take(stack.upload(KEY, rows))["run"]
    stack.sagemaker.calls.clear()
    _belongs_to(stack, run, version_id="other")
    with pytest.raises(RunTakenError):
        intake.take(stack.upload(TOML, b"validation = 0"))
    assert stack.sagemaker.calls == []
