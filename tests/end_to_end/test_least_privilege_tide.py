"""What the roles of the tear-down, of predict and of requests hold is what is needed: one less, and it is named."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local import signed_request
from tests.end_to_end.passing_time import STEP_SECONDS, eventually_moved
from tests.end_to_end.permissions import FUNCTIONS, denials, without
from tests.end_to_end.tide import ABALONE, Tide, eventually

MODEL = "drowsy"
ROWS = [[float(cell) for cell in line.split(",")[1:]] for line in ABALONE.read_text().splitlines()[:3]]
IDLE, OLD = "25h", "31d"
LONG_STEP = 25 * 3600  # of two ticks that far apart one probes, and one deletes
ADOPTED = "ebb-adopted"
MEMORY = itertools.cycle((3072, 4096, 1024, 5120))
Prepare = Callable[[Tide], None]


@pytest.fixture(scope="module")
def drowsy(tide: Tide) -> str:
    tide.upload(MODEL, ABALONE.read_bytes())
    return tide.live(MODEL)


@pytest.fixture(scope="module", autouse=True)
def nothing_adopted_is_left(tide: Tide) -> Iterator[None]:
    yield
    if tide.endpoint(ADOPTED.removeprefix("ebb-")):
        tide.sagemaker.delete_endpoint(EndpointName=ADOPTED)


def awake(tide: Tide) -> None:
    """Settled, too."""
    tide.predicted(MODEL, ROWS)
    eventually_moved(tide.cloud, lambda: tide.ledger.endpoint(MODEL).state == "live", f"{MODEL} live")


def asleep(tide: Tide) -> None:
    awake(tide)
    tide.ask_for("Sleep", MODEL)
    tide.until(MODEL, "asleep")
    eventually(lambda: tide.endpoint(MODEL) is None, "the endpoint gone")


def kept_no_longer(tide: Tide) -> None:
    awake(tide)
    tide.ask_for("Keep", MODEL, until="false")
    arn = tide.in_service(MODEL)["EndpointArn"]
    eventually(
        lambda: {"Key": "ebb:keep", "Value": "false"} in tide.sagemaker.list_tags(ResourceArn=arn)["Tags"], "its tag"
    )


def missed(tide: Tide) -> None:
    """An upload of which nobody was ever told."""
    events = tide.cloud.admin.client("events")
    (rule,) = [rule["Name"] for rule in events.list_rules()["Rules"] if "IntakeRule" in rule["Name"]]
    events.disable_rule(Name=rule)
    try:
        tide.upload("missed", "1,2\n3\n")
    finally:
        events.enable_rule(Name=rule)


def adopted(tide: Tide) -> None:
    """By a tag; it has a name by which the serving role may log for it, and was called once."""
    awake(tide)
    config = tide.in_service(MODEL)["EndpointConfigName"]
    tags = [{"Key": "ebb:idle-after", "Value": "60"}]
    tide.sagemaker.create_endpoint(EndpointName=ADOPTED, EndpointConfigName=config, Tags=tags)
    name = ADOPTED.removeprefix("ebb-")
    eventually(lambda: (tide.endpoint(name) or {}).get("EndpointStatus") == "InService", "the adopted one in service")
    tide.invoke(name, ",".join(map(str, ROWS[0])))


def asking(request: str, **more: str) -> Prepare:
    return lambda tide: tide.ask_for(request, MODEL, **more)


def other_settings(tide: Tide) -> None:
    body = f"[endpoint]\nmemory_mb = {next(MEMORY)}\n".encode()
    tide.s3.put_object(Bucket=tide.bucket, Key=f"datasets/{MODEL}/model.toml", Body=body)


# Statement, one action of it, what is so beforehand, and how much time passes then.
TICKS: list[tuple[str, str, Prepare, str]] = [
    ("CountCalls", "cloudwatch:GetMetricData", awake, IDLE),
    ("PutOwnEndpointsToSleep", "sagemaker:DeleteEndpoint", awake, IDLE),
    ("FindWhatThereIs", "sagemaker:Search", awake, IDLE),
    ("FindUploads", "s3:ListBucketVersions", awake, IDLE),
    ("ReadTheirTags", "sagemaker:ListTags", awake, IDLE),
    ("LookAtOwnResources", "sagemaker:DescribeEndpoint", awake, IDLE),
    ("ProbeOwnEndpoints", "sagemaker:InvokeEndpoint", awake, IDLE),
    ("SeeWhatBringsItBack", "sagemaker:DescribeEndpointConfig", awake, IDLE),
    ("SeeTheArtifactAndWhatToAsk", "s3:GetObject", awake, IDLE),
    ("WriteTheJournal", "logs:PutLogEvents", awake, IDLE),
    ("WriteLatest", "s3:PutObject", awake, IDLE),
    ("KeepLedger", "dynamodb:Query", awake, IDLE),
    ("Announce", "events:PutEvents", awake, IDLE),
    ("KeepAPersonsWordWithTheConfig", "sagemaker:AddTags", kept_no_longer, IDLE),
    ("SendOthersToLook", "sqs:SendMessage", missed, IDLE),
    ("PurgeOwnConfigsAndModels", "sagemaker:DeleteEndpointConfig", asleep, OLD),
    ("PurgeLogsOfOwnEndpoints", "logs:DeleteLogGroup", asleep, OLD),
    ("PutAdoptedEndpointsToSleep", "sagemaker:DeleteEndpoint", adopted, IDLE),
]


# Statement, one action of it, and what is so beforehand; then somebody asks for predictions.
CALLS: list[tuple[str, str, Prepare]] = [
    ("AskTheModel", "sagemaker:InvokeEndpoint", awake),
    ("ReadTheLedger", "dynamodb:GetItem", awake),
    ("ReadTheRun", "s3:GetObject", awake),
    ("AskForAWake", "events:PutEvents", asleep),
    ("NoteThatAWakeWasAskedFor", "dynamodb:UpdateItem", asleep),
]
# Role, statement, one action of it, what is so beforehand, and what somebody asks for then.
REQUESTS: list[tuple[str, str, str, Prepare, Prepare]] = [
    ("DeployEndpoint", "KeepAwake", "sagemaker:AddTags", awake, asking("Keep", until="true")),
    ("DeployEndpoint", "SeeWhatBringsItBack", "sagemaker:DescribeModel", awake, asking("Sleep")),
    ("DeployEndpoint", "SeeTheArtifact", "s3:GetObject", awake, asking("Sleep")),
    ("DeployEndpoint", "UpdateOwnEndpoints", "sagemaker:DeleteEndpoint", awake, asking("Sleep")),
    ("StartTraining", "AskForTheNewSettings", "events:PutEvents", awake, other_settings),
    ("DeployEndpoint", "ReadNewSettings", "s3:GetObjectVersion", awake, other_settings),
    ("DeployEndpoint", "FindOwnResources", "sagemaker:ListEndpointConfigs", awake, other_settings),
    ("DeployEndpoint", "KeepSettingsOfLaterConfigs", "s3:PutObject", awake, other_settings),
    ("ConfirmEndpoint", "KeepLogsForAWhile", "logs:PutRetentionPolicy", awake, other_settings),
    ("DeployEndpoint", "KeepLedger", "dynamodb:Query", awake, asking("Delete")),
    ("DeployEndpoint", "DeleteItsLogs", "logs:DeleteLogGroup", awake, asking("Delete")),
    ("DeployEndpoint", "DeleteOnRequest", "sagemaker:DeleteModel", lambda _: None, asking("Delete")),
]


def long(rows: list[Any], *short: str) -> list[Any]:
    """By the names of their statements; those that are not named only in `make soak`."""
    named = [
        (row, next(word for word in row if isinstance(word, str) and word[0].isupper() and word not in FUNCTIONS))
        for row in rows
    ]
    return [pytest.param(*row, id=sid, marks=() if sid in short else pytest.mark.soak) for row, sid in named]


@pytest.mark.parametrize(("sid", "action", "prepare", "time"), long(TICKS))
def test_without_one_permission_the_tick_ends_with_access_denied(
    tide: Tide, drowsy: str, sid: str, action: str, prepare: Prepare, time: str
) -> None:
    prepare(tide)
    with refused(tide, "TearDownIdle", sid, action, step=LONG_STEP):
        tide.cloud.advance(time)


@pytest.mark.parametrize(("sid", "action", "prepare"), long(CALLS, "AskTheModel"))
def test_without_one_permission_predict_ends_with_access_denied(
    tide: Tide, drowsy: str, sid: str, action: str, prepare: Prepare
) -> None:
    prepare(tide)
    tide.cloud.advance("16m")  # a wake is asked for once a minute; and a process that is started anew knows nothing
    with refused(tide, "Predict", sid, action):
        assert tide.predict(MODEL, ROWS).status == 502


@pytest.mark.soak
def test_without_one_permission_predict_does_not_list_models(tide: Tide, drowsy: str) -> None:
    with refused(tide, "Predict", "ListModels", "dynamodb:Query"):
        assert signed_request.send(tide.cloud.admin, "GET", f"{tide.predict_url}models").status == 502


@pytest.mark.parametrize(("role", "sid", "action", "prepare", "ask"), long(REQUESTS, "KeepAwake"))
def test_without_one_permission_a_request_ends_with_access_denied(
    tide: Tide, drowsy: str, role: str, sid: str, action: str, prepare: Prepare, ask: Prepare
) -> None:
    prepare(tide)
    with refused(tide, role, sid, action):
        ask(tide)


@contextmanager
def refused(tide: Tide, role: str, sid: str, action: str, step: int = STEP_SECONDS) -> Iterator[None]:
    """What is done inside ends with AccessDenied for this action, by its name."""
    before = len(denials(tide, role, action))
    with without(tide, role, action, sid):
        yield
        eventually_moved(
            tide.cloud, lambda: denials(tide, role, action)[before:], f"AccessDenied for {action}", step=step
        )
