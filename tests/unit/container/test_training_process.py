"""The training entry point as a process: its output, its failure file, and how it ends."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
import xgboost

LONG = {"num_round": "1000000", "max_depth": "2"}
SHOWN_BY_SAGEMAKER = 1024


def failure_of(job: Any) -> str:
    with job.start() as process:
        errors = process.communicate()[1]
    assert process.returncode == 1
    text: str = (job.root / "output" / "failure").read_text()
    assert text in errors
    return text


def test_a_job_prints_its_matrices_and_rounds_and_succeeds(job: Any, rows: Callable[..., str]) -> None:
    job.files["validation/data.csv"] = rows(20, 2)
    with job.start() as process:
        output = process.communicate()[0].splitlines()
    assert process.returncode == 0
    assert "INFO:sagemaker-xgboost-container:Train matrix has 40 rows and 3 columns" in output
    assert "INFO:sagemaker-xgboost-container:Validation matrix has 20 rows" in output
    assert [line.partition("\t")[0] for line in output if line.startswith("[")] == ["[0]", "[1]", "[2]"]
    assert output[-1].count("\t") == 2
    assert not (job.root / "output" / "failure").exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"hyperparameters": {"num_round": "0"}},
        {"hyperparameters": {}},
        {"channels": {"train": {"ContentType": "text/csv; label_size=1", "TrainingInputMode": "File"}}},
    ],
    ids=["range", "missing", "channel"],
)
def test_a_wrong_setting_is_told_beyond_what_sagemaker_shows(job: Any, broken: dict[str, Any]) -> None:
    for name, value in broken.items():
        setattr(job, name, value)
    if job.channels:
        job.channels["train"]["S3DistributionType"] = "FullyReplicated"
    text = failure_of(job)
    sentence = text.splitlines()[-1]
    assert text.startswith("framework error: \nTraceback (most recent call last):\n")
    assert sentence.startswith(("Hyperparameter num_round", "Missing required", "Channel configuration"))
    assert text.index(sentence) > SHOWN_BY_SAGEMAKER


def test_missing_data_is_told_within_what_sagemaker_shows(job: Any) -> None:
    job.files["validation/data.csv"] = ""
    text = failure_of(job)
    sentence = "No data in validation channel path /opt/ml/input/data/validation"
    assert text.splitlines()[-1] == sentence
    assert sentence in text[:SHOWN_BY_SAGEMAKER]


def stopped_after_some_rounds(job: Any) -> int:
    with job.start() as process:
        for line in process.stdout:
            if line.startswith("[3]"):
                break
        process.send_signal(signal.SIGTERM)
        process.communicate()
    status: int = process.returncode
    return status


def test_sigterm_ends_a_job_without_a_model(job: Any) -> None:
    job.hyperparameters = LONG
    assert stopped_after_some_rounds(job) == -signal.SIGTERM
    assert list((job.root / "model").iterdir()) == []


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_sigterm_leaves_the_model_so_far_if_wanted(job: Any) -> None:
    job.hyperparameters = {**LONG, "save_model_on_termination": "true"}
    assert stopped_after_some_rounds(job) == 0
    assert [path.name for path in (job.root / "model").iterdir()] == ["xgboost-model"]
    booster = xgboost.Booster()
    booster.load_model(job.root / "model" / "xgboost-model")
    assert booster.num_boosted_rounds() >= 3
