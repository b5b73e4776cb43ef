"""While an endpoint goes over to another run, no answer is read in an encoding other than its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Reason, State, Wanted
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.fake_runtime import model_error
from tests.emulated.predict.calls_of_predict import ROW, Caller, dataset_of
from tests.emulated.stack import ENDPOINT
from tests.unit.ebb.predict.homes import HOMES


def reordered(text: str) -> str:
    """The same table, its columns in another order."""
    lines = [line.split(",") for line in text.splitlines()]
    return "".join(",".join(line[place] for place in (0, 4, 3, 2, 1)) + "\n" for line in lines)


OLD, NEW = dataset_of(HOMES), dataset_of(reordered(HOMES))
MORE = dataset_of(HOMES.replace("a,3,10,gas,yes", "a,3,10,coal,yes"))  # one category more
Model = Callable[[Sequence[str]], Sequence[str]]


@pytest.fixture
def caller(runs: Deployments) -> Caller:
    """Of a model whose first run is live."""
    runs.answers(runs.was_live(1, dataset=OLD), reads(OLD))
    return Caller(runs)


def reads(dataset: dict[str, Any]) -> Model:
    """A model that answers with the rooms, and takes no rows of another width."""
    place = dataset["features"].index("rooms" if "rooms" in dataset["features"] else "floors")

    def answer(rows: Sequence[str]) -> Sequence[str]:
        cells = [row.split(",") for row in rows]
        if any(len(row) > len(dataset["features"]) for row in cells):
            raise model_error(400, "Number of columns does not match number of features in booster.")
        return [row[place] for row in cells]

    return answer


def trained(caller: Caller, number: int, dataset: dict[str, Any], toml: str = "") -> str:
    """A run that is ready to be served."""
    caller.runs.trained(number, toml, dataset=dataset)
    run = run_named(number)
    caller.runs.answers(run, reads(dataset))
    caller.stack.sagemaker.create_model(ModelName=run)
    variant = {"VariantName": f"v-{dataset['encoding']}", "ModelName": run}
    caller.stack.sagemaker.create_endpoint_config(EndpointConfigName=run, ProductionVariants=[variant])
    return run


def is_wanted(caller: Caller, run: str, reason: Reason = Reason.PROMOTION) -> None:
    wanted = Wanted(run, reason, caller.now, State.LIVE)
    caller.row_becomes(state=State.DEPLOYING, wanted=wanted)


def goes_over(caller: Caller, run: str) -> None:
    caller.stack.sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=run)
    caller.stack.sagemaker.settle(ENDPOINT)
    caller.stack.sagemaker.calls.clear()


@pytest.mark.parametrize("dataset", [NEW, MORE], ids=["other order", "more features"])
def test_rows_are_encoded_anew_for_the_run_that_is_served_already(caller: Caller, dataset: dict[str, Any]) -> None:
    run = trained(caller, 2, dataset)
    is_wanted(caller, run)
    assert caller.predicts().body["run"] == run_named(1)
    goes_over(caller, run)
    answer = caller.predicts()
    assert (answer.status, answer.body["run"], answer.body["predictions"]) == (200, run, [3.0])
    assert len(caller.stack.runtime.calls) == 3
    assert caller.stack.sagemaker.calls == []


def test_a_model_that_refuses_the_old_rows_is_asked_in_its_own_encoding(caller: Caller, runs: Deployments) -> None:
    """From more features to fewer: the container answers with an error instead of a number."""
    run = trained(caller, 2, MORE)
    goes_over(caller, run)
    caller.row_becomes(live_run=run, live_config=run)
    is_wanted(caller, run_named(1), Reason.RETURN)
    goes_over(caller, run_named(1))
    answer = caller.predicts()
    assert (answer.status, answer.body["run"], answer.body["predictions"]) == (200, run_named(1), [3.0])


def test_a_run_that_went_live_since_the_row_was_read_is_found(caller: Caller, runs: Deployments) -> None:
    run = trained(caller, 2, NEW)

    def switch(rows: Sequence[str]) -> Sequence[str]:
        caller.row_becomes(live_run=run, live_config=run)
        goes_over(caller, run)
        raise model_error(500, "going down")

    runs.answers(run_named(1), switch)
    answer = caller.predicts()
    assert (answer.status, answer.body["run"], answer.body["predictions"]) == (200, run, [3.0])


def test_an_encoding_that_nobody_knows_is_never_read(caller: Caller) -> None:
    goes_over(caller, trained(caller, 2, NEW))
    answer = caller.predicts(wait=60)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "switching", "60")
    assert len(caller.stack.runtime.calls) == 1


def test_an_endpoint_that_keeps_changing_is_asked_only_so_often(caller: Caller, runs: Deployments) -> None:
    second = trained(caller, 2, NEW)
    is_wanted(caller, second)
    flips = {run_named(1): second, second: run_named(1)}

    def flip(run: str) -> Model:
        def answer(rows: Sequence[str]) -> Sequence[str]:
            goes_over(caller, flips[run])
            raise model_error(500, "changing")

        return answer

    for run in flips:
        runs.answers(run, flip(run))
    assert caller.predicts().status == 502
    assert len(caller.stack.runtime.calls) == 2


def test_a_candidate_is_not_what_callers_meet(caller: Caller) -> None:
    run = trained(caller, 2, NEW)
    is_wanted(caller, run, Reason.CANDIDATE)
    goes_over(caller, run)
    assert caller.predicts().code == "switching"


def test_rows_that_the_new_run_cannot_read_are_refused_by_its_columns(caller: Caller) -> None:
    run = trained(caller, 2, dataset_of(HOMES.replace("rooms", "floors", 1)))
    caller.row_becomes(live_run=run, live_config=run)
    goes_over(caller, run)
    answer = caller.predicts()
    assert (answer.status, answer.body["error"]["row"]) == (400, 0)
    assert "'rooms'" in answer.message


BINARY = '[hyperparameters]\nobjective = "binary:logistic"\n'


@pytest.fixture
def chances(caller: Caller) -> str:
    """A run in the same encoding, whose answers mean something else."""
    classes = {"kind": "class", "classes": ["0", "1"]}
    run = trained(caller, 2, OLD | {"objective": "binary:logistic", "label": OLD["label"] | classes}, BINARY)
    caller.runs.answers(run, lambda rows: ["0.75" for _ in rows])
    is_wanted(caller, run)
    return run


def test_runs_of_one_encoding_are_told_apart_by_sagemaker(caller: Caller, chances: str) -> None:
    assert caller.predicts().body == {"model": "abalone", "run": run_named(1), "predictions": [3.0]}
    goes_over(caller, chances)
    answer = caller.predicts().body
    assert (answer["run"], answer["predictions"][0]["label"]) == (chances, "1")


def test_an_answer_during_which_the_run_changed_is_thrown_away(caller: Caller, chances: str) -> None:
    def switch(rows: Sequence[str]) -> Sequence[str]:
        goes_over(caller, chances)
        return ["0.5" for _ in rows]

    caller.runs.answers(run_named(1), switch)
    answer = caller.predicts([ROW]).body
    assert (answer["run"], answer["predictions"][0]["label"]) == (chances, "1")


def test_a_change_that_was_taken_back_during_the_answer_is_noticed(caller: Caller, chances: str) -> None:
    def flip(rows: Sequence[str]) -> Sequence[str]:
        goes_over(caller, run_named(1))
        return ["0.75" for _ in rows]

    caller.runs.answers(chances, flip)
    goes_over(caller, chances)
    assert caller.predicts().code == "switching"


def test_of_runs_that_answer_alike_the_one_that_answers_is_named(caller: Caller) -> None:
    run = trained(caller, 2, OLD)
    is_wanted(caller, run)
    goes_over(caller, run)
    answer = caller.predicts()
    assert (answer.status, answer.body["run"], len(caller.stack.runtime.calls)) == (200, run, 1)
