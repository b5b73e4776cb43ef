"""A corrected model.toml runs the model's newest upload again, if that was refused; any order of events ends alike."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ebb.errors import WaitError
from ebb.ledger.ledger import Ledger
from ebb.names import Upload
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, GOOD_ROWS, NOW, TABLE, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"
WRONG, WRONG_AGAIN, RIGHT = b"validation = 0.9", b"validation = 0.8\nspot = true", b"validation = 0.25"
NO_SUCH_TYPE = client_error("ValidationException", "Instance type ml.m5.nosuch does not exist.")


@pytest.fixture
def refused(stack: Stack, intake: Intake) -> Upload:
    """An upload that was refused for its model.toml, and told so."""
    stack.upload(TOML, WRONG)
    upload = stack.upload(KEY, GOOD_ROWS)
    assert intake.take(upload)["outcome"] == "refused"
    stack.announcements()
    return upload


@contextmanager
def _while_reading(stack: Stack, then: Callable[[], object]) -> Iterator[None]:
    """Something happens between the settings and the verdict of a run."""
    event = "provide-client-params.s3.GetObject"
    done: list[object] = []

    def happen(params: dict[str, Any], **_: object) -> None:
        if params["Key"] == KEY and not done:
            done.append(params)
            then()

    stack.s3.meta.events.register(event, happen)
    yield
    stack.s3.meta.events.unregister(event, happen)
    assert done


def _kept(stack: Stack, run: str, name: str) -> dict[str, Any]:
    return stack.read_json(f"runs/abalone/{run}/{name}.json")


def test_the_newest_upload_is_trained_when_its_settings_are_corrected(
    stack: Stack, intake: Intake, refused: Upload
) -> None:
    corrected = stack.upload(TOML, RIGHT)
    outcome = intake.take(corrected)
    assert outcome["outcome"] == "training"
    run = outcome["run"]
    assert list(stack.sagemaker.jobs) == [run]
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]
    settings, dataset = _kept(stack, run, "settings"), _kept(stack, run, "dataset")
    assert (settings["validation"], settings["model_toml_version"]) == (0.25, corrected.version_id)
    assert (dataset["verdict"], dataset["model_toml_version"]) == ("accepted", corrected.version_id)
    assert dataset["source"]["version_id"] == refused.version_id
    row = stack.row("abalone", f"run#{run}")
    assert (row["stage"], row["reason"]) == ("training", "")
    latest = stack.read_json("runs/abalone/latest.json")
    assert (latest["stage"], latest["problems"]) == ("training", [])


def test_the_same_correction_told_twice_starts_one_job_and_says_so_once(
    stack: Stack, intake: Intake, refused: Upload
) -> None:
    corrected = stack.upload(TOML, RIGHT)
    outcomes = [intake.take(event)["outcome"] for event in (corrected, corrected, refused)]
    assert outcomes == ["training", "nothing to run again", "already training"]
    assert len(stack.sagemaker.jobs) == 1
    assert [said["name"] for said in stack.announcements()] == ["TrainingStarted"]


def test_a_correction_that_is_wrong_again_is_refused_with_its_own_problems(
    stack: Stack, intake: Intake, refused: Upload
) -> None:
    corrected = stack.upload(TOML, WRONG_AGAIN)
    outcomes = [intake.take(corrected) for _ in range(2)]
    assert [outcome["outcome"] for outcome in outcomes] == ["refused"] * 2
    (said,) = stack.announcements()
    assert [problem["code"] for problem in said["problems"]] == ["wrong_setting"] * 2
    assert "validation = 0.8" in said["sentence"]
    assert _kept(stack, outcomes[0]["run"], "dataset")["problems"] == said["problems"]
    assert stack.read_json("runs/abalone/latest.json")["problems"] == said["problems"]
    assert intake.take(stack.upload(TOML, RIGHT))["outcome"] == "training"


def test_an_older_correction_that_arrives_late_undoes_nothing(stack: Stack, intake: Intake, refused: Upload) -> None:
    older, newer = stack.upload(TOML, WRONG_AGAIN), stack.upload(TOML, RIGHT)
    assert intake.take(older)["outcome"] == "training"
    run = intake.take(refused)["run"]
    assert intake.take(newer)["outcome"] == "nothing to run again"
    assert _kept(stack, run, "settings")["model_toml_version"] == newer.version_id


def test_settings_that_are_deleted_correct_nothing(stack: Stack, intake: Intake, refused: Upload) -> None:
    corrected = stack.upload(TOML, RIGHT)
    stack.s3.delete_object(Bucket=BUCKET, Key=TOML)
    assert intake.take(corrected)["outcome"] == "refused"
    assert stack.announcements() == []


def test_settings_that_come_before_the_uploads_own_event_wait_for_it(stack: Stack, intake: Intake) -> None:
    settings, upload = stack.upload(TOML, RIGHT), stack.upload(KEY, GOOD_ROWS)
    assert intake.take(settings)["outcome"] == "nothing to run again"
    run = intake.take(upload)["run"]
    assert _kept(stack, run, "settings")["model_toml_version"] == settings.version_id
    assert intake.take(settings)["outcome"] == "nothing to run again"
    assert len(stack.sagemaker.jobs) == 1


def test_settings_without_an_upload_start_nothing(stack: Stack, intake: Intake) -> None:
    stack.upload("datasets/abalone/notes.txt", b"not a dataset")
    stack.upload("datasets/abalone/older/abalone.csv", GOOD_ROWS)
    outcome = intake.take(stack.upload(TOML, RIGHT))
    assert (outcome["outcome"], outcome["reason"]) == ("nothing to run again", "there is no upload")
    assert stack.listed() == []


def test_only_the_newest_upload_is_tried_again(stack: Stack, intake: Intake, refused: Upload) -> None:
    stack.upload(TOML, RIGHT)
    newer = stack.upload(KEY, GOOD_ROWS[:-4])
    run = intake.take(newer)["run"]
    assert intake.take(refused)["outcome"] == "refused"  # its event once more, late
    with pytest.raises(WaitError, match=run):  # which is training, and has the settings from before
        intake.take(stack.upload(TOML, b"validation = 0.3"))
    assert list(stack.sagemaker.jobs) == [run]


def test_an_upload_that_was_deleted_is_not_tried_again(stack: Stack, intake: Intake, refused: Upload) -> None:
    stack.s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert intake.take(stack.upload(TOML, RIGHT))["outcome"] == "nothing to run again"
    assert stack.sagemaker.jobs == {}


def test_settings_corrected_while_the_upload_is_judged_are_tried_in_a_fresh_attempt(
    stack: Stack, intake: Intake
) -> None:
    upload = stack.upload(KEY, b"1,2,3\n" * 5)
    with _while_reading(stack, lambda: intake.take(stack.upload(TOML, RIGHT))), pytest.raises(WaitError):
        intake.take(upload)
    assert intake.take(upload)["outcome"] == "refused"
    said = stack.announcements()
    assert [one["problems"][0]["code"] for one in said] == ["too_few_rows"] * 2  # under either of the two
    run = said[0]["run"]
    versions = {_kept(stack, run, name)["model_toml_version"] for name in ("settings", "dataset")}
    assert versions == {stack.s3.head_object(Bucket=BUCKET, Key=TOML)["VersionId"]}


def test_what_sagemaker_refused_is_tried_again_under_corrected_settings(stack: Stack, intake: Intake) -> None:
    upload = stack.upload(KEY, GOOD_ROWS)
    stack.sagemaker.refuse("create_training_job", NO_SUCH_TYPE)
    assert intake.take(upload)["outcome"] == "training refused"
    corrected = stack.upload(TOML, b'validation = 0.25\n[training]\ninstance_type = "ml.m5.2xlarge"')
    run = intake.take(corrected)["run"]
    assert stack.sagemaker.called("create_training_job") == [run] * 2  # not once more under the old settings
    assert stack.sagemaker.jobs[run]["ResourceConfig"]["InstanceType"] == "ml.m5.2xlarge"
    assert [said["name"] for said in stack.announcements()] == ["TrainingFailed", "TrainingStarted"]
    assert stack.row("abalone", f"run#{run}")["stage"] == "training"


def test_a_job_that_failed_is_not_tried_again(stack: Stack, intake: Intake) -> None:
    run = intake.take(stack.upload(KEY, GOOD_ROWS))["run"]
    Ledger(stack.clients.dynamodb, TABLE).record_run("abalone", run, "failed", NOW)
    assert intake.take(stack.upload(TOML, RIGHT))["outcome"] == "asked to apply"
    assert stack.sagemaker.called("create_training_job") == [run]


CALLS = {
    ("s3", "GetObject"): (0, 2, 4, 6),
    ("s3", "PutObject"): range(6),  # settings, smoke, validation, train, dataset, latest
    ("dynamodb", "UpdateItem"): range(2),
    ("events", "PutEvents"): range(1),
}


@pytest.mark.parametrize(
    ("service", "call", "number"), [(*call, number) for call, numbers in CALLS.items() for number in numbers]
)
@pytest.mark.parametrize("again", ["the correction", "the upload"])
def test_a_function_that_dies_halfway_through_a_correction_ends_the_same_way(
    stack: Stack, intake: Intake, refused: Upload, service: str, call: str, number: int, again: str
) -> None:
    corrected = stack.upload(TOML, RIGHT)
    with _dies_at(stack, service, call, number), pytest.raises(ConnectionError):
        intake.take(corrected)
    outcome = intake.take(corrected if again == "the correction" else refused)
    assert outcome["outcome"] == "training"
    assert [said["name"] for said in stack.announcements()][-1:] == ["TrainingStarted"]
    _is_trained_under(stack, outcome["run"], corrected)


def _is_trained_under(stack: Stack, run: str, settings: Upload) -> None:
    assert list(stack.sagemaker.jobs) == [run]
    for name in ("settings", "dataset"):
        assert _kept(stack, run, name)["model_toml_version"] == settings.version_id
    rows = _kept(stack, run, "dataset")["rows"]
    assert stack.read(f"runs/abalone/{run}/validation.csv").count(b"\n") == rows["validation"]
    assert stack.row("abalone", f"run#{run}")["stage"] == "training"
    assert stack.read_json("runs/abalone/latest.json")["stage"] == "training"


@contextmanager
def _dies_at(stack: Stack, service: str, operation: str, number: int) -> Iterator[None]:
    """The call of this number, from 0, never reaches AWS."""
    event, hooks = f"before-call.{service}.{operation}", getattr(stack.clients, service).meta.events
    calls = iter(range(number + 1))

    def die(**_: object) -> None:
        if next(calls, None) == number:
            raise ConnectionError

    hooks.register(event, die)
    yield
    hooks.unregister(event, die)


@pytest.mark.parametrize("name", ["settings", "dataset"])
def test_of_two_attempts_at_once_the_slower_one_writes_nothing(
    stack: Stack, intake: Intake, refused: Upload, name: str
) -> None:
    run = intake.take(refused)["run"]
    other = f"runs/abalone/{run}/{name}.json"
    corrected = stack.upload(TOML, RIGHT)
    quicker = json.dumps(stack.read_json(other) | {"model_toml_version": "the other attempt's"}).encode()

    def overtake() -> None:
        stack.s3.put_object(Bucket=BUCKET, Key=other, Body=quicker)

    with _while_reading(stack, overtake):
        assert intake.take(corrected)["outcome"] == "goes on as an upload"
    assert {key.rpartition("/")[2] for key in stack.listed(f"runs/abalone/{run}/")} == {"settings.json", "dataset.json"}
    assert stack.sagemaker.jobs == {}
