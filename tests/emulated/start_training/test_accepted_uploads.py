"""An accepted upload becomes a whole run folder and exactly one training job, however often its event arrives."""

import datetime as dt
import gzip
import hashlib
import zlib
from dataclasses import replace

import pytest

from ebb.errors import WaitError
from ebb.names import ModelName, Upload, run_id
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, GOOD_ROWS, NOW, Stack

KEY = "datasets/abalone/abalone.csv"


def _run(stack: Stack, upload: Upload) -> str:
    uploaded_at = stack.s3.head_object(Bucket=BUCKET, Key=upload.key, VersionId=upload.version_id)["LastModified"]
    return run_id("ebb", ModelName("abalone"), upload, uploaded_at)


def _big_file() -> bytes:
    return b"".join(b"%d,%d.25,%d,0.12345678901234,9.5\n" % (n % 29, n, n * 7) for n in range(320_000))


def _is_held_out(row: bytes, share: float = 0.2) -> bool:
    return zlib.crc32(row.rstrip(b"\n")) % 10_000 < share * 10_000


def test_rows_are_divided_into_train_validation_and_smoke(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    outcome = intake.take(upload)
    rows = GOOD_ROWS.splitlines(keepends=True)
    held = [row for row in rows if _is_held_out(row)]
    folder = f"runs/abalone/{_run(stack, upload)}"
    assert stack.read(f"{folder}/validation.csv") == b"".join(held)
    assert stack.read(f"{folder}/train.csv") == b"".join(row for row in rows if row not in held)
    assert sorted(stack.read(f"{folder}/smoke.csv").splitlines(keepends=True)) == sorted(held)
    counts = {"train": 200 - len(held), "validation": len(held), "smoke": len(held)}
    assert outcome == {"outcome": "training", "run": _run(stack, upload), "rows": counts | {"all": 200}}


def test_the_run_folder_says_where_it_comes_from_and_how_to_do_it_again(stack: Stack, intake: Intake) -> None:
    settings, upload = stack.upload("datasets/abalone/model.toml", b"validation = 0.1"), stack.upload(KEY, GOOD_ROWS)
    run = intake.take(upload)["run"]
    dataset = stack.read_json(f"runs/abalone/{run}/dataset.json")
    assert (dataset["schema"], dataset["verdict"], dataset["run"]) == (1, "accepted", run)
    uploaded = dt.datetime.fromisoformat(dataset["source"].pop("uploaded_at"))
    assert uploaded.strftime("%y%m%d%H%M%S") == run.split("-")[2]
    assert dataset["source"] == {
        "bucket": BUCKET,
        "key": KEY,
        "version_id": upload.version_id,
        "bytes": len(GOOD_ROWS),
        "sha256": hashlib.sha256(GOOD_ROWS).hexdigest(),
    }
    sizes = {part: len(stack.read(f"runs/abalone/{run}/{part}.csv")) for part in ("train", "validation")}
    assert dataset["bytes"] == sizes
    kept = stack.read_json(f"runs/abalone/{run}/settings.json")
    assert kept["validation"] == dataset["validation"] == 0.1
    assert kept["model_toml_version"] == dataset["model_toml_version"] == settings.version_id


def test_without_a_model_toml_the_defaults_are_kept(stack: Stack, intake: Intake) -> None:
    run = intake.take(stack.upload(KEY, GOOD_ROWS))["run"]
    kept = stack.read_json(f"runs/abalone/{run}/settings.json")
    assert (kept["validation"], kept["model_toml_version"]) == (0.2, None)


def test_a_packed_table_is_trained_as_the_same_table_unpacked(stack: Stack, intake: Intake) -> None:
    packed = gzip.compress(GOOD_ROWS)
    runs = [intake.take(stack.upload(key, data))["run"] for key, data in ((KEY, GOOD_ROWS), (f"{KEY}.gz", packed))]
    plain, unpacked = (stack.read(f"runs/abalone/{run}/train.csv") for run in runs)
    assert plain == unpacked
    source = stack.read_json(f"runs/abalone/{runs[1]}/dataset.json")["source"]
    assert (source["bytes"], source["sha256"]) == (len(packed), hashlib.sha256(packed).hexdigest())


def test_dataset_json_is_written_after_everything_else_of_the_folder(stack: Stack, intake: Intake) -> None:
    written = stack.record_calls("PutObject")
    run = intake.take(stack.upload(KEY, GOOD_ROWS))["run"]
    ours = [key.rpartition("/")[2] for key in written if f"/{run}/" in key]
    assert ours[-1] == "dataset.json"
    assert sorted(ours) == ["dataset.json", "settings.json", "smoke.csv", "train.csv", "validation.csv"]


def test_what_can_be_made_again_expires_and_what_proves_the_run_does_not(stack: Stack, intake: Intake) -> None:
    run = intake.take(stack.upload(KEY, GOOD_ROWS))["run"]
    expiring = {
        key.rpartition("/")[2]
        for key in stack.listed()
        if stack.s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"] == [{"Key": "ebb:part", "Value": "data"}]
    }
    assert expiring == {"train.csv", "validation.csv"}
    assert f"runs/abalone/{run}/smoke.csv" in stack.listed()


def test_one_job_is_started_on_the_run_folder(stack: Stack, intake: Intake) -> None:
    run = intake.take(stack.upload(KEY, GOOD_ROWS))["run"]
    job = stack.sagemaker.jobs[run]
    uris = [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in job["InputDataConfig"]]
    assert uris == [f"s3://{BUCKET}/runs/abalone/{run}/{name}.csv" for name in ("train", "validation")]
    assert stack.sagemaker.tags[job["TrainingJobArn"]] == {"ebb:stack": "ebb", "ebb:model": "abalone", "ebb:run": run}


def test_the_start_is_announced_and_recorded(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    run = intake.take(upload)["run"]
    (said,) = stack.announcements()
    assert (said["name"], said["model"], said["run"]) == ("TrainingStarted", "abalone", run)
    assert KEY in said["sentence"]
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["run"], latest["stage"], latest["endpoint"]) == (run, "training", "ebb-abalone")
    assert (latest["sentence"], latest["problems"], latest["at"]) == (said["sentence"], [], "2026-11-22T16:00:00Z")
    row = stack.row("abalone", f"run#{run}")
    assert (row["stage"], row["key"], row["version_id"]) == ("training", KEY, upload.version_id)
    assert row["training_at"] == "2026-11-22T16:00:00Z"
    assert run.split("-")[2] == dt.datetime.fromisoformat(row["uploaded_at"]).strftime("%y%m%d%H%M%S")


def test_the_same_event_twice_starts_one_job_and_says_so_once(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    first = intake.take(upload)
    assert intake.take(upload) == {"outcome": "already training", "run": first["run"]}
    assert list(stack.sagemaker.jobs) == [first["run"]]
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]


def test_each_version_of_a_key_is_a_run_of_its_own(stack: Stack, intake: Intake) -> None:
    uploads = [stack.upload(KEY, GOOD_ROWS), stack.upload(KEY, GOOD_ROWS + b"1,2,3\n")]
    rows = [intake.take(upload)["rows"]["all"] for upload in uploads]
    assert rows == [200, 201]
    assert len(stack.sagemaker.jobs) == 2


def test_a_retry_after_a_crash_before_the_job_starts_it_without_reading_the_data_again(
    stack: Stack, intake: Intake
) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", client_error("ResourceLimitExceeded", "is 8"))
    with pytest.raises(Exception, match="ResourceLimitExceeded"):
        intake.take(upload)
    assert stack.announcements() == []
    read = stack.record_calls("GetObject")
    run = intake.take(upload)["run"]
    assert KEY not in read
    assert list(stack.sagemaker.jobs) == [run]
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]


def test_a_half_written_folder_is_written_again(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    half = f"runs/abalone/{_run(stack, upload)}/train.csv"
    stack.s3.put_object(Bucket=BUCKET, Key=half, Body=b"1,2,3\n")
    assert intake.take(upload)["outcome"] == "training"
    assert len(stack.read(half).splitlines()) > 100


def test_a_newer_model_toml_between_two_attempts_does_not_change_the_run(stack: Stack, intake: Intake) -> None:
    toml = "datasets/abalone/model.toml"
    first = stack.upload(toml, b"validation = 0.0\n[hyperparameters]\nnum_round = 7")
    upload = stack.upload(KEY, GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", client_error("InternalFailure", "try again"))
    with pytest.raises(Exception, match="InternalFailure"):
        intake.take(upload)
    stack.upload(toml, b"validation = 0.5\n[hyperparameters]\nnum_round = 99")
    outcome = intake.take(upload)
    assert stack.sagemaker.jobs[outcome["run"]]["HyperParameters"]["num_round"] == "7"
    assert outcome["rows"]["validation"] == 0
    kept = stack.read_json(f"runs/abalone/{outcome['run']}/settings.json")
    assert kept["model_toml_version"] == first.version_id


def test_without_validation_all_rows_train_and_the_smoke_test_has_200_of_them(stack: Stack, intake: Intake) -> None:
    stack.upload("datasets/abalone/model.toml", b"validation = 0")
    data = GOOD_ROWS + b"".join(b"%d,1,2\n" % number for number in range(100))
    outcome = intake.take(stack.upload(KEY, data))
    assert outcome["rows"] == {"train": 300, "validation": 0, "smoke": 200, "all": 300}
    job = stack.sagemaker.jobs[outcome["run"]]
    assert [channel["ChannelName"] for channel in job["InputDataConfig"]] == ["train"]
    assert stack.read(f"runs/abalone/{outcome['run']}/train.csv") == data


def test_a_big_file_goes_in_parts_and_stays_the_same_to_the_byte(stack: Stack, intake: Intake) -> None:
    data = _big_file()
    assert len(data) > 10 * 1024 * 1024
    stack.upload("datasets/abalone/model.toml", b"validation = 0.02")
    parts = stack.record_calls("UploadPart")
    run = intake.take(stack.upload(KEY, data))["run"]
    train = f"runs/abalone/{run}/train.csv"
    assert len(parts) >= 2
    assert set(parts) == {train}
    rows = data.splitlines(keepends=True)
    assert stack.read(train) == b"".join(row for row in rows if not _is_held_out(row, 0.02))
    assert stack.s3.get_object_tagging(Bucket=BUCKET, Key=train)["TagSet"] == [{"Key": "ebb:part", "Value": "data"}]
    smoke = stack.read(f"runs/abalone/{run}/smoke.csv").splitlines(keepends=True)
    assert len(set(smoke)) == 200
    assert set(smoke) <= {row for row in rows if _is_held_out(row, 0.02)}


def test_a_version_below_a_delete_marker_is_still_trained(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    stack.s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert intake.take(upload)["outcome"] == "training"


def test_a_key_with_blanks_percent_plus_and_umlaut_is_read_as_it_is(stack: Stack, intake: Intake) -> None:
    upload = stack.upload("datasets/abalone/März 100% + more.csv", GOOD_ROWS)
    assert intake.take(upload)["outcome"] == "training"
    (said,) = stack.announcements()
    assert "März 100% + more.csv" in said["sentence"]


@pytest.mark.parametrize("key", ["datasets/abalone/", "datasets/Abalone_2/model.toml"])
def test_folder_markers_and_settings_of_no_model_are_passed_over(stack: Stack, intake: Intake, key: str) -> None:
    assert intake.take(stack.upload(key, b"")) == {"outcome": "ignored", "key": key}
    assert (stack.announcements(), stack.listed(), stack.sagemaker.calls) == ([], [], [])


def test_a_retry_after_a_crash_right_after_the_job_still_announces_it(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    run = intake.take(upload)["run"]
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]
    assert stack.row("abalone", f"run#{run}")["stage"] == "training"


def test_what_sagemaker_refuses_is_told_to_the_uploader_once(stack: Stack, intake: Intake) -> None:
    upload = stack.upload("datasets/abalone/abalone.csv", GOOD_ROWS)
    for _ in range(2):
        stack.sagemaker.refuse(
            "create_training_job", client_error("ValidationException", "Instance type ml.m5.nosuch does not exist.")
        )
        assert intake.take(upload)["outcome"] == "training refused"
    assert [said["name"] for said in stack.announcements()] == ["TrainingFailed"]
    assert "ml.m5.nosuch" in stack.read_json("runs/abalone/latest.json")["sentence"]


def test_capacity_in_use_is_waited_for(stack: Stack, intake: Intake) -> None:
    upload = stack.upload("datasets/abalone/abalone.csv", GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", client_error("ResourceLimitExceeded", "The limit is 8"))
    with pytest.raises(WaitError):
        intake.take(upload)
    assert stack.announcements() == []
    assert intake.take(upload)["outcome"] == "training"


def test_who_finds_the_job_there_already_lets_the_other_attempt_tell_of_it(stack: Stack, intake: Intake) -> None:
    """An upload and the event of its model.toml, worked on at once: the quicker one may be telling."""
    upload, second = stack.upload("datasets/abalone/abalone.csv", GOOD_ROWS), replace(intake, fresh=True)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    with pytest.raises(WaitError, match="may just be telling"):
        second.take(upload)
    assert stack.announcements() == []
    assert replace(second, fresh=False).take(upload)["outcome"] == "training"
    assert second.take(upload)["outcome"] == "already training"
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]


@pytest.mark.parametrize("stage", ["candidate", "live", "failed"])
def test_a_start_that_nobody_told_is_told_even_when_the_run_has_gone_on(
    stack: Stack, intake: Intake, stage: str
) -> None:
    """Its function was killed right after the job was created, and the message came back after the job's end."""
    upload = stack.upload("datasets/abalone/abalone.csv", GOOD_ROWS)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(upload)
    (run,) = stack.sagemaker.jobs
    stack.ledger.record_run("abalone", run, stage, NOW, reason="")
    assert intake.take(upload)["outcome"] == "already trained"
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]
    row = stack.row("abalone", f"run#{run}")
    assert (row["stage"], "training_at" in row) == (stage, True)
    assert intake.take(upload)["outcome"] == "already training"


def test_an_event_without_a_version_is_about_the_current_one(stack: Stack, intake: Intake) -> None:
    """As S3 sends it in the first minutes after versioning was switched on."""
    beside = stack.upload(f"{KEY}.gz", gzip.compress(GOOD_ROWS))
    stack.upload(KEY, b"an older version")
    upload = stack.upload(KEY, GOOD_ROWS)
    outcome = intake.take(replace(upload, version_id=""))
    assert (outcome["outcome"], outcome["run"]) == ("training", _run(stack, upload))
    assert intake.take(upload)["run"] == outcome["run"]
    assert len(stack.sagemaker.jobs) == 1
    stack.s3.delete_object(Bucket=BUCKET, Key=beside.key)
    assert intake.take(replace(beside, version_id=""))["outcome"] == "gone"
