"""The full sweep: uploads without a run, jobs without a deployment, endpoints and configs that were forgotten."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from ebb.ledger.endpoint_row import Control, EndpointRow, State
from ebb.names import upload_digest
from ebb.times import iso
from tests.emulated.intake import Intake
from tests.emulated.stack import BUCKET, ENDPOINT, GOOD_ROWS, NEWER, NOW, OLDER, Stack
from tests.emulated.tear_down_idle.reconciliation import Reconciliation

DATA = "datasets/abalone/a.csv"
OLDEST = "ebb-abalone-190101000000-aaaaa"
SETTLED = EndpointRow(
    "abalone",
    state=State.LIVE,
    since=NOW,
    live_run=NEWER,
    live_config=NEWER,
    previous_run=OLDER,
    due=NOW,
    control=Control(NOW, NOW, 2),
)
Behind = Callable[..., None]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def run(stack: Stack, intake: Intake) -> str:
    """A run that is training."""
    return str(intake.take(stack.upload(DATA, GOOD_ROWS))["run"])


def test_an_upload_whose_event_was_lost_is_told_as_s3_would_have(stack: Stack, reconciliation: Reconciliation) -> None:
    upload = stack.upload(DATA, b"1,2\n")
    assert reconciliation.run() == {"intake": 1}
    (event,) = stack.messages(stack.intake_queue)
    assert event == {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": BUCKET}, "object": {"key": DATA, "version-id": upload.version_id}},
    }


def test_an_upload_with_a_run_is_known(stack: Stack, reconciliation: Reconciliation, run: str) -> None:
    stack.upload("datasets/abalone/b.csv", b"1,2\n")
    reconciliation.run()
    assert reconciliation.take() == {"intake": ["datasets/abalone/b.csv"]}


def test_only_the_current_version_of_an_object_is_asked_for(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.upload(DATA, b"1,2\n")
    upload = stack.upload(DATA, b"3,4\n")
    stack.upload("datasets/abalone/gone.csv", b"1,2\n")
    stack.s3.delete_object(Bucket=BUCKET, Key="datasets/abalone/gone.csv")
    reconciliation.run()
    (event,) = stack.messages(stack.intake_queue)
    assert event["detail"]["object"] == {"key": DATA, "version-id": upload.version_id}


def test_uploads_on_every_page_are_found(stack: Stack, reconciliation: Reconciliation) -> None:
    hooks = stack.s3.meta.events
    hooks.register("provide-client-params.s3.ListObjectVersions", lambda params, **_: params | {"MaxKeys": 2})
    keys = [f"datasets/abalone/{number}.csv" for number in range(5)]
    for key in keys:
        stack.upload(key, b"1,2\n")
    reconciliation.run()
    assert reconciliation.take() == {"intake": keys}


def test_an_upload_has_ten_minutes(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.upload(DATA, b"1,2\n")
    reconciliation.now -= HOUR - 9 * MINUTE
    assert reconciliation.run() == {}
    assert reconciliation.run(after=15 * MINUTE) == {"intake": 1}


@pytest.mark.parametrize(
    "key", ["datasets/abalone/model.toml", "datasets/", "datasets/abalone/", "datasets/A/model.toml"]
)
def test_settings_and_folder_markers_are_no_uploads(stack: Stack, reconciliation: Reconciliation, key: str) -> None:
    stack.upload(key, b"")
    assert reconciliation.run() == {}


def test_a_key_that_can_be_no_dataset_is_asked_for_until_it_was_refused(
    stack: Stack, reconciliation: Reconciliation
) -> None:
    upload = stack.upload("datasets/abalone/a.xlsx", b"")
    assert reconciliation.run() == {"intake": 1}
    stack.ledger.record_refusal(upload_digest(upload), NOW, reason="wrong ending")
    assert reconciliation.run(after=HOUR) == {}


def test_a_refusal_that_is_forgotten_by_now_is_not_asked_for_anew(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.upload("datasets/abalone/a.xlsx", b"")
    assert reconciliation.run(after=6 * DAY) == {}


@pytest.mark.parametrize(("sweeping", "asked"), [(5 * DAY, {"intake": 1}), (6 * DAY, {})])
def test_an_old_upload_that_was_asked_for_for_days_was_refused(
    stack: Stack, reconciliation: Reconciliation, sweeping: dt.timedelta, asked: dict[str, int]
) -> None:
    """Such as one that cannot be read: it never gets a run, and its refusal is forgotten."""
    stack.upload(DATA, b"1,2\n")
    reconciliation.now += 30 * DAY
    stack.ledger.write_note("sweep", first_at=iso(reconciliation.now - sweeping), last_at=iso(NOW))
    assert reconciliation.run() == asked


def test_an_upload_that_cannot_be_read_is_asked_for_until_it_was_refused(
    stack: Stack, reconciliation: Reconciliation
) -> None:
    stack.ledger.record_refusal(upload_digest(stack.upload(DATA, b"1,2\n")), NOW, reason="encrypted")
    assert reconciliation.run() == {}


@pytest.mark.parametrize(
    ("status", "stage"),
    [("Completed", "training"), ("Failed", "waiting"), ("Stopped", "checked"), ("Completed", None)],
)
def test_a_job_that_ended_unheard_is_told_as_sagemaker_would_have(
    stack: Stack, reconciliation: Reconciliation, run: str, status: str, stage: str | None
) -> None:
    stack.sagemaker.now = reconciliation.now
    stack.sagemaker.end_job(run, status)
    if stage is None:
        key = {"model": {"S": "abalone"}, "record": {"S": f"run#{run}"}}
        stack.clients.dynamodb.delete_item(TableName="ledger", Key=key)
    else:
        stack.ledger.record_run("abalone", run, stage, NOW)
    reconciliation.run(after=11 * MINUTE)
    (event,) = stack.messages(stack.deploy_queue)
    assert event == {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Training Job State Change",
        "detail": {
            "TrainingJobName": run,
            "TrainingJobArn": stack.sagemaker.jobs[run]["TrainingJobArn"],
        },
    }


def test_a_job_that_was_heard_of_is_not_told_again(stack: Stack, reconciliation: Reconciliation, run: str) -> None:
    stack.sagemaker.now = reconciliation.now
    stack.sagemaker.end_job(run)
    for stage in ("failed", "held-back", "live", "superseded", "rolled-back"):
        stack.ledger.record_run("abalone", run, stage, NOW)
        assert reconciliation.run(after=HOUR) == {}


@pytest.mark.parametrize(
    ("age", "told"), [(9 * MINUTE, False), (10 * MINUTE, True), (13 * DAY, True), (15 * DAY, False)]
)
def test_a_job_has_ten_minutes_and_two_weeks(
    stack: Stack, reconciliation: Reconciliation, run: str, age: dt.timedelta, *, told: bool
) -> None:
    stack.sagemaker.now = reconciliation.now + 5 * MINUTE  # so that it ends now
    stack.sagemaker.end_job(run)
    assert ("deploy" in reconciliation.run(after=age)) is told


def test_a_job_that_runs_is_left_alone(stack: Stack, reconciliation: Reconciliation, run: str) -> None:
    stack.sagemaker.jobs[run]["LastModifiedTime"] = reconciliation.now
    assert reconciliation.run(after=HOUR) == {}


def test_jobs_on_every_page_are_seen_and_those_of_others_are_not(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.sagemaker.now = reconciliation.now
    ours = [f"ebb-model-{number}-300101000000-aaaaa" for number in range(5)]
    for name in [*ours, "ebb-by-hand", "ebbtide-abalone-300101000000-aaaaa", "my-ebb-abalone-300101000000-aaaaa"]:
        stack.sagemaker.create_training_job(TrainingJobName=name, OutputDataConfig={"S3OutputPath": "s3://b"})
        stack.sagemaker.end_job(name)
    reconciliation.run(after=HOUR)
    assert [detail["TrainingJobName"] for detail in reconciliation.take()["deploy"]] == ours


def test_a_row_that_is_live_without_an_endpoint_is_looked_at(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.ledger.write_endpoint(SETTLED)
    stack.upload(f"runs/abalone/{NEWER}/dataset.json", b"{}")
    reconciliation.run()
    assert reconciliation.take() == {"check": [ENDPOINT]}


@pytest.mark.parametrize("kind", ["model", "config"])
def test_configs_and_models_of_earlier_runs_are_tidied_up(
    stack: Stack, reconciliation: Reconciliation, behind: Behind, kind: str
) -> None:
    stack.ledger.write_endpoint(SETTLED)
    behind(NEWER)
    behind(OLDER, name="ebb-other")
    stack.ledger.write_endpoint(replace(SETTLED, model="other", live_run="", live_config=OLDER))
    reconciliation.run()
    assert reconciliation.take() == {}
    stack.sagemaker.create_model(ModelName=OLDEST)
    if kind == "config":
        variant = {"VariantName": "v-1", "ModelName": OLDEST}
        stack.sagemaker.create_endpoint_config(EndpointConfigName=OLDEST, ProductionVariants=[variant])
        stack.sagemaker.delete_model(ModelName=OLDEST)
    reconciliation.run(after=HOUR)
    assert reconciliation.take() == {"check": [f"{ENDPOINT} cleanup"]}


def test_the_sweep_is_not_at_every_tick_and_remembers_when_it_began(
    stack: Stack, reconciliation: Reconciliation
) -> None:
    stack.upload(DATA, b"1,2\n")
    began = iso(reconciliation.now)
    sent = [reconciliation.run(after=after) for after in (0 * HOUR, HOUR, 30 * MINUTE, 30 * MINUTE, DAY, HOUR)]
    assert [bool(messages) for messages in sent] == [True, True, False, True, True, False]
    assert stack.ledger.note("sweep") | {"model": "", "record": ""} == {
        "model": "",
        "record": "",
        "first_at": began,
        "last_at": iso(reconciliation.now - HOUR),
    }
