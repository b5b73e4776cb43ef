"""After success, configs and models of earlier runs go: never the run before, and never what an endpoint uses."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT

FIRST, SECOND, THIRD = (run_named(number) for number in (1, 2, 3))
OURS = [{"Key": "ebb:stack", "Value": "ebb"}]


def _there(runs: Deployments) -> tuple[list[str], list[str]]:
    return sorted(runs.stack.sagemaker.configs), sorted(runs.stack.sagemaker.models)


def _endpoint(runs: Deployments, name: str, config: str, **tags: str) -> None:
    told = [{"Key": f"ebb:{key}", "Value": value} for key, value in tags.items()]
    runs.stack.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=told)
    runs.stack.sagemaker.settle(name)


def test_the_run_before_the_live_one_stays_and_those_before_it_go(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    assert _there(runs) == ([FIRST, SECOND], [FIRST, SECOND])
    runs.goes_live(3)
    assert _there(runs) == ([SECOND, THIRD], [SECOND, THIRD])
    assert runs.row.needs_cleanup is False


def test_nothing_goes_before_the_endpoint_is_proven(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    runs.deploying.work_on(runs.trained(3))
    runs.stack.sagemaker.settle(THIRD)
    runs.confirm(THIRD)
    assert _there(runs) == ([FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD])
    assert runs.stack.sagemaker.called("delete_endpoint_config") == []


def test_what_somebody_elses_endpoint_uses_stays(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    _endpoint(runs, "another-team", FIRST)
    runs.goes_live(3)
    assert _there(runs) == ([FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD])


def test_what_an_endpoint_of_ours_is_being_changed_to_stays_although_search_shows_the_old(runs: Deployments) -> None:
    for number in (1, 2, 3):
        runs.was_live(number)
    config = {"EndpointConfigName": f"{FIRST}-od", "ProductionVariants": [{"VariantName": "v", "ModelName": SECOND}]}
    runs.stack.sagemaker.create_endpoint_config(**config)
    _endpoint(runs, run_named(9), THIRD, stack="ebb", model="abalone")
    runs.stack.sagemaker.update_endpoint(EndpointName=run_named(9), EndpointConfigName=f"{FIRST}-od")
    runs.confirm(cleanup=True)
    assert f"{FIRST}-od" in runs.stack.sagemaker.configs


def test_configs_derived_from_a_run_are_the_runs(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    for run in (FIRST, SECOND):
        variant = {"VariantName": "v", "ModelName": run}
        runs.stack.sagemaker.create_endpoint_config(
            EndpointConfigName=f"{run}-od", ProductionVariants=[variant], Tags=OURS
        )
    runs.goes_live(3)
    assert _there(runs) == ([SECOND, f"{SECOND}-od", THIRD], [SECOND, THIRD])


def test_models_derived_from_a_run_are_the_runs(runs: Deployments) -> None:
    """A further config with another environment has a model of its own."""
    for number in (1, 2):
        runs.was_live(number)
    sagemaker = runs.stack.sagemaker
    for run in (FIRST, SECOND):
        sagemaker.create_model(ModelName=f"{run}-2", Tags=OURS)
        variant = {"VariantName": "v", "ModelName": f"{run}-2"}
        sagemaker.create_endpoint_config(EndpointConfigName=f"{run}-2", ProductionVariants=[variant], Tags=OURS)
    runs.goes_live(3)
    assert _there(runs) == ([SECOND, f"{SECOND}-2", THIRD], [SECOND, f"{SECOND}-2", THIRD])


def test_a_model_stays_while_any_config_of_its_run_is_used(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    sagemaker = runs.stack.sagemaker
    sagemaker.create_model(ModelName=f"{FIRST}-2", Tags=OURS)
    _endpoint(runs, "another-team", FIRST)
    runs.goes_live(3)
    assert {FIRST, f"{FIRST}-2"} < sagemaker.models.keys()


def test_what_was_held_back_stays_until_something_newer_is_live(runs: Deployments) -> None:
    runs.was_live(1)
    ended = runs.trained(2)
    runs.answers(SECOND, lambda rows: ["7.0" for _ in rows])
    runs.deploying.work_on(ended)
    runs.calm()
    runs.confirm(cleanup=True)
    assert _there(runs) == ([FIRST, SECOND], [FIRST, SECOND])
    runs.stack.announcements()
    runs.goes_live(3)
    assert _there(runs) == ([FIRST, THIRD], [FIRST, THIRD])


def test_models_whose_names_begin_alike_are_not_touched(runs: Deployments) -> None:
    others = ["ebb-abalone-2-200101000000-aaaaa", "ebb-abalone-by-hand", "my-ebb-abalone-200101000000-aaaaa"]
    for name in others:
        runs.stack.sagemaker.create_model(ModelName=name)
        variant = {"VariantName": "v", "ModelName": name}
        runs.stack.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    runs.was_live(1)
    runs.confirm(cleanup=True)
    assert _there(runs) == (sorted([*others, FIRST]), sorted([*others, FIRST]))


@pytest.mark.parametrize("step", ["delete_endpoint_config", "delete_model", "search", "list_models"])
@pytest.mark.parametrize("lost", [False, True])
def test_cut_off_in_the_middle_it_is_finished_by_the_next_look(runs: Deployments, step: str, *, lost: bool) -> None:
    for number in (1, 2):
        runs.was_live(number)
    runs.deploying.work_on(runs.trained(3))
    order = runs.stack.sagemaker.lose if lost else runs.stack.sagemaker.refuse
    order(step, client_error("InternalFailure", "try again"))
    with pytest.raises(ClientError, match="try again"):
        runs.calm()
    assert (runs.row.live_run, runs.row.needs_cleanup) == (THIRD, True)
    assert runs.confirm()["outcome"] == "cleaned up"
    assert _there(runs) == ([SECOND, THIRD], [SECOND, THIRD])
    assert (runs.row.needs_cleanup, runs.said()) == (False, ["EndpointLive"])


def test_what_is_gone_already_is_no_error(runs: Deployments) -> None:
    for number in (1, 2, 3):
        runs.was_live(number)
    runs.stack.ledger.write_endpoint(replace(runs.row, needs_cleanup=True))
    for step, noun in (("delete_endpoint_config", "endpoint configuration"), ("delete_model", "model")):
        gone = client_error("ValidationException", f'Could not find {noun} "arn".')
        runs.stack.sagemaker.refuse(step, gone)
    assert runs.confirm() == {"outcome": "cleaned up", "endpoint": ENDPOINT, "removed": []}
    assert runs.row.needs_cleanup is False


@pytest.mark.parametrize("step", ["delete_endpoint_config", "delete_model"])
def test_what_may_not_be_removed_is_an_error(runs: Deployments, step: str) -> None:
    for number in (1, 2, 3):
        runs.was_live(number)
    runs.stack.ledger.write_endpoint(replace(runs.row, needs_cleanup=True))
    runs.stack.sagemaker.refuse(step, client_error("AccessDeniedException", "not authorized"))
    with pytest.raises(ClientError, match="not authorized"):
        runs.confirm()
    assert runs.row.needs_cleanup is True


def test_what_looks_like_ours_and_is_not_stays(runs: Deployments) -> None:
    runs.was_live(3)
    runs.stack.sagemaker.create_model(ModelName=FIRST, Tags=[{"Key": "ebb:stack", "Value": "another"}])
    assert runs.confirm(cleanup=True)["removed"] == []
    assert FIRST in runs.stack.sagemaker.models


def test_without_anything_old_nothing_is_searched_for(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
    assert runs.confirm(cleanup=True)["removed"] == []
    assert runs.stack.sagemaker.called("search") == []


def test_what_is_left_over_is_found_when_asked_to_tidy(runs: Deployments) -> None:
    runs.was_live(3)
    runs.stack.sagemaker.create_model(ModelName=FIRST, Tags=OURS)
    assert runs.confirm()["outcome"] == "nothing to confirm"
    assert runs.confirm(cleanup=True)["removed"] == [FIRST]
