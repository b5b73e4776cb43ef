"""Events of serverless endpoints may never come, any event may come twice, reads may be late: the tide is the same."""

from __future__ import annotations

import pytest

from tests.end_to_end.deployment.evidence import FIRST, SECOND, at_rest, endpoint_row, endpoints, kinds, stage, told
from tests.end_to_end.deployment.orders import misbehaving
from tests.end_to_end.tide import Tide


def two_tides(tide: Tide, model: str) -> None:
    """A first run, then a second in its place; each is told once, and nothing is left over."""
    first = tide.live(model, tide.run(model, tide.upload(model, FIRST)))
    second = tide.live(model, tide.run(model, tide.upload(model, SECOND)))
    at_rest(tide)

    assert sorted(tide.jobs(model)) == [first, second]
    assert endpoints(tide, model) == {f"ebb-{model}": second}
    for run, became in ((first, "superseded"), (second, "live")):
        assert kinds(told(tide, model, run)) == ["TrainingStarted", "EndpointLive"]
        assert stage(tide, model, run) == became
    assert told(tide, model, second)[1]["detail"]["replaced"] == first
    row = endpoint_row(tide, model)
    assert (row.state, row.live_config, row.previous_run) == ("live", second, first)
    assert (row.wanted, row.candidate, row.pending, row.needs_cleanup) == (None, "", None, False)


def test_the_tide_needs_no_endpoint_events(tide: Tide) -> None:
    with misbehaving(tide, "endpoint_events", "off"):
        two_tides(tide, "unheard")


def test_what_sagemaker_shows_late_is_waited_for(tide: Tide) -> None:
    """Its own reads are eventually consistent: a model just made, the metrics of a job that has just ended."""
    with misbehaving(tide, "model_delay", 20), misbehaving(tide, "final_metrics_delay", 20):
        run = tide.live("late", tide.run("late", tide.upload("late", FIRST)))
        at_rest(tide)
    assert kinds(told(tide, "late", run)) == ["TrainingStarted", "EndpointLive"]
    assert told(tide, "late", run)[1]["detail"]["smoke"]["reported"] > 1


@pytest.mark.soak
def test_with_every_event_twice_everything_happens_once(tide: Tide) -> None:
    with misbehaving(tide, "events", "twice"):
        two_tides(tide, "doubled")
