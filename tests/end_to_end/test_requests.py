"""What people ask of a model happens, through the one door for requests, with the roles that the stack has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import stack
from local.server import Server, free_port
from local.settings import Settings
from tests.end_to_end.passing_time import TICK_SECONDS, dead_letters, eventually_moved
from tests.end_to_end.tide import ABALONE, Tide, eventually

MODEL = "asked"
LINES = ABALONE.read_text().splitlines()
ROWS = [[float(cell) for cell in line.split(",")[1:]] for line in LINES[:20]]
PURGE_AFTER = "31d"


@pytest.fixture(scope="module")
def run(tide: Tide) -> str:
    """The first run of the model that all these tests ask something of. It is left awake by each of them."""
    tide.upload(MODEL, ABALONE.read_bytes())
    return tide.live(MODEL)


@pytest.fixture(scope="module")
def second(tide: Tide, run: str) -> str:
    """Another run of it, so that there is one to go back to."""
    tide.cloud.advance("2s")  # upload times have whole seconds
    return tide.live(MODEL, tide.run(MODEL, tide.upload(MODEL, "\n".join(LINES[:3000]))))


@pytest.fixture(autouse=True)
def nothing_is_lost(tide: Tide) -> Iterator[None]:
    yield
    assert dead_letters(tide.cloud) == {}


def told(tide: Tide, before: int, *kinds: str) -> list[dict[str, Any]]:
    """Exactly these announcements have come since there were `before` of them."""

    def look() -> list[dict[str, Any]] | None:
        new = tide.announced(MODEL)[before:]
        heard = [one["detail-type"] for one in new]
        assert heard == list(kinds[: len(heard)])
        return new if len(new) == len(kinds) else None

    return [one["detail"] for one in eventually_moved(tide.cloud, look, f"{kinds} after {before} others")]


def answers(tide: Tide) -> list[float]:
    return list(tide.predicted(MODEL, ROWS)["predictions"])


def slept(tide: Tide) -> dict[str, Any]:
    before = len(tide.announced(MODEL))
    tide.ask_for("Sleep", MODEL, by="request")
    (asleep,) = told(tide, before, "EndpointAsleep")
    eventually(lambda: tide.endpoint(MODEL) is None, "the endpoint gone")
    return asleep


def woken(tide: Tide) -> tuple[dict[str, Any], dict[str, Any]]:
    before = len(tide.announced(MODEL))
    tide.ask_for("Wake", MODEL, by="request")
    waking, live = told(tide, before, "EndpointWaking", "EndpointLive")
    assert live["woken"] is True
    return waking, live


def kept(tide: Tide) -> list[str | None]:
    """`ebb:keep` of the endpoint and of its config."""
    endpoint = tide.in_service(MODEL)
    config = tide.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    found = []
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"]):
        tags = tide.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        found.append(next((tag["Value"] for tag in tags if tag["Key"] == "ebb:keep"), None))
    return found


def definitions(tide: Tide) -> dict[str, list[str]]:
    configs = tide.sagemaker.list_endpoint_configs(NameContains=f"ebb-{MODEL}-")["EndpointConfigs"]
    models = tide.sagemaker.list_models(NameContains=f"ebb-{MODEL}-")["Models"]
    return {
        "configs": sorted(config["EndpointConfigName"] for config in configs),
        "models": sorted(model["ModelName"] for model in models),
    }


def has_artifact(tide: Tide, run: str) -> bool:
    try:
        return bool(tide.s3.head_object(Bucket=tide.bucket, Key=f"runs/{MODEL}/{run}/output/model.tar.gz"))
    except ClientError:
        return False


def test_asleep_and_awake_as_asked_it_is_kept_and_answers_as_before(tide: Tide, run: str) -> None:
    before, created = answers(tide), tide.in_service(MODEL)["CreationTime"]
    assert kept(tide) == [None, None]

    tide.ask_for("Keep", MODEL, until="true")
    eventually_moved(tide.cloud, lambda: kept(tide) == ["true", "true"], "the endpoint and its config kept")
    asleep = slept(tide)

    assert (asleep["by"], asleep["config"], asleep["wake"]) == ("request", run, f"ebb wake {MODEL}")
    assert definitions(tide) == {"configs": [run], "models": [run]}
    waking, _ = woken(tide)
    assert (waking["by"], waking["rebuilt"]) == ("request", False)
    assert answers(tide) == before
    assert (kept(tide), tide.jobs(MODEL)) == (["true", "true"], [run])
    assert tide.in_service(MODEL)["CreationTime"] > created


def test_other_settings_of_the_endpoint_need_no_training(tide: Tide, run: str) -> None:
    before, heard, jobs = answers(tide), len(tide.announced(MODEL)), tide.jobs(MODEL)
    settings = "[endpoint]\nmemory_mb = 3072\n[idle]\nafter_minutes = 2000\n"
    tide.s3.put_object(Bucket=tide.bucket, Key=f"datasets/{MODEL}/model.toml", Body=settings.encode())

    (live,) = told(tide, heard, "EndpointLive")

    assert live["run"] == run
    awake = tide.in_service(MODEL, f"{run}-2")
    (variant,) = awake["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["MemorySizeInMB"] == 3072
    assert tide.ledger.endpoint(MODEL).idle_after == 2000
    assert (answers(tide), tide.jobs(MODEL)) == (before, jobs)


def test_back_to_the_run_before_and_forward_again_by_a_newer_upload(tide: Tide, run: str, second: str) -> None:
    newest = answers(tide)
    heard = len(tide.announced(MODEL))
    tide.ask_for("Rollback", MODEL)

    (back,) = told(tide, heard, "EndpointRolledBack")

    assert (back["run"], back["live_run"], back["by"]) == (second, run, "request")
    assert answers(tide) != newest
    assert sorted(tide.jobs(MODEL)) == sorted([run, second])

    third = tide.live(MODEL, tide.run(MODEL, tide.upload(MODEL, "\n".join(LINES[:3000]))))
    assert tide.in_service(MODEL)["EndpointConfigName"] == third
    assert answers(tide) == newest  # of the same rows


@pytest.mark.soak
def test_what_nobody_has_needed_for_long_is_purged_and_built_anew(tide: Tide, second: str) -> None:
    before = answers(tide)
    row = tide.ledger.endpoint(MODEL)
    runs = sorted([row.live_run, row.previous_run])
    assert set(runs) <= set(definitions(tide)["configs"])
    slept(tide)
    heard = len(tide.announced(MODEL))
    tide.cloud.advance(PURGE_AFTER)

    def purged() -> list[dict[str, Any]] | None:
        new = [one for one in tide.announced(MODEL)[heard:] if one["detail-type"] == "EndpointPurged"]
        return [one["detail"] for one in new] if len(new) == len(runs) else None

    gone = eventually_moved(tide.cloud, purged, f"{runs} purged", step=TICK_SECONDS)
    assert {one["run"] for one in gone} == set(runs)
    assert {one["by"] for one in gone} == {"age"}
    assert definitions(tide) == {"configs": [], "models": []}
    assert all(has_artifact(tide, run) for run in runs)

    waking, _ = woken(tide)
    assert waking["rebuilt"] is True
    assert answers(tide) == before
    assert definitions(tide)["models"] == [row.live_run]


@pytest.mark.soak
def test_what_was_deleted_leaves_what_it_takes_to_deploy_it_again(tide: Tide, run: str) -> None:
    before, live = answers(tide), tide.ledger.endpoint(MODEL).live_run
    heard, jobs = len(tide.announced(MODEL)), tide.jobs(MODEL)
    tide.ask_for("Delete", MODEL)

    (deleted,) = told(tide, heard, "EndpointPurged")

    assert (deleted["by"], deleted["wake"]) == ("request", f"ebb retry {MODEL}")
    assert tide.endpoint(MODEL) is None
    assert definitions(tide) == {"configs": [], "models": []}
    groups = tide.logs.describe_log_groups(logGroupNamePrefix=f"/aws/sagemaker/Endpoints/ebb-{MODEL}")["logGroups"]
    assert groups == []
    assert has_artifact(tide, live)
    assert tide.predict(MODEL, ROWS).status == 409

    tide.ask_for("Retry", MODEL, run=live)
    tide.live(MODEL, live)
    assert (answers(tide), tide.jobs(MODEL)) == (before, jobs)


@pytest.fixture
def rich(tmp_path: Path) -> Iterator[Tide]:
    """A stack whose settings may ask for provisioned concurrency."""
    settings = Settings(port=free_port(), training_seconds=0.2, endpoint_seconds=0.2, delete_seconds=0.1)
    with Server(settings, tmp_path / "server.log") as server:
        stack.build()
        stack.deploy(server.admin, ("MaxProvisionedConcurrency=2",))
        yield Tide(server, stack.outputs(server.admin))


@pytest.mark.soak
def test_what_is_billed_all_the_time_is_downgraded_before_it_sleeps(rich: Tide) -> None:
    settings = "[endpoint]\nmemory_mb = 4096\nmax_concurrency = 2\nprovisioned_concurrency = 2\n"
    rich.upload("billed", ABALONE.read_bytes(), settings=settings)
    run = rich.live("billed")
    before = rich.predicted("billed", ROWS)["predictions"]
    rich.cloud.advance("25h")

    def downgraded() -> dict[str, Any] | None:
        found = [one for one in rich.announced("billed") if one["detail-type"] == "EndpointDowngraded"]
        return dict(found[0]["detail"]) if found else None

    cheaper = eventually_moved(rich.cloud, downgraded, "downgraded", step=TICK_SECONDS)
    assert (cheaper["instead_of"], cheaper["config"], cheaper["gb_hours_per_day"]) == (run, f"{run}-od", 192.0)
    (variant,) = rich.in_service("billed", f"{run}-od")["ProductionVariants"]
    assert "ProvisionedConcurrency" not in variant["CurrentServerlessConfig"]
    assert rich.predicted("billed", ROWS)["predictions"] == before

    asleep = rich.put_to_sleep("billed")
    assert asleep["detail"]["saved"] == {"endpoint_slots": 1, "gb_hours_per_day": 0.0}
    assert rich.predicted("billed", ROWS)["predictions"] == before
    assert rich.in_service("billed")["EndpointConfigName"] == f"{run}-od"
    assert (rich.jobs("billed"), dead_letters(rich.cloud)) == ([run], {})
