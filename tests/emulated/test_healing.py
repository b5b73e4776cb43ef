"""A row of the ledger that is lost, or says what is not true, is made anew from what SageMaker has."""

from dataclasses import replace

import pytest

from ebb.endpoint_row import Reason, State
from ebb.errors import WaitError
from ebb.incoming import ChangeWanted
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.stack import ENDPOINT

FIRST, SECOND, THIRD = run_named(1), run_named(2), run_named(3)


def test_a_lost_row_of_a_live_endpoint_comes_back_without_a_word(runs: Deployments) -> None:
    runs.was_live(1)
    runs.loses_its_row()
    runs.confirm()
    assert (runs.row.state, runs.row.live_run, runs.row.live_config, runs.row.busy) == (State.LIVE, FIRST, FIRST, False)
    assert (runs.said(), runs.stack.runtime.calls) == ([], [])


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
    runs.deploying.work_on(ChangeWanted(ModelName("abalone")))
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
