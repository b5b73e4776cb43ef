"""GET models and models/<model>: how things stand, without touching an endpoint."""

from __future__ import annotations

import datetime as dt

import pytest

from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.times import UNREADABLE
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.predict.calls_of_predict import Caller, dataset_of
from tests.emulated.stack import ENDPOINT, NOW

LATER = NOW + dt.timedelta(hours=4, minutes=30)


@pytest.fixture
def live(runs: Deployments) -> Caller:
    caller = Caller(runs)
    runs.was_live(1, dataset=dataset_of())
    caller.row_becomes(since=NOW, due=NOW, predicts="predicts `price`, a number")
    caller.stack.sagemaker.calls.clear()
    return caller


def next_tear_down(live: Caller) -> str | None:
    found: str | None = live.asks("models/abalone").body["next_tear_down"]
    return found


def test_a_model_is_shown_without_touching_its_endpoint(live: Caller) -> None:
    answer = live.asks("models/abalone")
    assert answer.status == 200
    assert answer.body == {
        "model": "abalone",
        "endpoint": ENDPOINT,
        "state": "live",
        "run": run_named(1),
        "predicts": "predicts `price`, a number",
        "since": "2026-11-22T16:00:00Z",
        "next_tear_down": "2026-11-22T17:10:00Z",
        "sentence": "abalone is live, and asleep after 2026-11-22T17:10:00Z without a call.",
    }
    assert (live.stack.sagemaker.calls, live.stack.runtime.calls, live.requests()) == ([], [], [])


def test_the_next_tear_down_counts_from_the_last_call_with_the_models_own_window(live: Caller) -> None:
    live.row_becomes(last_call=LATER)
    assert next_tear_down(live) == "2026-11-22T21:40:00Z"
    live.row_becomes(idle_after=5)
    assert next_tear_down(live) == "2026-11-22T20:45:00Z"
    live.row_becomes(not_before=NOW + dt.timedelta(hours=8))
    assert next_tear_down(live) == "2026-11-23T00:00:00Z"


def test_a_call_at_a_time_that_cannot_be_read_is_no_call_of_long_ago(live: Caller) -> None:
    """The tick does not put such a model to sleep, so nobody is told that it will."""
    live.row_becomes(last_call=UNREADABLE)
    assert next_tear_down(live) is None
    assert live.asks("models/abalone").body["sentence"] == "abalone is live."


def test_a_model_that_is_kept_or_asleep_has_no_next_tear_down(live: Caller) -> None:
    live.row_becomes(keep=True)
    assert live.asks("models/abalone").body["sentence"] == "abalone is live, and kept by its settings."
    assert next_tear_down(live) is None
    live.row_becomes(keep=False, state=State.ASLEEP)
    assert next_tear_down(live) is None
    assert "A call wakes it" in live.asks("models/abalone").body["sentence"]


def test_what_a_wake_waits_for_is_shown(live: Caller) -> None:
    live.row_becomes(state=State.WAKING, blocked_by="No free endpoint slot.")
    assert live.asks("models/abalone").body["sentence"] == "abalone is being woken. No free endpoint slot."


def test_what_is_not_live_says_what_was_said_last(live: Caller) -> None:
    live.stack.upload("runs/abalone/latest.json", b'{"sentence": "It failed twice."}')
    live.row_becomes(state=State.BROKEN)
    assert live.asks("models/abalone").body["sentence"] == "It failed twice."
    live.stack.upload("runs/limpet/latest.json", b'{"stage": "training", "sentence": "It is being trained."}')
    view = live.asks("models/limpet").body
    assert (view["state"], view["run"], view["since"], view["sentence"]) == ("none", None, None, "It is being trained.")


def test_all_models_are_listed_and_adopted_endpoints_are_not(live: Caller) -> None:
    for model in ("whelk", "adopted/a-notebooks"):
        row = EndpointRow(model, state=State.LIVE, since=NOW, live_run=run_named(1), due=NOW)
        live.stack.ledger.write_endpoint(row)
    answer = live.asks("models/")
    assert (answer.status, [view["model"] for view in answer.body["models"]]) == (200, ["abalone", "whelk"])
    assert answer.body["models"][0] == live.asks("models/abalone").body
    assert live.stack.sagemaker.calls == []
