"""An idle endpoint with provisioned concurrency goes on without: proven as any change, or put to sleep instead."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from ebb.deploy_endpoint.configs import downgrade
from ebb.errors import ConflictError, WaitError
from ebb.ledger.endpoint_row import Reason, State, Wanted
from ebb.messaging.messages import ApplyChange
from ebb.names import ModelName
from tests.emulated.deployments import ERROR, Deployments, off_by, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST = run_named(1)
ON_DEMAND = f"{FIRST}-od"
PROVISIONED = "[endpoint]\nmemory_mb = 3072\nmax_concurrency = 5\nprovisioned_concurrency = 2"
CHANGE = ApplyChange(ModelName("abalone"))


@pytest.fixture
def live(runs: Deployments) -> Deployments:
    """With provisioned concurrency."""
    runs.limits = runs.deploy_settings.limits
    runs.was_live(1, PROVISIONED)
    for config in (ON_DEMAND, f"{FIRST}-2", f"{FIRST}-3"):
        runs.answers(config, off_by(ERROR))
    return runs


def _wanted(runs: Deployments) -> None:
    """As the tick asks for it."""
    seen = runs.stack.sagemaker.endpoints[ENDPOINT]["LastModifiedTime"]
    wanted = Wanted(ON_DEMAND, Reason.DOWNGRADE, runs.now, State.LIVE, seen_modified=seen)
    runs.stack.ledger.write_endpoint(runs.row.wants(wanted))


def _make(runs: Deployments) -> None:
    assert runs.row.wanted
    downgrade(runs.deploying.context, runs.row, runs.row.wanted)


def _goes_through(runs: Deployments) -> None:
    """The messages of the whole way."""
    runs.deliver()
    for _ in range(3):
        try:
            runs.deploying.work_on(CHANGE)
            break
        except ConflictError:
            pass
    runs.calm()


def _is_on_demand(runs: Deployments, config: str = ON_DEMAND) -> None:
    row = runs.row
    assert (row.state, row.live_run, row.live_config, runs.served()) == (State.LIVE, FIRST, config, config)
    assert (row.no_downgrade, row.previous_run, row.superseded_at, runs.stage(1)) == (False, "", None, "live")


def test_the_config_is_the_live_one_without_provisioned_concurrency(live: Deployments) -> None:
    _wanted(live)
    _make(live)
    (variant,) = live.stack.sagemaker.configs[ON_DEMAND]["ProductionVariants"]
    assert variant == {
        "VariantName": "v-0a1b2c3d",
        "ModelName": FIRST,
        "ServerlessConfig": {"MemorySizeInMB": 3072, "MaxConcurrency": 5},
    }
    tags = live.stack.sagemaker.tags[live.stack.sagemaker.arn("endpoint-config", ON_DEMAND)]
    assert tags == {"ebb:stack": "ebb", "ebb:model": "abalone", "ebb:run": FIRST}


def test_proven_it_is_announced_as_what_it_is(live: Deployments) -> None:
    _wanted(live)
    _goes_through(live)
    _is_on_demand(live)
    (said,) = live.stack.announcements()
    assert (said["name"], said["config"], said["instead_of"]) == ("EndpointDowngraded", ON_DEMAND, FIRST)
    assert (said["provisioned_concurrency"], said["memory_mb"], said["gb_hours_per_day"]) == (2, 3072, 144.0)
    sagemaker = live.stack.sagemaker
    assert "ebb:live" in sagemaker.tags[sagemaker.arn("endpoint-config", ON_DEMAND)]
    assert FIRST in sagemaker.configs
    assert (live.row.control and live.row.control.calls, live.stack.runtime.calls[-1].config) == (2, ON_DEMAND)


def test_the_control_of_the_downgraded_is_its_own(live: Deployments) -> None:
    before = live.row.control
    _wanted(live)
    _goes_through(live)
    assert live.row.control != before


def test_a_lost_row_is_healed_to_it(live: Deployments) -> None:
    _wanted(live)
    _goes_through(live)
    live.loses_its_row()
    live.confirm()
    _is_on_demand(live)


@pytest.mark.parametrize("step", ["list_endpoint_configs", "describe_endpoint_config", "create_endpoint_config"])
@pytest.mark.parametrize("lost", [False, True])
def test_cut_off_in_the_middle_it_ends_the_same_way(live: Deployments, step: str, *, lost: bool) -> None:
    _wanted(live)
    order = live.stack.sagemaker.lose if lost else live.stack.sagemaker.refuse
    order(step, client_error("InternalFailure", "the function died here"))
    with pytest.raises(ClientError, match="died here"):
        live.deploying.work_on(CHANGE)
    _goes_through(live)
    _is_on_demand(live)
    assert live.said() == ["EndpointDowngraded"]


def test_asked_twice_there_is_one(live: Deployments) -> None:
    _wanted(live)
    for _ in range(2):
        _make(live)
    assert live.stack.sagemaker.called("create_endpoint_config") == [ON_DEMAND]


def test_throttled_it_waits(live: Deployments) -> None:
    _wanted(live)
    live.stack.sagemaker.refuse("create_endpoint_config", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(WaitError):
        live.deploying.work_on(CHANGE)
    _goes_through(live)
    _is_on_demand(live)


def test_denied_it_is_an_error(live: Deployments) -> None:
    _wanted(live)
    live.stack.sagemaker.refuse("create_endpoint_config", client_error("AccessDeniedException", "not authorized"))
    with pytest.raises(ClientError, match="not authorized"):
        live.deploying.work_on(CHANGE)


@pytest.mark.parametrize("reason", [None, "provisioned concurrency cannot be removed"])
def test_taken_back_by_sagemaker_it_is_left_alone_and_put_to_sleep_instead(
    live: Deployments, reason: str | None
) -> None:
    _wanted(live)
    live.deploying.work_on(CHANGE)
    live.stack.sagemaker.settle(ENDPOINT, rolled_back=True, reason=reason)
    outcome = live.confirm()
    assert "downgrade refused; it will be put to sleep instead" in outcome["outcome"]
    row = live.row
    assert (row.state, row.live_config, row.wanted, row.no_downgrade) == (State.LIVE, FIRST, None, True)
    assert (live.said(), live.served(), live.stage(1), row.due) == ([], FIRST, "live", live.now)


def test_refused_by_sagemaker_it_is_put_to_sleep_instead(live: Deployments) -> None:
    _wanted(live)
    refused = client_error("ValidationException", "Provisioned concurrency cannot be removed in place.")
    live.stack.sagemaker.refuse("update_endpoint", refused)
    live.deploying.work_on(CHANGE)
    live.calm()
    row = live.row
    assert (row.state, row.live_config, row.no_downgrade, live.said()) == (State.LIVE, FIRST, True, [])


def test_answering_wrongly_it_goes_back_and_is_put_to_sleep_instead(live: Deployments) -> None:
    live.answers(ON_DEMAND, lambda rows: ["7.0" for _ in rows])
    _wanted(live)
    _goes_through(live)
    row = live.row
    assert (row.state, row.live_config, row.no_downgrade, live.served()) == (State.LIVE, FIRST, True, FIRST)
    assert (live.said(), live.stage(1)) == (["EndpointRolledBack"], "live")


def test_a_further_change_may_be_downgraded_again(live: Deployments) -> None:
    live.stack.ledger.write_endpoint(replace(live.row, no_downgrade=True))
    live.goes_live(2, PROVISIONED)
    assert live.row.no_downgrade is False


def test_a_left_over_config_of_an_earlier_downgrade_is_used_if_it_is_the_same(live: Deployments) -> None:
    _wanted(live)
    _make(live)
    created = live.stack.sagemaker.configs[ON_DEMAND]["CreationTime"]
    live.stack.ledger.write_endpoint(live.row.back(live.now))
    _wanted(live)
    _goes_through(live)
    _is_on_demand(live)
    assert live.stack.sagemaker.configs[ON_DEMAND]["CreationTime"] == created


def test_one_of_other_settings_is_neither_used_nor_removed(live: Deployments) -> None:
    _wanted(live)
    _make(live)
    folder = f"runs/abalone/{FIRST}"
    for name in ("settings", "settings-od"):
        settings = live.stack.read(f"{folder}/{name}.json").replace(b"3072", b"4096")
        live.stack.upload(f"{folder}/settings.json" if name == "settings" else f"{folder}/unused.json", settings)
    _goes_through(live)
    _is_on_demand(live, f"{FIRST}-2")
    assert ON_DEMAND in live.stack.sagemaker.configs
    (variant,) = live.stack.sagemaker.configs[f"{FIRST}-2"]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 5}


def test_what_is_on_demand_already_is_put_to_sleep_instead(runs: Deployments) -> None:
    runs.was_live(1)
    _wanted(runs)
    with pytest.raises(ConflictError, match="on demand already"):
        runs.deploying.work_on(CHANGE)
    assert (runs.row.state, runs.row.wanted, runs.row.no_downgrade) == (State.LIVE, None, True)
    assert runs.deploying.work_on(CHANGE)["outcome"] == "nothing wanted"
    assert runs.stack.sagemaker.called("create_endpoint_config") == []
