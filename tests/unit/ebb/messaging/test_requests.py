"""Every recorded event is read as what it is, in AWS's shapes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ebb.deploy_endpoint.requests.handle import HANDLERS
from ebb.errors import UnknownMessageError
from ebb.messaging.messages import ApplyChange, CheckEndpoint, Message, TrainingEnded, upload_of
from ebb.messaging.requests import KINDS, HostileRequest, Request, order_of
from ebb.names import ModelName, Upload, model_of_run
from ebb.times import parsed

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
CHECKS = ("endpoint_in_service", "endpoint_update_rolled_back", "check_endpoint")
ABALONE = ModelName("abalone")
REQUESTS = {
    "wake_requested": Request("Wake", ABALONE, by="predict", at=parsed("2026-11-24T08:00:00Z")),
    "sleep_requested": Request("Sleep", ABALONE, at=parsed("2026-11-22T18:00:00Z")),
    "keep_requested": Request("Keep", ABALONE, "2026-12-24T18:00:00Z", at=parsed("2026-11-22T18:10:00Z")),
    "retry_requested": Request("Retry", ABALONE, run=JOB, at=parsed("2026-11-22T17:05:00Z")),
    "apply_requested": Request("Apply", ABALONE, at=parsed("2026-11-22T18:20:00Z")),
    "rollback_requested": Request("Rollback", ABALONE, at=parsed("2026-11-23T09:30:00Z")),
    "delete_requested": Request("Delete", ABALONE, at=parsed("2026-11-23T09:40:00Z")),
}
NOT_FOR_A_QUEUE = {"tick", "predictions_asked", "predictions_asked_as_csv", "model_looked_at"}


def _event(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text()))


def test_every_recorded_event_is_read_by_one_of_these_tests() -> None:
    recorded = {path.stem for path in EVENTS.glob("*.json")}
    assert recorded == {*UPLOADS, *ENDINGS, *CHECKS, *REQUESTS, *NOT_FOR_A_QUEUE, "change_to_apply"}


@pytest.mark.parametrize(("name", "key"), UPLOADS.items())
def test_an_upload_is_bucket_raw_key_and_version(name: str, key: str) -> None:
    event = _event(name)
    assert upload_of(event) == Upload(BUCKET, key, event["detail"]["object"]["version-id"])


@pytest.mark.parametrize("name", ENDINGS)
def test_a_training_that_ended_is_job_and_arn(name: str) -> None:
    ended = TrainingEnded.of(_event(name))
    assert ended == order_of(_event(name)) == TrainingEnded(JOB, ARN)
    assert model_of_run("ebb", ended.job) == "abalone"


@pytest.mark.parametrize("name", [*UPLOADS, *ENDINGS, *CHECKS, *REQUESTS, "change_to_apply"])
def test_a_queue_message_gives_its_event_back(name: str) -> None:
    event = _event(name)
    message = Message.from_record({"body": json.dumps(event), "messageAttributes": {}})
    assert message.event == event
    assert message.waiting_since is None


def test_a_message_that_waited_says_since_when() -> None:
    attributes = {"waiting-since": {"stringValue": "1795361400", "dataType": "Number"}}
    message = Message.from_record({"body": "{}", "messageAttributes": attributes})
    assert message.waiting_since == parsed("2026-11-22T15:30:00Z")


def test_a_record_without_attributes_has_not_waited() -> None:
    assert Message.from_record({"body": "{}"}) == Message("{}", None)


@pytest.mark.parametrize("name", CHECKS)
def test_an_endpoint_that_changed_is_checked(name: str) -> None:
    assert CheckEndpoint.of(_event(name)) == CheckEndpoint("ebb-abalone")


@pytest.mark.parametrize("cleanup", [False, True])
def test_our_own_check_is_read_as_it_was_sent(*, cleanup: bool) -> None:
    check = CheckEndpoint("ebb-abalone", cleanup)
    assert CheckEndpoint.of(check.event("ebb")) == check


@pytest.mark.parametrize(("name", "order"), REQUESTS.items())
def test_what_is_asked_for_is_read(name: str, order: Request) -> None:
    assert order_of(_event(name)) == replace(order, id=_event(name)["id"])


def test_our_own_change_is_read_as_it_was_sent() -> None:
    change = ApplyChange(ABALONE)
    assert order_of(change.event("ebb")) == order_of(_event("change_to_apply")) == change


@pytest.mark.parametrize("kind", ["Wakeup", "Object Created", CheckEndpoint.KIND])
def test_a_message_of_another_kind_is_an_error_that_names_it(kind: str) -> None:
    with pytest.raises(UnknownMessageError, match=f"does not understand '{kind}'"):
        order_of({"source": "ebb.check", "detail-type": kind, "detail": {"endpoint": "e"}})


@pytest.mark.parametrize("kind", ["Wakeup", "sleep", "", CheckEndpoint.KIND])
def test_a_request_of_a_kind_that_nobody_knows_is_refused(kind: str) -> None:
    reason = "there is no such request; there are Wake, Sleep, Keep, Retry, Apply, Rollback, Delete"
    assert order_of(_asked(kind)) == HostileRequest(kind, ABALONE, reason)


def test_each_kind_of_request_has_its_handler_and_nothing_else_has() -> None:
    assert set(HANDLERS) == set(KINDS)


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
    assert order_of(_asked("Keep", until=until)) == Request("Keep", ABALONE, kept)


@pytest.mark.parametrize("until", [None, "", "TRUE", "for ever", 7.5, {}, [], "9999-12-31T23:59:59-01:00", "x" * 9999])
def test_keep_until_anything_else_is_refused_with_what_to_write(until: Any) -> None:
    refused = order_of(_asked("Keep", until=until))
    assert isinstance(refused, HostileRequest)
    assert refused.reason.endswith("write true, false, or a time such as 2026-12-24T18:00:00Z")
    assert len(refused.reason) < 200


@pytest.mark.parametrize("kind", ["Wake", "Sleep", "Keep", "Retry", "Apply", "Rollback", "Delete"])
@pytest.mark.parametrize("model", [None, "", 7, ["abalone"], "Abalone", "../abalone", "a" * 29, JOB, "adopted/old\n"])
def test_a_request_of_no_model_of_ours_is_refused_by_name(kind: str, model: Any) -> None:
    refused = order_of(_asked(kind, model=model, until="true", run=JOB))
    assert isinstance(refused, HostileRequest)
    assert (refused.kind, refused.model) == (kind, None)


def test_an_adopted_endpoint_is_somebody_elses() -> None:
    refused = order_of(_asked("Delete", model="adopted/notebook-7"))
    reason = "'adopted/notebook-7' is somebody else's endpoint, of which Ebb has no model"
    assert refused == HostileRequest("Delete", None, reason)


@pytest.mark.parametrize(
    "run", [None, 7, "", "abalone", "ebb-wine-261122153000-k3v7q", "ebb-abalone-261122153000-k3v7"]
)
def test_a_retry_is_of_a_run_of_the_model(run: Any) -> None:
    assert isinstance(order_of(_asked("Retry", run=run)), HostileRequest)


@pytest.mark.parametrize("by", [None, "", "idle", 7, {}, "x" * 999])
def test_who_asked_is_one_of_three(by: Any) -> None:
    assert order_of(_asked("Wake", by=by)) == Request("Wake", ABALONE)


def test_a_time_that_is_none_is_not_known() -> None:
    assert order_of(_asked("Wake") | {"time": "yesterday"}) == Request("Wake", ABALONE, at=None)
