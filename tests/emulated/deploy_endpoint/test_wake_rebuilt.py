"""A wake whose config or model is gone: both are built anew from the run, or it is told what is lost for ever."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from ebb.ledger.endpoint_row import State
from ebb.messaging.requests import Request
from ebb.names import ModelName
from ebb.settings.container_environment import OWN
from ebb.times import parsed
from tests.emulated.deployments import IMAGE, Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT

FIRST = run_named(1)
FOLDER = f"runs/abalone/{FIRST}"
ARTIFACT = f"{FOLDER}/output/model.tar.gz"
TOML = '[endpoint]\nmemory_mb = 3072\nmax_concurrency = 4\n[endpoint.environment]\nEBB_TEAM = "sea"\n'
BEFORE, LATER = parsed("2026-11-01T00:00:00Z"), parsed("2027-01-01T00:00:00Z")


def wake(at: dt.datetime | None = None) -> Request:
    return Request("Wake", ModelName("abalone"), at=at)


@pytest.fixture
def purged(runs: Deployments) -> Deployments:
    """Asleep, with neither config nor model; the artifact is there."""
    runs.was_live(1, TOML)
    runs.falls_asleep()
    runs.stack.ledger.write_endpoint(replace(runs.row, purged=True))
    for kind in ("EndpointConfig", "Model"):
        runs.stack.sagemaker.delete(kind, FIRST)
    runs.stack.upload(ARTIFACT, b"the model")
    return runs


def test_config_and_model_are_as_they_were_and_nothing_is_trained(purged: Deployments) -> None:
    sagemaker = purged.stack.sagemaker
    assert purged.deploying.work_on(wake())["outcome"] == "created"
    container = sagemaker.models[FIRST]["PrimaryContainer"]
    assert (container["Image"], container["ModelDataUrl"]) == (IMAGE, f"s3://{BUCKET}/{ARTIFACT}")
    assert container["Environment"] == OWN | {"EBB_TEAM": "sea"}
    (variant,) = sagemaker.configs[FIRST]["ProductionVariants"]
    assert (variant["VariantName"], variant["ModelName"]) == ("v-0a1b2c3d", FIRST)
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 4}
    tags = {"ebb:stack": "ebb", "ebb:model": "abalone", "ebb:run": FIRST}
    assert sagemaker.tags[sagemaker.arn("endpoint-config", FIRST)] == tags
    purged.calm()
    assert (purged.row.state, purged.row.purged) == (State.LIVE, False)
    waking, live = purged.stack.announcements()
    assert (waking["rebuilt"], live["woken"]) == (True, True)
    assert sagemaker.called("create_training_job") == []


@pytest.mark.parametrize("suffix", ["-2", "-od"])
@pytest.mark.parametrize(("environment", "own"), [({"EBB_TEAM": "sea"}, False), ({"EBB_TEAM": "land"}, True)])
def test_a_later_config_is_built_from_its_own_settings(
    purged: Deployments, suffix: str, environment: dict[str, str], *, own: bool
) -> None:
    config = f"{FIRST}{suffix}"
    purged.stack.ledger.write_endpoint(replace(purged.row, live_config=config))
    endpoint = {"memory_mb": 1024, "max_concurrency": 1, "provisioned_concurrency": 0, "environment": environment}
    settings = purged.stack.read_json(f"{FOLDER}/settings.json") | {"endpoint": endpoint}
    purged.stack.upload(f"{FOLDER}/settings{suffix}.json", json.dumps(settings).encode())
    purged.deploying.work_on(wake())
    sagemaker = purged.stack.sagemaker
    (variant,) = sagemaker.configs[config]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    assert variant["ModelName"] == (config if own else FIRST)
    assert sagemaker.models[variant["ModelName"]]["PrimaryContainer"]["Environment"].items() >= environment.items()
    assert purged.served() == config


def test_a_config_deleted_by_hand_is_built_anew_beside_its_model(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.stack.upload(ARTIFACT, b"the model")
    runs.stack.sagemaker.delete("EndpointConfig", FIRST)
    assert runs.deploying.work_on(wake())["outcome"] == "created"
    runs.calm()
    assert runs.row.state is State.LIVE


def test_a_model_deleted_by_hand_is_built_anew_behind_its_config(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.stack.upload(ARTIFACT, b"the model")
    runs.stack.sagemaker.delete("Model", FIRST)
    runs.stack.sagemaker.refuse("create_endpoint", client_error("ValidationException", 'Could not find model "arn:m".'))
    assert runs.deploying.work_on(wake())["outcome"] == "created"
    assert FIRST in runs.stack.sagemaker.models


def _lose_object(name: str) -> Callable[[Deployments], None]:
    def lose(runs: Deployments) -> None:
        runs.stack.s3.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}")

    return lose


def _lose_job(runs: Deployments) -> None:
    del runs.stack.sagemaker.jobs[FIRST]


def _lose_job_seen_by_all(runs: Deployments) -> None:
    runs.stack.sagemaker.by_tags = False
    _lose_job(runs)


LOST: dict[str, tuple[Callable[[Deployments], None], str]] = {
    "artifact": (_lose_object("output/model.tar.gz"), f"its artifact s3://{BUCKET}/{ARTIFACT} is gone"),
    "settings": (_lose_object("settings.json"), f"{FOLDER}/settings.json is gone from {BUCKET}"),
    "dataset": (_lose_object("dataset.json"), f"{FOLDER}/dataset.json is gone from {BUCKET}"),
    "job": (_lose_job, f"its training job {FIRST} is gone"),
    "job, as who may look at all sees it": (_lose_job_seen_by_all, f"its training job {FIRST} is gone"),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_is_told_once_with_what_to_do(purged: Deployments, what: str) -> None:
    lose, reason = LOST[what]
    lose(purged)
    assert purged.deploying.work_on(wake(BEFORE))["outcome"] == "broken"
    waking, broken = purged.stack.announcements()
    assert (waking["name"], broken["name"]) == ("EndpointWaking", "EndpointBroken")
    assert broken["reason"] == f"could not be woken: {reason}: upload again to train"
    assert purged.row.state is State.BROKEN
    assert purged.deploying.work_on(wake(BEFORE))["outcome"] == "already tried"
    assert (purged.said(), purged.stack.sagemaker.endpoints) == ([], {})


def test_whoever_asks_within_the_second_in_which_it_broke_is_answered(purged: Deployments) -> None:
    _lose_object("output/model.tar.gz")(purged)
    purged.deploying.work_on(wake(BEFORE))
    purged.stack.upload(ARTIFACT, b"the model")
    assert purged.deploying.work_on(wake(purged.row.since))["outcome"] == "created"


def test_whoever_asks_anew_is_answered_anew(purged: Deployments) -> None:
    _lose_object("output/model.tar.gz")(purged)
    purged.deploying.work_on(wake(BEFORE))
    purged.stack.upload(ARTIFACT, b"the model")
    assert purged.deploying.work_on(wake(LATER))["outcome"] == "created"
    purged.calm()
    assert purged.said() == ["EndpointWaking", "EndpointBroken", "EndpointWaking", "EndpointLive"]


def test_what_iam_forbids_is_not_taken_for_lost(purged: Deployments) -> None:
    purged.stack.sagemaker.refuse("describe_training_job", client_error("AccessDeniedException", "not authorized"))
    with pytest.raises(Exception, match="not authorized"):
        purged.deploying.work_on(wake())
    assert (purged.row.state, purged.said()) == (State.WAKING, ["EndpointWaking"])
    assert ENDPOINT not in purged.stack.sagemaker.endpoints
