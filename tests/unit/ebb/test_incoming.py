"""Every recorded event is read as what it is, in AWS's shapes."""

import json
from pathlib import Path
from typing import Any

import pytest

from ebb.incoming import Message, TrainingEnded, training_ended_of, upload_of
from ebb.names import Upload, model_of_run

EVENTS = Path(__file__).parents[3] / "events"
BUCKET = "ebb-databucket-1example"
JOB = "ebb-abalone-261122153000-k3v7q"
ARN = f"arn:aws:sagemaker:eu-central-1:123456789012:training-job/{JOB}"

UPLOADS = {
    "dataset_uploaded": "datasets/abalone/abalone.csv",
    "dataset_uploaded_multipart": "datasets/abalone/abalone-all-years.csv",
    "dataset_uploaded_odd_key": "datasets/abalone/März 100% + more.csv",
    "settings_uploaded": "datasets/abalone/model.toml",
    "folder_marker_created": "datasets/abalone/",
    "wrong_ending_uploaded": "datasets/abalone/abalone.xlsx",
    "wrong_model_uploaded": "datasets/Abalone_2/data.csv",
    "deeper_folder_uploaded": "datasets/abalone/2026/november.csv",
}
ENDINGS = {
    "training_completed": "Completed",
    "training_completed_as_documented": "Completed",
    "training_failed": "Failed",
    "training_stopped_by_time_limit": "Stopped",
}
NOT_FOR_A_QUEUE = {"endpoint_in_service", "tick"}


def _event(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text()))


def test_every_recorded_event_is_read_by_one_of_these_tests() -> None:
    recorded = {path.stem for path in EVENTS.glob("*.json")}
    assert recorded == UPLOADS.keys() | ENDINGS.keys() | NOT_FOR_A_QUEUE


@pytest.mark.parametrize(("name", "key"), UPLOADS.items())
def test_an_upload_is_bucket_raw_key_and_version(name: str, key: str) -> None:
    event = _event(name)
    assert upload_of(event) == Upload(BUCKET, key, event["detail"]["object"]["version-id"])


@pytest.mark.parametrize(("name", "status"), ENDINGS.items())
def test_a_training_that_ended_is_job_arn_and_status(name: str, status: str) -> None:
    ended = training_ended_of(_event(name))
    assert ended == TrainingEnded(JOB, ARN)
    assert model_of_run("ebb", ended.job) == "abalone"


@pytest.mark.parametrize("name", [*UPLOADS, *ENDINGS])
def test_a_queue_message_gives_its_event_back(name: str) -> None:
    event = _event(name)
    message = Message.from_record({"body": json.dumps(event), "messageAttributes": {}})
    assert message.event == event
    assert message.waiting_since is None


def test_a_message_that_waited_says_since_when() -> None:
    attributes = {"waiting-since": {"stringValue": "1795361400", "dataType": "Number"}}
    message = Message.from_record({"body": "{}", "messageAttributes": attributes})
    assert message.waiting_since == 1_795_361_400.0


def test_a_record_without_attributes_has_not_waited() -> None:
    assert Message.from_record({"body": "{}"}) == Message("{}", None)
