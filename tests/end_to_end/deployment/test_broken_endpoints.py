"""What becomes wrong after its proof, or before there is anything to go back to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ebb.ledger.endpoint_row import Reason
from tests.end_to_end.deployment.evidence import (
    FIRST,
    SECOND,
    at_rest,
    ending,
    endpoint_row,
    endpoints,
    has_ended,
    kinds,
    stage,
    told,
    until_it_is,
)
from tests.end_to_end.deployment.orders import held_up
from tests.end_to_end.deployment.trained_models import plant, trained_on
from tests.end_to_end.passing_time import eventually_moved
from tests.end_to_end.tide import Tide

WRONG = trained_on([9.0] * 300)
THIRD = "\n".join(SECOND.splitlines()[500:])


@pytest.mark.soak
def test_a_wrong_first_model_is_removed_and_the_next_one_goes_live(tide: Tide) -> None:
    with held_up(tide, "CreateModel"):
        run = tide.run("newborn", tide.upload("newborn", FIRST))
        eventually_moved(tide.cloud, lambda: has_ended(tide, run), "the end of its job")
        plant(tide, "newborn", run, WRONG)
    until_it_is(tide, "newborn", run, "held-back")
    at_rest(tide)

    assert endpoints(tide, "newborn") == {}
    told_of = ending(tide, "newborn", run)
    assert (told_of["kind"], told_of["code"], told_of["live_run"]) == ("ModelHeldBack", "smoke_test", None)
    assert (endpoint_row(tide, "newborn").state, endpoint_row(tide, "newborn").live_run) == ("none", "")

    good = tide.live("newborn", tide.run("newborn", tide.upload("newborn", SECOND)))
    at_rest(tide)
    assert endpoints(tide, "newborn") == {"ebb-newborn": good}


@contextmanager
def between_proof_and_promotion(tide: Tide, model: str) -> Iterator[tuple[str, str]]:
    """The live run, and one whose candidate was proven; the endpoint is not updated before the block ends."""
    live = tide.live(model, tide.run(model, tide.upload(model, FIRST)))
    with held_up(tide, "UpdateEndpoint"):
        run = tide.run(model, tide.upload(model, SECOND))

        def is_promoted() -> bool:
            wanted = endpoint_row(tide, model).wanted
            return wanted is not None and wanted.reason is Reason.PROMOTION

        eventually_moved(tide.cloud, is_promoted, "a candidate that was proven")
        yield live, run


@pytest.mark.soak
def test_a_model_that_is_wrong_only_behind_the_endpoint_itself_is_taken_back(tide: Tide) -> None:
    with between_proof_and_promotion(tide, "swapped") as (live, run):
        plant(tide, "swapped", run, WRONG)
    until_it_is(tide, "swapped", run, "rolled-back")
    at_rest(tide)

    assert endpoints(tide, "swapped") == {"ebb-swapped": live}
    said = ending(tide, "swapped", run)
    assert (said["kind"], said["by"], said["live_run"]) == ("EndpointRolledBack", "ebb", live)
    assert "Every row has the same answer, 9" in said["reason"]
    assert stage(tide, "swapped", live) == "live"


@pytest.mark.soak
def test_when_the_old_model_fails_too_it_is_told_once_and_a_good_run_heals_it(tide: Tide) -> None:
    with between_proof_and_promotion(tide, "twofold") as (live, run):
        for each in (live, run):
            plant(tide, "twofold", each, WRONG)
    eventually_moved(tide.cloud, lambda: endpoint_row(tide, "twofold").state == "broken", "it is broken")
    tide.cloud.advance("1h")  # the reconciler leaves it alone
    at_rest(tide)

    broken = [event for event in tide.announced("twofold") if event["detail-type"] == "EndpointBroken"]
    assert [event["detail"]["run"] for event in broken] == [run]
    assert kinds(told(tide, "twofold", run)) == ["TrainingStarted", "EndpointBroken"]

    good = tide.live("twofold", tide.run("twofold", tide.upload("twofold", THIRD)))
    eventually_moved(tide.cloud, lambda: endpoints(tide, "twofold") == {"ebb-twofold": good}, "no candidate any more")
    assert stage(tide, "twofold", good) == "live"
