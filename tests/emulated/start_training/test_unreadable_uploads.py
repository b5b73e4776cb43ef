"""What cannot be read: gone, locked away, or too slow. An answer where the uploader can mend it, an error elsewhere."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.context import Context
from ebb.environment import StartTrainingSettings
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, GOOD_ROWS, NOW, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"
WORDS = b"".join(b"%s,%d,%d\n" % (b"F" if n % 2 else b"M", n % 29, n) for n in range(200))


@contextmanager
def _answers(stack: Stack, operation: str, key: str, code: str, message: str = "", after: int = 0) -> Iterator[None]:
    """S3 answers with this error instead, to all such calls for this key but the first ones."""
    event, answered = f"before-call.s3.{operation}", iter(range(after))
    told = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def answer(params: dict[str, Any], **_: object) -> Any:
        if not params["url_path"].endswith(key) or next(answered, None) is not None:
            return None
        return SimpleNamespace(status_code=400), told

    stack.s3.meta.events.register(event, answer)
    yield
    stack.s3.meta.events.unregister(event, answer)


def test_a_version_that_is_gone_is_a_no_op(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    stack.s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=upload.version_id)
    assert intake.take(upload) == {"outcome": "gone", "key": KEY, "version": upload.version_id}
    assert (stack.announcements(), stack.listed(), stack.sagemaker.calls) == ([], [], [])


@pytest.mark.parametrize("after", [0, 1])
def test_a_version_that_goes_while_it_is_read_leaves_no_rows(stack: Stack, intake: Intake, after: int) -> None:
    """A table with words is read twice: it may go between the passes."""
    upload = stack.upload(KEY, WORDS)
    with _answers(stack, "GetObject", KEY, "NoSuchVersion", after=after):
        assert intake.take(upload)["outcome"] == "gone"
    assert [key.rpartition("/")[2] for key in stack.listed()] == ["settings.json"]
    assert (stack.announcements(), stack.sagemaker.calls) == ([], [])


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("InvalidObjectState", "The operation is not valid for the object's storage class", "is archived"),
        ("KMS.DisabledException", "The key is disabled", "KMS.DisabledException"),
        ("AccessDenied", "not authorized to perform: kms:Decrypt", "a KMS key that Ebb may not use"),
    ],
)
def test_an_object_that_is_locked_away_is_refused_with_the_remedy(
    stack: Stack, intake: Intake, code: str, message: str, said: str
) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    with _answers(stack, "GetObject", KEY, code, message):
        outcome = intake.take(upload)
    assert outcome["outcome"] == "refused"
    dataset = stack.read_json(f"runs/abalone/{outcome['run']}/dataset.json")
    (problem,) = dataset["problems"]
    assert problem["code"] == "unreadable"
    assert said in problem["problem"]
    assert stack.read_json("runs/abalone/latest.json")["problems"] == [problem]


def test_a_key_of_the_customers_own_is_refused_without_a_run(stack: Stack, intake: Intake) -> None:
    """Without that key S3 does not even say when the object was uploaded."""
    upload, sse_c = stack.upload(KEY, GOOD_ROWS), "stored using a form of Server Side Encryption"
    with (
        _answers(stack, "HeadObject", KEY, "400", "Bad Request"),
        _answers(stack, "GetObject", KEY, "InvalidRequest", sse_c),
    ):
        assert intake.take(upload)["outcome"] == "refused"
        assert intake.take(stack.upload(TOML, b""))["reason"] == "its newest upload cannot be read"
    (said,) = stack.announcements()
    assert (said["model"], said["run"], said["problems"][0]["code"]) == ("abalone", None, "unreadable")
    assert stack.listed() == ["runs/abalone/latest.json"]


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_a_permission_of_ours_that_is_missing_is_an_error(stack: Stack, intake: Intake, operation: str) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    with _answers(stack, operation, KEY, "AccessDenied", "Access Denied"), pytest.raises(ClientError, match="Access"):
        intake.take(upload)
    assert stack.announcements() == []


@pytest.mark.parametrize(
    ("operation", "code", "message", "outcome"),
    [
        ("GetObject", "KMS.DisabledException", "The key is disabled", "refused"),
        ("GetObject", "AccessDenied", "not authorized to perform: kms:Decrypt", "refused"),
        ("GetObject", "AccessDenied", "Access Denied", None),
        ("HeadObject", "403", "Forbidden", None),
    ],
)
def test_a_model_toml_that_is_locked_away_is_a_wrong_setting(
    stack: Stack, intake: Intake, operation: str, code: str, message: str, outcome: str | None
) -> None:
    stack.upload(TOML, b"validation = 0.1")
    upload = stack.upload(KEY, GOOD_ROWS)
    with _answers(stack, operation, TOML, code, message):
        if outcome is None:
            with pytest.raises(ClientError):
                intake.take(upload)
            return
        assert intake.take(upload)["outcome"] == outcome
    (said,) = stack.announcements()
    assert [problem["code"] for problem in said["problems"]] == ["wrong_setting"]
    assert said["problems"][0]["problem"].startswith("model.toml is encrypted")


def test_a_pass_that_cannot_end_in_time_is_an_answer(stack: Stack, start_settings: StartTrainingSettings) -> None:
    soon = NOW + dt.timedelta(seconds=59)
    upload = stack.upload(KEY, GOOD_ROWS)
    outcome = Intake(Context(stack.clients, start_settings, NOW), until=soon).take(upload)
    assert outcome["outcome"] == "refused"
    assert "too large to be read in one pass" in outcome["reason"]
    assert [key for key in stack.listed() if key.endswith(".csv")] == []
