"""New settings that are wrong, refused or do not answer leave the endpoint as it is, and a person knows what to do."""

from dataclasses import replace
from typing import Any

import pytest

from ebb.deploy_endpoint.requests.apply import apply
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.messaging.requests import Request
from ebb.names import ModelName
from tests.emulated.deployments import ERROR, Deployments, off_by, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST = run_named(1)
APPLY = Request("Apply", ModelName("abalone"))
TOML = "datasets/abalone/model.toml"
LARGER = "[endpoint]\nmemory_mb = 4096"
WRONG = "[endpoint]\nmemory_mb = 4000\nprovisioned_concurrency = 1"
QUOTA = (
    "The account-level service limit 'Memory size in MB per serverless endpoint' is 3072 Megabytes, with current "
    "utilization of 0 Megabytes and a request delta of 4096 Megabytes. Please use AWS Service Quotas."
)


@pytest.fixture
def live(runs: Deployments) -> Deployments:
    runs.was_live(1)
    runs.answers(f"{FIRST}-2", off_by(ERROR))
    return runs


def _settings(runs: Deployments, toml: str) -> str:
    return runs.stack.upload(TOML, toml.encode()).version_id


def _apply(runs: Deployments) -> dict[str, Any]:
    return apply(runs.deploying.context, runs.row, APPLY)


def _is_as_it_was(runs: Deployments) -> None:
    row = runs.row
    assert (row.state, row.live_run, row.live_config, row.wanted) == (State.LIVE, FIRST, FIRST, None)
    assert (runs.served(), runs.stage(1)) == (FIRST, "live")


def test_a_wrong_file_is_told_with_line_and_remedy_once(live: Deployments) -> None:
    row = live.row
    _settings(live, WRONG)
    assert [_apply(live)["outcome"] for _ in range(2)] == ["refused", "already refused"]
    (said,) = live.stack.announcements()
    assert (said["name"], said["run"], said["key"]) == ("DatasetRefused", None, TOML)
    assert [(problem["line"], bool(problem["remedy"])) for problem in said["problems"]] == [(2, True)]
    assert "Line 2" in said["sentence"]
    assert f"{ENDPOINT} stays as it is" in said["sentence"]
    latest = live.stack.read_json("runs/abalone/latest.json")
    assert (latest["problems"], latest["sentence"]) == (said["problems"], said["sentence"])
    assert live.row == row
    _settings(live, WRONG.replace("4000", "5000"))
    assert _apply(live)["outcome"] == "refused"


def test_what_the_stack_does_not_allow_is_wrong(live: Deployments) -> None:
    live.deploy_settings = replace(live.deploy_settings, max_provisioned_concurrency=0)
    _settings(live, "[endpoint]\nprovisioned_concurrency = 1")
    assert _apply(live)["outcome"] == "refused"
    (said,) = live.stack.announcements()
    assert "provisioned_concurrency" in said["problems"][0]["problem"]


def test_a_container_that_answers_wrongly_with_them_is_taken_back(live: Deployments) -> None:
    live.answers(f"{FIRST}-2", lambda rows: ["7.0" for _ in rows])
    _settings(live, LARGER)
    _apply(live)
    live.calm()
    (said,) = live.stack.announcements()
    assert (said["name"], said["by"], said["run"], said["live_run"]) == ("EndpointRolledBack", "ebb", FIRST, FIRST)
    assert "same answer" in said["reason"]
    assert "ebb apply abalone" in said["sentence"]
    _is_as_it_was(live)
    assert live.row.no_downgrade is False


def test_an_update_that_sagemaker_takes_back_is_told(live: Deployments) -> None:
    _settings(live, LARGER)
    _apply(live)
    live.deliver()
    live.stack.sagemaker.settle(ENDPOINT, rolled_back=True, reason="no capacity")
    live.confirm()
    (said,) = live.stack.announcements()
    assert (said["name"], said["by"], said["reason"]) == ("EndpointRolledBack", "sagemaker", "no capacity")
    _is_as_it_was(live)


@pytest.mark.parametrize("step", ["create_endpoint_config", "update_endpoint"])
@pytest.mark.parametrize(
    "error",
    [client_error("ValidationException", "4096 is not offered here"), client_error("ResourceLimitExceeded", QUOTA)],
)
def test_what_sagemaker_does_not_take_is_told_with_its_words(live: Deployments, step: str, error: Any) -> None:
    _settings(live, LARGER)
    live.stack.sagemaker.refuse(step, error)
    _apply(live)
    live.calm()
    (said,) = live.stack.announcements()
    assert said["run"] == FIRST
    assert "not offered here" in said["reason"] or "is 3072" in said["reason"]
    _is_as_it_was(live)


def test_after_as_many_configs_as_there_are_names_a_person_is_told(live: Deployments) -> None:
    variant = {"VariantName": "v", "ModelName": FIRST}
    for number in range(2, 100):
        live.stack.sagemaker.create_endpoint_config(
            EndpointConfigName=f"{FIRST}-{number}", ProductionVariants=[variant], Tags=[]
        )
    _settings(live, LARGER)
    assert _apply(live)["outcome"] == "not possible"
    (said,) = live.stack.announcements()
    assert "upload the data again" in said["reason"]


def _asleep(runs: Deployments) -> EndpointRow:
    runs.falls_asleep()
    return runs.row


def test_what_sleeps_is_not_woken_and_has_them_when_it_is_awake(live: Deployments) -> None:
    _asleep(live)
    _settings(live, f"{LARGER}\n[idle]\nkeep = true")
    assert _apply(live)["outcome"] == "applied as soon as it is live"
    assert (live.row.state, live.row.live_config, live.row.keep) == (State.ASLEEP, FIRST, True)
    assert (live.stack.sagemaker.endpoints, live.stack.sagemaker.called("create_endpoint_config")) == ({}, [])
    _wake(live)
    (request,) = live.stack.messages(live.stack.deploy_queue)
    assert (request["detail-type"], request["detail"]) == ("Apply", {"stack": "ebb", "model": "abalone"})
    _apply(live)
    for name in ("settings", "settings-2"):
        assert "apply_when_live" not in live.stack.read_json(f"runs/abalone/{FIRST}/{name}.json")
    live.calm()
    assert live.row.live_config == f"{FIRST}-2"


def test_what_was_asked_for_and_taken_back_while_it_slept_is_not_applied(live: Deployments) -> None:
    _asleep(live)
    for toml in (LARGER, ""):
        _settings(live, toml)
        _apply(live)
    _wake(live)
    assert live.stack.messages(live.stack.deploy_queue) == []


def _wake(runs: Deployments) -> None:
    """As deploy_endpoint does it."""
    wanted = Wanted(runs.row.live_config, Reason.WAKE, runs.now, State.ASLEEP)
    runs.stack.ledger.write_endpoint(runs.row.wants(wanted, State.WAKING))
    tags = [{"Key": "ebb:stack", "Value": "ebb"}]
    runs.stack.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=runs.row.live_config, Tags=tags)
    runs.stack.sagemaker.settle(ENDPOINT)
    assert runs.confirm()["outcome"] == "live"
    runs.stack.announcements()


def test_a_purged_run_is_left_as_it_is_and_has_them_when_it_is_rebuilt(live: Deployments) -> None:
    live.stack.ledger.write_endpoint(replace(_asleep(live), purged=True))
    del live.stack.sagemaker.configs[FIRST], live.stack.sagemaker.models[FIRST]
    version = _settings(live, LARGER)
    assert _apply(live)["outcome"] == "applied as soon as it is live"
    assert live.stack.read_json(f"runs/abalone/{FIRST}/settings.json")["apply_when_live"] == version
    assert live.stack.sagemaker.configs == {}


def test_a_broken_endpoint_is_left_for_a_person(live: Deployments) -> None:
    live.stack.ledger.write_endpoint(replace(live.row, state=State.BROKEN))
    _settings(live, LARGER)
    assert _apply(live)["outcome"] == "applied as soon as it is live"
    assert live.stack.sagemaker.called("update_endpoint") == []


def test_what_somebody_deleted_is_not_created_by_them(live: Deployments) -> None:
    del live.stack.sagemaker.endpoints[ENDPOINT]
    _settings(live, LARGER)
    assert _apply(live)["outcome"] == "applied as soon as it is live"
    assert live.stack.sagemaker.endpoints == {}


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "Creating"])
def test_what_is_being_changed_is_waited_for(live: Deployments, status: str) -> None:
    """By AWS, for example, whose change must not be taken for ours."""
    live.stack.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = status
    _settings(live, LARGER)
    with pytest.raises(WaitError, match=status):
        _apply(live)
    assert live.row.wanted is None
