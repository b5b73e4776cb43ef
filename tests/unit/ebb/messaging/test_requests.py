"""Every recorded event is read as what it is, in AWS's shapes."""

import json
from pathlib import Path
from typing import Any

import pytest

from ebb.errors import UnknownMessageError
from ebb.messaging import messages
from ebb.messaging.messages import ChangeWanted, Look, Message, TrainingEnded, look_of, training_ended_of, upload_of
from ebb.messaging.requests import Order, RequestMade, RequestRefused, RetryAsked, deploy_order_of
from ebb.names import ModelName, Upload, model_of_run

EVENTS = Path(__file__).parents[4] / "events"
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
LOOKS = ("endpoint_in_service", "endpoint_update_rolled_back", "look_at_endpoint")
ABALONE = ModelName("abalone")
REQUESTS = {
    "endpoint_change_wanted": ChangeWanted(ABALONE),
    "retry_requested": RetryAsked(JOB),
    "wake_requested": RequestMade("Wake", ABALONE, by="predict", at="2026-11-24T08:00:00Z"),
    "sleep_requested": RequestMade("Sleep", ABALONE, at="2026-11-22T18:00:00Z"),
    "keep_requested": RequestMade("Keep", ABALONE, "2026-12-24T18:00:00Z", at="2026-11-22T18:10:00Z"),
    "apply_requested": RequestMade("Apply", ABALONE, at="2026-11-22T18:20:00Z"),
    "rollback_requested": RequestMade("Rollback", ABALONE, at="2026-11-23T09:30:00Z"),
    "delete_requested": RequestMade("Delete", ABALONE, at="2026-11-23T09:40:00Z"),
}
NOT_FOR_A_QUEUE = {"tick", "predictions_asked", "predictions_asked_as_csv", "model_looked_at"}


def _event(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text()))


def test_every_recorded_event_is_read_by_one_of_these_tests() -> None:
    recorded = {path.stem for path in EVENTS.glob("*.json")}
    assert recorded == UPLOADS.keys() | ENDINGS.keys() | set(LOOKS) | REQUESTS.keys() | NOT_FOR_A_QUEUE


@pytest.mark.parametrize(("name", "key"), UPLOADS.items())
def test_an_upload_is_bucket_raw_key_and_version(name: str, key: str) -> None:
    event = _event(name)
    assert upload_of(event) == Upload(BUCKET, key, event["detail"]["object"]["version-id"])


@pytest.mark.parametrize("name", ENDINGS)
def test_a_training_that_ended_is_job_and_arn(name: str) -> None:
    ended = training_ended_of(_event(name))
    assert ended == deploy_order_of(_event(name)) == TrainingEnded(JOB, ARN)
    assert model_of_run("ebb", ended.job) == "abalone"


@pytest.mark.parametrize("name", [*UPLOADS, *ENDINGS, *LOOKS, *REQUESTS])
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


@pytest.mark.parametrize("name", LOOKS)
def test_an_endpoint_that_changed_is_looked_at(name: str) -> None:
    assert look_of(_event(name)) == Look("ebb-abalone")


@pytest.mark.parametrize("tidy", [False, True])
def test_our_own_look_is_read_as_it_was_sent(*, tidy: bool) -> None:
    assert look_of(messages.look("ebb", "ebb-abalone", tidy=tidy)) == Look("ebb-abalone", tidy)


@pytest.mark.parametrize(("name", "order"), REQUESTS.items())
def test_what_is_asked_for_is_read(name: str, order: Order) -> None:
    assert deploy_order_of(_event(name)) == order


def test_our_own_change_is_read_as_it_was_sent() -> None:
    assert deploy_order_of(messages.change("ebb", "abalone")) == ChangeWanted(ModelName("abalone"))


@pytest.mark.parametrize("kind", ["Wakeup", "Object Created", messages.LOOK])
def test_a_message_of_another_kind_is_an_error_that_names_it(kind: str) -> None:
    with pytest.raises(UnknownMessageError, match=f"does not understand '{kind}'"):
        deploy_order_of({"source": "ebb.request", "detail-type": kind, "detail": {"endpoint": "e"}})


def _asked(kind: str, **detail: Any) -> dict[str, Any]:
    return {"source": "ebb.request", "detail-type": kind, "detail": {"stack": "ebb", "model": "abalone"} | detail}


@pytest.mark.parametrize(
    ("until", "kept"),
    [
        ("true", "true"),
        ("false", "false"),
        (True, "true"),
        (False, "false"),
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
        ("2026-12-24T19:00:00+01:00", "2026-12-24T18:00:00Z"),
        ("2026-12-24", "2026-12-24T00:00:00Z"),
    ],
)
def test_keep_is_until_a_time_in_utc_or_yes_or_no(until: Any, kept: str) -> None:
    assert deploy_order_of(_asked("Keep", until=until)) == RequestMade("Keep", ABALONE, kept)


@pytest.mark.parametrize("until", [None, "", "TRUE", "for ever", 7.5, {}, [], "9999-12-31T23:59:59-01:00", "x" * 9999])
def test_keep_until_anything_else_is_refused_with_what_to_write(until: Any) -> None:
    refused = deploy_order_of(_asked("Keep", until=until))
    assert isinstance(refused, RequestRefused)
    assert refused.reason.endswith("write true, false, or a time such as 2026-12-24T18:00:00Z")
    assert len(refused.reason) < 200


@pytest.mark.parametrize("kind", ["Wake", "Sleep", "Keep", "Retry", "Apply", "Rollback", "Delete"])
@pytest.mark.parametrize("model", [None, "", 7, ["abalone"], "Abalone", "../abalone", "a" * 29, JOB, "adopted/old\n"])
def test_a_request_of_no_model_of_ours_is_refused_by_name(kind: str, model: Any) -> None:
    refused = deploy_order_of(_asked(kind, model=model, until="true", run=JOB))
    assert isinstance(refused, RequestRefused)
    assert refused.reason.startswith(f"{kind} of ")


def test_an_adopted_endpoint_is_somebody_elses() -> None:
    refused = deploy_order_of(_asked("Delete", model="adopted/notebook-7"))
    reason = "Delete of 'adopted/notebook-7': it is somebody else's endpoint, of which Ebb has no model"
    assert refused == RequestRefused(reason)


@pytest.mark.parametrize(
    "run", [None, 7, "", "abalone", "ebb-wine-261122153000-k3v7q", "ebb-abalone-261122153000-k3v7"]
)
def test_a_retry_is_of_a_run_of_the_model(run: Any) -> None:
    assert isinstance(deploy_order_of(_asked("Retry", run=run)), RequestRefused)


@pytest.mark.parametrize("by", [None, "", "idle", 7, {}, "x" * 999])
def test_who_asked_is_one_of_three(by: Any) -> None:
    assert deploy_order_of(_asked("Wake", by=by)) == RequestMade("Wake", ABALONE)


def test_a_time_that_is_none_is_not_known() -> None:
    assert deploy_order_of(_asked("Wake") | {"time": "yesterday"}) == RequestMade("Wake", ABALONE, at="")
