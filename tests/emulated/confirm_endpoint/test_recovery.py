"""A row of the ledger that is lost, or says what is not true, is made anew from what SageMaker has."""

from dataclasses import replace

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import Reason, State
from ebb.messaging.messages import ApplyChange
from ebb.names import ModelName
from ebb.times import parsed
from tests.emulated.deployments import ERROR, Deployments, off_by, run_named
from tests.emulated.stack import ENDPOINT

FIRST, SECOND, THIRD = run_named(1), run_named(2), run_named(3)


def test_a_lost_row_of_a_live_endpoint_comes_back_without_a_word(runs: Deployments) -> None:
    runs.was_live(1)
    runs.loses_its_row()
    runs.confirm()
    assert (runs.row.state, runs.row.live_run, runs.row.live_config, runs.row.busy) == (State.LIVE, FIRST, FIRST, False)
    assert runs.said() == []


def test_after_it_the_next_run_is_a_candidate_and_an_older_one_is_superseded(runs: Deployments) -> None:
    runs.was_live(2)
    runs.loses_its_row()
    assert runs.deploying.work_on(runs.trained(1))["outcome"] == "superseded"
    assert runs.deploying.work_on(runs.trained(3))["outcome"] == "candidate created"
    runs.calm()
    assert runs.row.live_run == THIRD


def test_the_last_config_that_was_live_counts_not_the_newest(runs: Deployments) -> None:
    runs.was_live(1)
    runs.stack.sagemaker.create_model(ModelName=SECOND)
    variant = {"VariantName": "v", "ModelName": SECOND}
    runs.stack.sagemaker.create_endpoint_config(EndpointConfigName=SECOND, ProductionVariants=[variant])
    runs.loses_its_row()
    runs.confirm()
    assert runs.row.live_run == FIRST


def test_a_lost_row_of_an_endpoint_that_sleeps_comes_back_asleep(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.loses_its_row()
    runs.confirm()
    assert (runs.row.state, runs.row.live_run) == (State.ASLEEP, FIRST)
    runs.goes_live(2)


def test_a_first_deployment_that_is_under_way_goes_on(runs: Deployments) -> None:
    runs.deploying.work_on(runs.trained(1))
    runs.loses_its_row()
    with pytest.raises(WaitError, match=f"{ENDPOINT} is Creating"):
        runs.confirm()
    assert runs.row.wanted
    assert (runs.row.wanted.config, runs.row.wanted.reason) == (FIRST, Reason.FIRST)
    runs.calm()
    assert (runs.row.live_run, runs.said()) == (FIRST, ["EndpointLive"])


def test_a_promotion_that_is_under_way_goes_on(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2))
    runs.stack.sagemaker.settle(SECOND)
    runs.confirm(SECOND)
    runs.deploying.work_on(ApplyChange(ModelName("abalone")))
    runs.loses_its_row()
    with pytest.raises(WaitError, match=f"{ENDPOINT} is Updating"):
        runs.confirm()
    assert runs.row.wanted
    assert (runs.row.wanted.config, runs.row.wanted.reason, runs.row.live_run) == (SECOND, Reason.PROMOTION, FIRST)
    runs.calm()
    assert (runs.row.live_run, runs.row.previous_run, runs.said()) == (SECOND, FIRST, ["EndpointLive"])
    runs.confirm(SECOND)
    runs.calm()
    assert list(runs.stack.sagemaker.endpoints) == [ENDPOINT]


def test_a_candidate_that_is_under_way_is_not_forgotten(runs: Deployments) -> None:
    """It is removed, its run stays at its stage, and the sweep tells of its job again."""
    runs.was_live(1)
    ended = runs.trained(2)
    runs.deploying.work_on(ended)
    runs.loses_its_row()
    runs.calm()
    assert (runs.stage(2), list(runs.stack.sagemaker.endpoints)) == ("candidate", [ENDPOINT])
    runs.deploying.work_on(ended)
    runs.calm()
    assert (runs.row.live_run, list(runs.stack.sagemaker.endpoints)) == (SECOND, [ENDPOINT])


def test_the_run_before_the_live_one_is_known_again(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    runs.loses_its_row()
    runs.confirm()
    runs.calm()
    assert (runs.row.live_run, runs.row.previous_run) == (SECOND, FIRST)
    assert sorted(runs.stack.sagemaker.configs) == [FIRST, SECOND]


def test_a_live_endpoint_that_is_gone_is_asleep(runs: Deployments) -> None:
    runs.was_live(1)
    del runs.stack.sagemaker.endpoints[ENDPOINT]
    runs.confirm()
    assert (runs.row.state, runs.row.live_run, runs.said()) == (State.ASLEEP, FIRST, [])


def test_what_was_asked_of_a_config_stays_known_as_long_as_it_is_the_live_one(runs: Deployments) -> None:
    runs.was_live(1)
    before = replace(
        runs.row, idle_after=90, keep=True, knocked_at=parsed("2026-11-22T15:00:00Z"), last_call=parsed("2026-11-22")
    )
    runs.stack.ledger.write_endpoint(replace(before, state=State.ASLEEP))
    runs.confirm()
    row = runs.row
    assert (row.state, row.control, row.variant) == (State.LIVE, before.control, before.variant)
    assert (row.idle_after, row.keep, row.knocked_at, row.last_call) == (90, True, None, None)
    assert runs.stack.runtime.calls == []


def test_what_was_asked_of_another_config_is_forgotten(runs: Deployments) -> None:
    runs.was_live(1, "[idle]\nafter_minutes = 45")
    told = replace(runs.row, live_run=SECOND, live_config=SECOND, state=State.ASLEEP, idle_after=90, keep=True)
    runs.stack.ledger.write_endpoint(replace(told, variant="v-another"))
    runs.confirm()
    row = runs.row
    assert (row.live_run, row.variant, row.idle_after, row.keep) == (FIRST, "v-0a1b2c3d", 45, False)
    assert row.control != told.control


def test_other_settings_of_the_live_run_that_are_on_their_way_go_on(runs: Deployments) -> None:
    runs.was_live(1)
    variant, sagemaker = {"VariantName": "v", "ModelName": FIRST}, runs.stack.sagemaker
    sagemaker.create_endpoint_config(
        EndpointConfigName=f"{FIRST}-2", ProductionVariants=[variant], Tags=[{"Key": "ebb:stack", "Value": "ebb"}]
    )
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=f"{FIRST}-2")
    runs.answers(f"{FIRST}-2", off_by(ERROR))
    runs.loses_its_row()
    with pytest.raises(WaitError):
        runs.confirm()
    assert runs.row.wanted
    assert (runs.row.wanted.reason, runs.row.wanted.config) == (Reason.APPLY, f"{FIRST}-2")
    sagemaker.settle(ENDPOINT)
    assert runs.confirm()["outcome"] == "live"
    assert (runs.row.live_run, runs.row.live_config, runs.stage(1)) == (FIRST, f"{FIRST}-2", "live")


def test_an_endpoint_that_is_on_another_run_than_the_row_has_is_confirmed(runs: Deployments) -> None:
    runs.was_live(1)
    stale = runs.row
    runs.was_live(2)
    runs.stack.ledger.write_endpoint(
        replace(stale, version=runs.row.version, live_run=FIRST, live_config=FIRST, previous_run="")
    )
    runs.confirm()
    assert (runs.row.state, runs.row.live_run) == (State.LIVE, SECOND)


def test_a_model_without_anything_in_sagemaker_has_no_row_and_costs_one_list(runs: Deployments) -> None:
    runs.confirm()
    assert runs.row.version == 0
    assert runs.stack.sagemaker.called("list_endpoint_configs") == ["ebb-abalone-"]
    assert runs.stack.sagemaker.called("list_tags") == []
