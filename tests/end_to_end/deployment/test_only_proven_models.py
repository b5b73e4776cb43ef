"""Whatever becomes of a new run: who calls the endpoint meanwhile sees no error, and only answers of proven models."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Reason
from tests.end_to_end.deployment.caller import Caller
from tests.end_to_end.deployment.evidence import (
    ROWS,
    at_rest,
    ending,
    endpoint_row,
    endpoints,
    has_ended,
    stage,
    until_it_is,
)
from tests.end_to_end.deployment.orders import held_up, misbehaving, slowed
from tests.end_to_end.deployment.trained_models import answers_of, plant, trained_on
from tests.end_to_end.passing_time import eventually_moved
from tests.end_to_end.tide import ABALONE, Tide

MODEL = "proven"
ROOMY = "[endpoint]\nmax_concurrency = 4\n"  # a smoke test beside the caller's own calls
LABELS = [float(row.partition(",")[0]) for row in ROWS]
SMOKE_TEST = {"kind": "ModelHeldBack", "code": "smoke_test"}


@dataclass
class Shore:
    """A model that is live, and somebody who calls it all the time."""

    tide: Tide
    caller: Caller
    live: str
    answers: str
    uploads: int = 0

    def upload(self, settings: str = "", content: str = "") -> str:
        """Another run; no two have the same rows."""
        self.uploads += 1
        rows = content or "\n".join(ROWS[self.uploads :])
        return self.tide.run(MODEL, self.tide.upload(MODEL, rows, settings=ROOMY + settings))

    def is_as_before(self, run: str, became: str) -> None:
        """The live config and every answer; nothing is left of the run but its row."""
        alone = {f"ebb-{MODEL}": self.live}
        eventually_moved(self.tide.cloud, lambda: endpoints(self.tide, MODEL) == alone, "no candidate any more")
        self.caller.hears()
        assert self.caller.errors == []
        assert {answers for _, answers in self.caller.heard} == {self.answers}
        assert len({variant for variant, _ in self.caller.heard}) == 1
        row = endpoint_row(self.tide, MODEL)
        assert (row.state, row.live_run, row.wanted, row.candidate) == ("live", self.live, None, "")
        assert stage(self.tide, MODEL, run) == became

    def tells(self, run: str, **facts: Any) -> str:
        """The sentence of the one announcement of how it ended, which says this."""
        told = ending(self.tide, MODEL, run)
        assert {name: told.get(name) for name in facts} == facts
        return str(told["sentence"])


@pytest.fixture(scope="module")
def shore(tide: Tide) -> Iterator[Shore]:
    live = tide.live(MODEL, tide.run(MODEL, tide.upload(MODEL, ABALONE.read_bytes(), settings=ROOMY)))
    with Caller(tide, MODEL) as caller:
        yield Shore(tide, caller, live, answers_of(tide, MODEL, live))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("silent", "SageMaker gave no reason"),
        pytest.param("reason", "The local SageMaker was told to let this fail.", marks=pytest.mark.soak),
    ],
)
def test_an_update_that_sagemaker_takes_back_is_told_as_such(shore: Shore, how: str, reason: str) -> None:
    with misbehaving(shore.tide, "fail_update", how):
        run = shore.upload()
        until_it_is(shore.tide, MODEL, run, "rolled-back")

    shore.is_as_before(run, "rolled-back")
    shore.tells(run, kind="EndpointRolledBack", by="sagemaker", reason=reason, live_run=shore.live)


@pytest.mark.soak
def test_a_rollback_that_failed_is_made_up_for(shore: Shore) -> None:
    """Ebb's own roll-back succeeds: it takes long enough for the order to be taken back before."""
    with slowed(shore.tide, "UpdateEndpoint", 2), misbehaving(shore.tide, "fail_update", "rollback_failed"):
        run = shore.upload()
        eventually_moved(shore.tide.cloud, lambda: wanted(shore.tide) == Reason.ROLLBACK, "a roll-back wanted")
    until_it_is(shore.tide, MODEL, run, "rolled-back")

    shore.is_as_before(run, "rolled-back")
    sentence = shore.tells(run, kind="EndpointRolledBack", by="ebb", live_run=shore.live)
    assert "UpdateRollbackFailed" in sentence


def test_an_image_that_does_not_start_never_gets_behind_the_endpoint(shore: Shore) -> None:
    with misbehaving(shore.tide, "fail_creation", "The container did not pass the ping health check."):
        run = shore.upload()
        until_it_is(shore.tide, MODEL, run, "held-back")

    shore.is_as_before(run, "held-back")
    assert "ping health check" in shore.tells(run, kind="ModelHeldBack", code="endpoint_failed", live_run=shore.live)


@contextmanager
def between_training_and_deployment(shore: Shore, settings: str = "") -> Iterator[str]:
    """A run whose model has been trained, and is not put behind anything before the block ends."""
    with held_up(shore.tide, "CreateModel"):
        run = shore.upload(settings)
        eventually_moved(shore.tide.cloud, lambda: has_ended(shore.tide, run), "the end of its job")
        yield run


def wanted(tide: Tide) -> Reason | None:
    row = endpoint_row(tide, MODEL)
    return row.wanted.reason if row.wanted else None


WRONG = {
    "another model's": [label * 3 for label in LABELS[:500]],
    "a constant": [9.0] * 500,
}


@pytest.mark.parametrize("what", ["another model's", pytest.param("a constant", marks=pytest.mark.soak)])
def test_a_model_that_is_not_the_one_that_was_trained_is_held_back(shore: Shore, what: str) -> None:
    with between_training_and_deployment(shore) as run:
        plant(shore.tide, MODEL, run, trained_on(WRONG[what]))
    until_it_is(shore.tide, MODEL, run, "held-back")

    shore.is_as_before(run, "held-back")
    sentence = shore.tells(run, **SMOKE_TEST, live_run=shore.live)
    assert ("Every row has the same answer, 9" in sentence) == (what == "a constant")


def test_a_model_that_is_worse_than_the_live_one_is_held_back(shore: Shore) -> None:
    worse = "[hyperparameters]\nnum_round = 3\n[gate]\nmetric = 'validation:rmse'\nno_worse_than_live = 0.02\n"
    run = shore.upload(worse)
    until_it_is(shore.tide, MODEL, run, "held-back")

    shore.is_as_before(run, "held-back")
    shore.tells(run, kind="ModelHeldBack", code="gate", metric="validation:rmse", live_run=shore.live)
    told = ending(shore.tide, MODEL, run)
    assert told["limit"] == pytest.approx(told["live_figure"] * 1.02)
    assert told["figure"] > told["limit"]


@pytest.mark.soak
def test_shuffled_labels_do_not_reach_the_gate(shore: Shore) -> None:
    labels, features = zip(*(row.split(",", 1) for row in ROWS), strict=True)
    shuffled = random.Random(5).sample(labels, len(labels))  # noqa: S311  (the same every time)
    content = "\n".join(f"{label},{rest}" for label, rest in zip(shuffled, features, strict=True))
    run = shore.upload("[gate]\nmetric = 'validation:rmse'\nat_most = 2.5\n", content)
    until_it_is(shore.tide, MODEL, run, "held-back")

    shore.is_as_before(run, "held-back")
    shore.tells(run, kind="ModelHeldBack", code="gate", metric="validation:rmse", limit=2.5, live_run=shore.live)
    assert run not in [config["EndpointConfigName"] for config in configs(shore.tide)], "put behind nothing"


def configs(tide: Tide) -> list[dict[str, Any]]:
    return list(tide.sagemaker.list_endpoint_configs(NameContains=f"ebb-{MODEL}-", MaxResults=100)["EndpointConfigs"])


def test_a_good_run_goes_live_after_all_of_them(shore: Shore) -> None:
    run = shore.upload()
    shore.tide.live(MODEL, run)
    at_rest(shore.tide)
    shore.caller.hears()

    assert shore.caller.errors == []
    heard = [answers for _, answers in shore.caller.heard]
    new = answers_of(shore.tide, MODEL, run)
    assert new != shore.answers
    assert set(heard) == {shore.answers, new}
    assert set(heard[heard.index(new) :]) == {new}, "the old one answered once more"
    assert endpoints(shore.tide, MODEL) == {f"ebb-{MODEL}": run}
