"""A job that cannot be started now waits; one that never can is told once; neither is in the way of a later one."""

import pytest
from botocore.exceptions import ClientError

from ebb.errors import WaitError
from ebb.ledger.ledger import Ledger
from ebb.messaging.messages import upload_of
from ebb.names import Upload
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, GOOD_ROWS, NOW, TABLE, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"
NAME = "ml.m5.xlarge for training job usage"
WAITED = f"it has waited for 24 hours: room in the account's quota '{NAME}', which is 8"


def _quota(limit: int, used: int) -> ClientError:
    return client_error(
        "ResourceLimitExceeded",
        f"The account-level service limit '{NAME}' is {limit} Instances, with current utilization of {used} Instances "
        "and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota.",
        "CreateTrainingJob",
    )


PASSING, PERMANENT = _quota(8, 8), _quota(0, 0)


@pytest.fixture
def upload(stack: Stack) -> Upload:
    return stack.upload(KEY, GOOD_ROWS)


def _waits(stack: Stack, intake: Intake, upload: Upload, error: ClientError = PASSING) -> WaitError:
    stack.sagemaker.refuse("create_training_job", error)
    with pytest.raises(WaitError) as wait:
        intake.take(upload)
    return wait.value


def _row(stack: Stack) -> dict[str, str]:
    (run,) = {key.split("/")[2] for key in stack.listed() if key.endswith("dataset.json")}
    return stack.row("abalone", f"run#{run}")


def _heard(stack: Stack) -> list[str]:
    return [said["name"] for said in stack.announcements()]


def test_capacity_in_use_is_noted_once_and_announced_never(stack: Stack, intake: Intake, upload: Upload) -> None:
    assert f"room in the account's quota '{NAME}', which is 8" in str(_waits(stack, intake, upload))
    written = stack.record_calls("PutObject")
    with stack.broken("dynamodb", "UpdateItem"):
        _waits(stack, intake, upload)
    assert [key for key in written if not key.endswith("/settings.json")] == []  # which is there, so stays as it is
    row, latest = _row(stack), stack.read_json("runs/abalone/latest.json")
    assert (row["stage"], latest["stage"], row["waiting_at"]) == ("waiting", "waiting", "2026-11-22T16:00:00Z")
    assert NAME in row["reason"]
    assert f"{KEY} is accepted; {latest['run']} waits for room" in latest["sentence"]
    assert _heard(stack) == []


def test_what_has_waited_starts_as_if_it_had_not(stack: Stack, intake: Intake, upload: Upload) -> None:
    _waits(stack, intake, upload)
    assert intake.take(upload)["outcome"] == "training"
    assert intake.take(upload)["outcome"] == "already training"
    assert (_row(stack)["stage"], _row(stack)["reason"]) == ("training", "")
    assert _heard(stack) == ["TrainingStarted"]


def test_a_start_that_could_not_be_told_is_told_after_the_wait(stack: Stack, intake: Intake, upload: Upload) -> None:
    _waits(stack, intake, upload)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    assert intake.take(upload)["outcome"] == "training"
    assert _heard(stack) == ["TrainingStarted"]


def test_a_duplicate_that_meets_the_quota_leaves_a_started_run_alone(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    intake.take(upload)
    _waits(stack, intake, upload)
    assert (_row(stack)["stage"], stack.read_json("runs/abalone/latest.json")["stage"]) == ("training", "training")
    assert intake.give_up(upload, WAITED)["outcome"] == "already training"
    assert _heard(stack) == ["TrainingStarted"]


def test_the_longest_wait_ends_as_one_failure_that_can_be_tried_again(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    _waits(stack, intake, upload)
    for _ in range(2):
        assert intake.give_up(upload, WAITED)["outcome"] == "gave up"
    (said,) = stack.announcements()
    assert (said["name"], said["reason"], said["retry"]) == ("TrainingFailed", WAITED, True)
    assert "ebb retry abalone" in said["sentence"]
    assert (_row(stack)["stage"], _row(stack)["reason"]) == ("failed", WAITED)
    assert stack.read_json("runs/abalone/latest.json")["stage"] == "failed"
    assert intake.take(upload)["outcome"] == "training"
    assert (_row(stack)["stage"], _heard(stack)) == ("training", ["TrainingStarted"])


def test_a_run_that_waited_too_long_begins_anew_with_a_corrected_model_toml(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    _waits(stack, intake, upload)
    run = intake.give_up(upload, WAITED)["run"]
    corrected = stack.upload(TOML, b'[training]\ninstance_type = "ml.m5.2xlarge"')
    assert intake.take(corrected)["outcome"] == "training"
    assert stack.sagemaker.jobs[run]["ResourceConfig"]["InstanceType"] == "ml.m5.2xlarge"


def test_what_a_model_toml_would_start_waits_as_an_upload_of_its_own(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    """By then another upload may be the newest."""
    stack.sagemaker.refuse("create_training_job", PERMANENT)
    intake.take(upload)
    corrected = stack.upload(TOML, b"validation = 0.1")
    stack.sagemaker.refuse("create_training_job", PASSING)
    assert intake.take(corrected)["outcome"] == "goes on as an upload"
    (asked,) = stack.messages(stack.intake_queue)
    assert upload_of(asked) == upload
    stack.upload("datasets/abalone/newer.csv", GOOD_ROWS)
    assert intake.take(upload_of(asked))["outcome"] == "training"
    assert _row(stack)["settings"] == corrected.version_id


def test_giving_up_what_is_gone_or_no_dataset_says_nothing(stack: Stack, intake: Intake, upload: Upload) -> None:
    stack.s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=upload.version_id)
    assert intake.give_up(upload, WAITED)["outcome"] == "gone"
    assert intake.give_up(stack.upload("datasets/abalone/", b""), WAITED)["outcome"] == "ignored"
    assert intake.give_up(stack.upload(TOML, b""), WAITED)["outcome"] == "nothing to run again"
    assert _heard(stack) == []


def test_a_role_that_is_not_known_yet_is_waited_for_ten_minutes(stack: Stack, intake: Intake, upload: Upload) -> None:
    role = client_error("ValidationException", "Could not assume role arn:aws:iam::123456789012:role/training.")
    longest = _waits(stack, intake, upload, role).longest
    assert longest is not None
    assert longest.total_seconds() == 600


def test_a_quota_that_never_suffices_is_told_once_however_often_it_is_tried(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    for _ in range(3):
        stack.sagemaker.refuse("create_training_job", PERMANENT)
        assert intake.take(upload)["outcome"] == "training refused"
    (said,) = stack.announcements()
    assert (said["name"], said["retry"]) == ("TrainingFailed", False)
    assert said["reason"].startswith(f"The account's quota '{NAME}' is 0, but 1 would be needed")
    assert said["sentence"].endswith("After an increase, `ebb retry abalone` trains it.")
    assert (_row(stack)["stage"], _row(stack)["reason"]) == ("failed", said["reason"])
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["stage"], latest["sentence"]) == ("failed", said["sentence"])


def test_a_quota_that_was_raised_lets_the_same_upload_start(stack: Stack, intake: Intake, upload: Upload) -> None:
    stack.sagemaker.refuse("create_training_job", PERMANENT)
    intake.take(upload)
    _waits(stack, intake, upload)
    assert _row(stack)["stage"] == "waiting"
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    assert intake.take(upload)["outcome"] == "training"
    assert (_row(stack)["stage"], _heard(stack)) == ("training", ["TrainingFailed", "TrainingStarted"])


def test_a_quota_that_was_raised_and_lowered_again_is_not_told_twice(
    stack: Stack, intake: Intake, upload: Upload
) -> None:
    stack.sagemaker.refuse("create_training_job", PERMANENT)
    intake.take(upload)
    _waits(stack, intake, upload)
    stack.sagemaker.refuse("create_training_job", PERMANENT)
    intake.take(upload)
    assert _row(stack)["stage"] == stack.read_json("runs/abalone/latest.json")["stage"] == "failed"
    assert _heard(stack) == ["TrainingFailed"]


def test_a_start_that_was_lost_after_a_raised_quota_is_told(stack: Stack, intake: Intake, upload: Upload) -> None:
    stack.sagemaker.refuse("create_training_job", PERMANENT)
    intake.take(upload)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    assert intake.take(upload)["outcome"] == "training"
    assert _heard(stack) == ["TrainingFailed", "TrainingStarted"]


@pytest.mark.parametrize("refused_before", [False, True])
def test_a_job_that_failed_before_its_start_was_told_stays_failed(
    stack: Stack,
    intake: Intake,
    upload: Upload,
    refused_before: bool,  # noqa: FBT001
) -> None:
    if refused_before:
        stack.sagemaker.refuse("create_training_job", PERMANENT)
        intake.take(upload)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    (run,) = stack.sagemaker.jobs
    Ledger(stack.clients.dynamodb, TABLE).record_run("abalone", run, "failed", NOW, reason="subsample is wrong")
    for outcome in ("already trained", "already training"):
        assert intake.take(upload)["outcome"] == outcome
        assert (_row(stack)["stage"], _row(stack)["reason"]) == ("failed", "subsample is wrong")
    assert _heard(stack).count("TrainingStarted") == 1  # late, so that everybody hears of each run that was paid for
