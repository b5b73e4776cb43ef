"""[idle] and [endpoint] of the newest model.toml hold for the live run without training, and are proven first."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.deploy_endpoint.requests.apply import apply
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.messages import ApplyChange
from ebb.messaging.requests import Request
from ebb.names import ModelName
from tests.emulated.deployments import ERROR, Deployments, off_by, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT, Stack

FIRST, SECOND = run_named(1), run_named(2)
TOML = "datasets/abalone/model.toml"
LARGER = "[endpoint]\nmemory_mb = 4096"
OTHER_WORKERS = "[endpoint.environment]\nOMP_NUM_THREADS = '2'"
APPLY, CHANGE = Request("Apply", ModelName("abalone")), ApplyChange(ModelName("abalone"))


@pytest.fixture
def live(runs: Deployments) -> Deployments:
    runs.was_live(1)
    for suffix in ("-2", "-3"):
        runs.answers(f"{FIRST}{suffix}", off_by(ERROR))
    return runs


def _settings(runs: Deployments, toml: str) -> str:
    return runs.stack.upload(TOML, toml.encode()).version_id


def _apply(runs: Deployments) -> dict[str, Any]:
    return apply(runs.deploying.context, runs.row, APPLY)


def _kept(stack: Stack, name: str = "settings") -> Any:
    return stack.read_json(f"runs/abalone/{FIRST}/{name}.json")


def _config(runs: Deployments, name: str) -> Any:
    (variant,) = runs.stack.sagemaker.configs[name]["ProductionVariants"]
    return variant


def test_other_memory_is_a_further_config_of_the_same_run_and_is_announced(live: Deployments) -> None:
    _settings(live, LARGER)
    assert _apply(live)["config"] == f"{FIRST}-2"
    assert live.row.wanted
    assert (live.row.wanted.reason, live.row.wanted.before) == (Reason.APPLY, State.LIVE)
    live.calm()
    assert (live.served(), live.row.live_run, live.row.live_config) == (f"{FIRST}-2", FIRST, f"{FIRST}-2")
    (said,) = live.stack.announcements()
    assert (said["name"], said["run"], said["config"], said["replaced"]) == ("EndpointLive", FIRST, f"{FIRST}-2", None)
    assert "4096 MB of memory" in said["sentence"]
    variant = _config(live, f"{FIRST}-2")
    assert (variant["VariantName"], variant["ModelName"]) == ("v-0a1b2c3d", FIRST)
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 1}
    assert (live.row.state, live.row.previous_run, live.stage(1)) == (State.LIVE, "", "live")
    assert live.stack.sagemaker.jobs.keys() == {FIRST}


def test_the_further_config_is_ours_and_keeps_a_persons_tag(live: Deployments) -> None:
    sagemaker = live.stack.sagemaker
    sagemaker.add_tags(
        ResourceArn=sagemaker.arn("endpoint-config", FIRST), Tags=[{"Key": "ebb:keep", "Value": "2027-01-01"}]
    )
    _settings(live, LARGER)
    _apply(live)
    told = sagemaker.tags[sagemaker.arn("endpoint-config", f"{FIRST}-2")]
    assert told == {"ebb:stack": "ebb", "ebb:model": "abalone", "ebb:run": FIRST, "ebb:keep": "2027-01-01"}


def test_another_environment_needs_a_model_of_its_own(live: Deployments) -> None:
    _settings(live, OTHER_WORKERS)
    _apply(live)
    live.calm()
    model = live.stack.sagemaker.models[f"{FIRST}-2"]
    assert model["PrimaryContainer"]["Environment"]["OMP_NUM_THREADS"] == "2"
    assert model["PrimaryContainer"]["ModelDataUrl"].endswith(f"/{FIRST}/output/model.tar.gz")
    assert _config(live, f"{FIRST}-2")["ModelName"] == f"{FIRST}-2"
    _settings(live, f"{LARGER}\n{OTHER_WORKERS}")
    _apply(live)
    assert _config(live, f"{FIRST}-3")["ModelName"] == f"{FIRST}-2"


def test_answers_are_read_as_the_new_environment_has_them(live: Deployments) -> None:
    """A further config is proven by its own settings, not by those of the run's first one."""
    live.answers(f"{FIRST}-2", lambda rows: [f'"{answer}"' for answer in off_by(ERROR)(rows)])
    _settings(live, "[endpoint.environment]\nSAGEMAKER_INFERENCE_OUTPUT = 'predicted_score'")
    _apply(live)
    live.calm()
    assert live.row.live_config == f"{FIRST}-2", live.outcomes


def test_idle_holds_at_once_and_survives_whatever_goes_live_again(live: Deployments) -> None:
    _settings(live, "[idle]\nafter_minutes = 90\nkeep = true")
    assert _apply(live)["outcome"] == "applied"
    assert (live.row.idle_after, live.row.keep, live.row.due) == (90, True, live.row.due)
    assert live.row.due
    assert (live.stack.sagemaker.called("create_endpoint_config"), live.said()) == ([], [])
    assert _kept(live.stack)["idle"] == {"after_minutes": 90, "keep": True}
    live.stack.ledger.write_endpoint(replace(live.row, control=None, idle_after=0, keep=False))
    live.confirm()
    assert (live.row.idle_after, live.row.keep) == (90, True)


def test_without_a_model_toml_the_defaults_hold(runs: Deployments) -> None:
    runs.was_live(1, "[endpoint]\nmemory_mb = 4096\n[idle]\nkeep = true")
    runs.stack.ledger.write_endpoint(replace(runs.row, keep=True))
    runs.answers(f"{FIRST}-2", off_by(ERROR))
    assert _apply(runs)["outcome"] == "on its way"
    runs.calm()
    assert (_config(runs, runs.served())["ServerlessConfig"]["MemorySizeInMB"], runs.row.keep) == (2048, False)


def test_asked_twice_it_is_applied_once(live: Deployments) -> None:
    _settings(live, f"{LARGER}\n[idle]\nafter_minutes = 90")
    _apply(live)
    with pytest.raises(WaitError, match="on its way"):
        _apply(live)
    live.calm()
    assert _apply(live)["outcome"] == "nothing to apply"
    assert (live.said(), sorted(live.stack.sagemaker.configs)) == (["EndpointLive"], [FIRST, f"{FIRST}-2"])


def test_settings_that_an_earlier_config_was_made_with_have_it_back(live: Deployments) -> None:
    for toml, config in ((LARGER, f"{FIRST}-2"), ("", FIRST), (LARGER, f"{FIRST}-2")):
        _settings(live, toml)
        _apply(live)
        live.calm()
        assert live.row.live_config == config
    assert sorted(live.stack.sagemaker.configs) == [FIRST, f"{FIRST}-2"]


STEPS = ("describe_endpoint_config", "create_model", "create_endpoint_config", "list_endpoint_configs")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", [False, True])
def test_cut_off_in_the_middle_it_ends_the_same_way(live: Deployments, step: str, *, lost: bool) -> None:
    _settings(live, OTHER_WORKERS)
    order = live.stack.sagemaker.lose if lost else live.stack.sagemaker.refuse
    order(step, client_error("InternalFailure", "the function died here"))
    with pytest.raises(ClientError, match="died here"):
        _apply(live)
    assert live.row.wanted is None
    _apply(live)
    live.calm()
    assert (live.row.live_config, live.said()) == (f"{FIRST}-2", ["EndpointLive"])
    assert sorted(live.stack.sagemaker.configs) == [FIRST, f"{FIRST}-2"]


@pytest.mark.parametrize("call", ["s3.PutObject", "dynamodb.PutItem", "sqs.SendMessage"])
def test_cut_off_while_it_is_noted_it_ends_the_same_way(live: Deployments, call: str) -> None:
    _settings(live, f"{LARGER}\n[idle]\nkeep = true")
    service, operation = call.split(".")
    with live.stack.broken(service, operation), pytest.raises(ConnectionError):
        _apply(live)
    if call == "sqs.SendMessage":  # what is wanted is in the row: the tick sends it on its way
        live.deploying.work_on(CHANGE)
    else:
        _apply(live)
    live.calm()
    assert (live.row.live_config, live.row.keep, live.said()) == (f"{FIRST}-2", True, ["EndpointLive"])


@pytest.mark.parametrize("step", ["create_endpoint_config", "list_endpoint_configs", "describe_endpoint_config"])
def test_what_may_not_be_done_is_an_error(live: Deployments, step: str) -> None:
    _settings(live, LARGER)
    live.stack.sagemaker.refuse(step, client_error("AccessDeniedException", "not authorized"))
    with pytest.raises(ClientError, match="not authorized"):
        _apply(live)
    assert (live.row.busy, live.said()) == (False, [])


def test_throttled_it_waits(live: Deployments) -> None:
    _settings(live, LARGER)
    live.stack.sagemaker.refuse("create_endpoint_config", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(WaitError):
        _apply(live)
    _apply(live)
    live.calm()
    assert live.row.live_config == f"{FIRST}-2"


def test_a_row_that_somebody_changed_meanwhile_is_looked_at_again(live: Deployments) -> None:
    _settings(live, LARGER)
    stale = live.row
    live.stack.ledger.write_endpoint(replace(stale, announced="blind"))
    with pytest.raises(ConflictError):
        apply(live.deploying.context, stale, APPLY)
    assert not live.row.busy


def test_a_deployment_that_is_under_way_comes_first(live: Deployments) -> None:
    live.deploying.work_on(live.trained(2))
    _settings(live, LARGER)
    with pytest.raises(WaitError, match=f"{SECOND} is on its way"):
        _apply(live)
    live.calm()
    live.answers(f"{SECOND}-2", off_by(ERROR))
    _apply(live)
    live.calm()
    assert (live.row.live_run, live.row.live_config) == (SECOND, f"{SECOND}-2")


def test_while_nothing_is_live_there_is_nothing_to_apply_them_to(runs: Deployments) -> None:
    _settings(runs, LARGER)
    assert _apply(runs)["outcome"] == "nothing is live"
    assert (runs.row.version, runs.stack.sagemaker.calls) == (0, [])


def test_the_file_that_is_read_is_the_newest(live: Deployments) -> None:
    _settings(live, "[endpoint]\nmemory_mb = 6144")
    _settings(live, LARGER)
    assert _apply(live)["endpoint"]["memory_mb"] == 4096
    live.stack.s3.delete_object(Bucket=BUCKET, Key=TOML)
    with pytest.raises(WaitError):
        _apply(live)
    live.calm()
    assert _config(live, live.served(ENDPOINT))["ServerlessConfig"]["MemorySizeInMB"] == 4096
