"""What nobody calls goes to sleep, proven and announced, and comes back; what is not for us is not touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import SAGEMAKER_TRUST, SERVERLESS, execution_statements
from tests.end_to_end.passing_time import TICK_SECONDS, dead_letters, eventually_moved
from tests.end_to_end.tide import ABALONE, Tide, eventually

ROWS = [[float(cell) for cell in row.split(",")[1:]] for row in ABALONE.read_text().splitlines()[:3]]


def decisions(tide: Tide, endpoint: str) -> list[dict[str, Any]]:
    """What the ticks have decided of this endpoint, as the journal has it."""
    lines = map(json.loads, tide.log_lines(tide.outputs["JournalLogGroupName"], '"Decision"'))
    return [line["detail"] for line in lines if line["detail"]["endpoint"] == endpoint]


def deeds(tide: Tide, endpoint: str) -> list[str]:
    """A tick writes its decisions when it is through, after what it has told by then."""
    return [one["did"] for one in decisions(tide, endpoint) if one["did"] != "nothing"]


def test_an_endpoint_that_nobody_calls_sleeps_and_a_call_brings_it_back(tide: Tide) -> None:
    tide.upload("sleepy", ABALONE.read_bytes())
    run = tide.live("sleepy")
    before = tide.predicted("sleepy", ROWS)
    created = tide.in_service("sleepy")["CreationTime"]

    slept = tide.put_to_sleep("sleepy")

    assert tide.sagemaker.describe_endpoint_config(EndpointConfigName=run)
    assert tide.sagemaker.describe_model(ModelName=run)
    tide.hears("sleepy", "TrainingStarted", "EndpointLive", "EndpointSleepsSoon", "EndpointAsleep")
    assert slept["detail"]["saved"] == {"endpoint_slots": 1, "gb_hours_per_day": 0.0}
    eventually(lambda: deeds(tide, "ebb-sleepy")[-2:] == ["probed", "put to sleep"], "both are in the journal")
    with pytest.raises(ClientError, match="not found"):
        tide.invoke("sleepy", "1")

    assert tide.predicted("sleepy", ROWS) == before
    tide.live("sleepy")
    tide.hears(
        "sleepy",
        "TrainingStarted",
        "EndpointLive",
        "EndpointSleepsSoon",
        "EndpointAsleep",
        "EndpointWaking",
        "EndpointLive",
    )
    awake = tide.in_service("sleepy")
    assert (awake["EndpointConfigName"], awake["CreationTime"] > created) == (run, True)
    assert (tide.jobs("sleepy"), dead_letters(tide.cloud)) == ([run], {})


@pytest.mark.soak
def test_a_call_inside_the_window_keeps_it_awake(tide: Tide) -> None:
    tide.upload("called", ABALONE.read_bytes())
    tide.live("called")
    tide.cloud.advance("23h")
    tide.invoke("called", ",".join(map(str, ROWS[0])))
    tide.cloud.advance("23h")

    eventually_moved(tide.cloud, lambda: decisions(tide, "ebb-called"), "a decision", step=TICK_SECONDS)

    assert [one["verdict"] for one in decisions(tide, "ebb-called")] == ["active"]
    assert tide.endpoint("called") is not None, "torn down inside its window"


@pytest.fixture
def strangers(tide: Tide) -> Iterator[dict[str, dict[str, str]]]:
    """Endpoints of others in the account, by name, with their tags."""
    tide.upload("lender", ABALONE.read_bytes())
    config = config_of_a_notebook(tide, tide.live("lender"))
    tags = {
        "ebb-of-another-stack": {"ebb:stack": "other", "ebb:model": "of-another-stack"},
        "ebb-of-nobody": {},
        "of-another-stack-and-adopted": {"ebb:stack": "other", "ebb:idle-after": "60"},
        "adopted-by-mistake": {"ebb:idle-after": "an hour"},
        "adopted": {"ebb:idle-after": "60", "owner": "somebody"},
        "adopted-and-kept": {"ebb:idle-after": "60", "ebb:keep": "true"},
    }
    for name, told in tags.items():
        tide.sagemaker.create_endpoint(
            EndpointName=name, EndpointConfigName=config, Tags=[{"Key": key, "Value": told[key]} for key in told]
        )
    for name in tags:
        eventually(lambda name=name: status(tide, name) == "InService", f"{name} in service")  # type: ignore[misc]
    runtime = tide.cloud.admin.client("sagemaker-runtime")
    for name in ("adopted", "adopted-and-kept"):
        runtime.invoke_endpoint(EndpointName=name, Body=",".join(map(str, ROWS[0])), ContentType="text/csv")
    yield tags
    for name in tags:
        if status(tide, name):
            tide.sagemaker.delete_endpoint(EndpointName=name)


def config_of_a_notebook(tide: Tide, run: str) -> str:
    """A config and a model without tags, with a role that may log for any endpoint."""
    name = "made-by-a-notebook"
    made = tide.sagemaker.describe_model(ModelName=run)
    role = Account(tide.cloud).role("notebook", *execution_statements(), trust=SAGEMAKER_TRUST)
    tide.sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=made["PrimaryContainer"])
    variant = {"VariantName": "AllTraffic", "ModelName": name, "ServerlessConfig": SERVERLESS}
    tide.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def status(tide: Tide, name: str) -> str:
    try:
        return str(tide.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"])
    except ClientError:
        return ""


@pytest.mark.soak
def test_of_other_peoples_endpoints_only_the_adopted_one_sleeps(tide: Tide, strangers: dict[str, Any]) -> None:
    def gone() -> bool:
        return not status(tide, "adopted")

    tide.cloud.advance("2h")
    eventually_moved(tide.cloud, gone, "the adopted one asleep", step=TICK_SECONDS)
    tide.cloud.advance("26h")
    tide.put_to_sleep("lender")

    assert {name: status(tide, name) for name in strangers if name != "adopted"} == dict.fromkeys(
        [name for name in strangers if name != "adopted"], "InService"
    )
    (slept,) = [one for one in tide.announced("-") if one["detail-type"] == "EndpointAsleep"]
    assert slept["detail"]["endpoint"] == "adopted"
    assert "aws sagemaker create-endpoint --endpoint-name adopted" in slept["detail"]["wake"]
    assert tide.sagemaker.describe_endpoint_config(EndpointConfigName=slept["detail"]["config"])
    mistaken = [one for one in decisions(tide, "adopted-by-mistake") if one["verdict"] == "unknown"]
    assert "no number of minutes" in mistaken[0]["reason"]


@pytest.fixture
def reporting(tmp_path: Path) -> Iterator[Tide]:
    """A stack that only reports."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.2, delete_seconds=0.1)
    with Server(settings, tmp_path / "server.log") as server:
        stack.build()
        stack.deploy(server.admin, ("TearDownMode=report",))
        yield Tide(server, stack.outputs(server.admin))


@pytest.mark.soak
def test_a_stack_that_only_reports_tells_what_it_would_do_and_cannot_delete(reporting: Tide) -> None:
    reporting.upload("reported", ABALONE.read_bytes())
    reporting.live("reported")
    iam = reporting.cloud.admin.client("iam")
    (role,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if "-TearDownIdleRole-" in one["RoleName"]]
    policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
    granted = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in policies]
    assert "Delete" not in json.dumps(granted)
    reporting.cloud.advance("25h")

    def reported() -> list[dict[str, Any]]:
        return [one for one in decisions(reporting, "ebb-reported") if one["verdict"] == "idle"]

    (told, *_) = eventually_moved(reporting.cloud, reported, "a report", step=TICK_SECONDS)
    assert told["did"].startswith("nothing: TearDownMode is report")
    assert reporting.endpoint("reported") is not None
    reporting.hears("reported", "TrainingStarted", "EndpointLive")
