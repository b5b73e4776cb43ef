"""`[gate]`: a run that is not good enough never comes behind the model's endpoint, and both figures are told."""

import math
from typing import Any

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from tests.emulated.deployments import DATASET, LABELS, Deployments, off_by, run_named
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
ABSOLUTE = "[gate]\nmetric = 'validation:rmse'\nat_most = 1.5"
RELATIVE = "[gate]\nmetric = 'validation:rmse'\nno_worse_than_live = 0.1"
# The same two columns the other way round.
TURNED: dict[str, Any] = DATASET | {
    "encoding": "ffffffff",
    "columns": [
        column | {"features": [1 - place for place in column["features"]]} if column["role"] == "feature" else column
        for column in DATASET["columns"]
    ],
}
WIDER: dict[str, Any] = DATASET | {
    "encoding": "eeeeeeee",
    "columns": [*DATASET["columns"], DATASET["columns"][1] | {"position": 3, "features": [2]}],
    "features": ["1", "2", "3"],
}


def test_the_absolute_gate_comes_before_anything_is_behind_an_endpoint(runs: Deployments) -> None:
    assert runs.deploying.work_on(runs.trained(1, ABSOLUTE))["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["metric"]) == ("ModelHeldBack", "gate", "validation:rmse")
    assert (said["figure"], said["limit"], said["live_run"], said["live_figure"]) == (2.1, 1.5, None, None)
    sagemaker = runs.stack.sagemaker
    assert (list(sagemaker.models), sagemaker.configs, sagemaker.endpoints) == ([FIRST], {}, {})
    tags = sagemaker.tags[sagemaker.arn("model", FIRST)]
    assert (tags["ebb:held-back"], tags["ebb:run"]) == ("2026-11-22T16:00:00Z", FIRST)
    assert (runs.row.version, runs.stage(1)) == (0, "held-back")


def test_what_keeps_the_absolute_gate_goes_live(runs: Deployments) -> None:
    runs.goes_live(1, ABSOLUTE, error=1.4)


def test_a_metric_that_the_job_did_not_report_does_not_pass(runs: Deployments) -> None:
    assert runs.deploying.work_on(runs.trained(1, ABSOLUTE, reported={}))["outcome"] == "held back"
    (said,) = runs.stack.announcements()
    assert (said["code"], said["figure"], said["limit"]) == ("gate", None, 1.5)


def test_a_metric_that_is_no_number_does_not_pass(runs: Deployments) -> None:
    ended = runs.trained(1, ABSOLUTE, reported={"validation:rmse": math.nan})
    assert runs.deploying.work_on(ended)["outcome"] == "held back"


def test_the_live_endpoint_is_not_touched_by_a_run_that_the_absolute_gate_holds_back(runs: Deployments) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2, ABSOLUTE))
    (said,) = runs.stack.announcements()
    assert (said["code"], said["live_run"]) == ("gate", FIRST)
    assert (runs.row.state, runs.served(), list(runs.stack.sagemaker.endpoints)) == (State.LIVE, FIRST, [ENDPOINT])


def test_told_twice_it_is_said_once(runs: Deployments) -> None:
    ended = runs.trained(1, ABSOLUTE)
    outcomes = [runs.deploying.work_on(ended)["outcome"] for _ in range(2)]
    assert (outcomes, runs.said()) == (["held back", "already decided"], ["ModelHeldBack"])


def test_cut_off_before_it_was_announced_it_is_said_by_the_next_attempt(runs: Deployments) -> None:
    ended = runs.trained(1, ABSOLUTE)
    with runs.stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        runs.deploying.work_on(ended)
    runs.deploying.work_on(ended)
    assert (runs.said(), runs.stage(1)) == (["ModelHeldBack"], "held-back")


@pytest.mark.parametrize(("error", "passes"), [(2.1, True), (2.3, True), (2.32, False), (1.0, True)])
def test_the_relative_gate_compares_both_endpoints_answers(runs: Deployments, error: float, *, passes: bool) -> None:
    runs.was_live(1)
    runs.deploying.work_on(runs.trained(2, RELATIVE, error=error))
    runs.calm()
    (said,) = runs.stack.announcements()
    assert said["name"] == ("EndpointLive" if passes else "ModelHeldBack")
    assert (runs.served(), list(runs.stack.sagemaker.endpoints)) == (SECOND if passes else FIRST, [ENDPOINT])
    if not passes:
        assert (said["code"], said["metric"], said["live_run"]) == ("gate", "validation:rmse", FIRST)
        assert (said["figure"], said["limit"]) == (pytest.approx(error), pytest.approx(2.31))
        assert said["live_figure"] == pytest.approx(2.1)


@pytest.mark.parametrize(("error", "live_run"), [(2.2, SECOND), (9.0, FIRST)])
def test_each_is_asked_in_its_own_encoding(runs: Deployments, error: float, live_run: str) -> None:
    runs.was_live(1)
    ended = runs.trained(2, RELATIVE, error=error, dataset=TURNED, row="0.25,{label}.5")
    runs.answers(SECOND, lambda rows: off_by(error)([row.partition(",")[2] for row in rows]))
    runs.deploying.work_on(ended)
    runs.calm()
    assert runs.row.live_run == runs.served() == live_run
    asked = {(call.config, call.rows) for call in runs.stack.runtime.calls if len(call.rows) > 1}
    assert (FIRST, tuple(f"{label}.5,0.25" for label in LABELS)) in asked
    assert (SECOND, tuple(f"0.25,{label}.5" for label in LABELS)) in asked


def test_what_the_live_run_cannot_be_asked_is_held_back_as_not_comparable(runs: Deployments) -> None:
    runs.was_live(1, dataset=WIDER)
    runs.deploying.work_on(runs.trained(2, RELATIVE))
    runs.calm()
    (said,) = runs.stack.announcements()
    assert (said["name"], said["code"], said["live_run"]) == ("ModelHeldBack", "not_comparable", FIRST)
    assert "column 3" in said["reason"]
    assert (runs.served(), list(runs.stack.sagemaker.endpoints)) == (FIRST, [ENDPOINT])


def test_the_live_run_is_asked_as_its_own_settings_let_it_be_asked(runs: Deployments) -> None:
    runs.was_live(1, "[endpoint]\nenvironment = {MAX_CONTENT_LENGTH = '1024'}", row="{label}.5," + "0.25" * 20)
    runs.deploying.work_on(runs.trained(2, RELATIVE, row="{label}.5," + "0" * 80))
    runs.calm()
    assert runs.said() == ["EndpointLive"]
    asked = [call for call in runs.stack.runtime.calls if call.config == FIRST]
    assert asked
    assert max(sum(len(row) + 1 for row in call.rows) for call in asked) <= 1024


def test_a_live_endpoint_that_sleeps_is_woken_to_be_compared_with(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.deploying.work_on(runs.trained(2, RELATIVE))
    assert {name: one["EndpointConfigName"] for name, one in runs.stack.sagemaker.endpoints.items()} == {
        ENDPOINT: FIRST,
        SECOND: SECOND,
    }
    runs.stack.sagemaker.settle(SECOND)
    with pytest.raises(WaitError, match=f"{ENDPOINT} is to be compared with, and is Creating"):
        runs.confirm(SECOND)
    runs.calm()
    assert (runs.row.live_run, runs.served(), list(runs.stack.sagemaker.endpoints)) == (SECOND, SECOND, [ENDPOINT])


def test_what_was_woken_to_be_compared_with_is_live_when_the_run_is_held_back(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.deploying.work_on(runs.trained(2, RELATIVE, error=9.0))
    runs.calm()
    assert (runs.said(), list(runs.stack.sagemaker.endpoints)) == (["ModelHeldBack"], [ENDPOINT])
    assert (runs.row.state, runs.row.live_run) == (State.LIVE, FIRST)


def test_without_the_relative_gate_nothing_is_woken(runs: Deployments) -> None:
    runs.was_live(1)
    runs.falls_asleep()
    runs.deploying.work_on(runs.trained(2))
    assert list(runs.stack.sagemaker.endpoints) == [SECOND]
    runs.calm()
    assert (runs.row.state, runs.row.live_run, runs.served()) == (State.LIVE, SECOND, SECOND)
