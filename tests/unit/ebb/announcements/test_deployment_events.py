"""Each announcement of a deployment says what happened, why, and what to do next; its facts are as published."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docs.event_schemas import event_schema
from ebb.announcements.announcement import MAX_SENTENCE_LENGTH, Announcement
from ebb.announcements.deployment_events import Held, broken, held_back, live, rolled_back
from ebb.announcements.training_events import training_failed

RUN, LIVE = "ebb-abalone-261122153000-k3v7q", "ebb-abalone-261121153000-aaaaa"
SMOKE = {"metric": "validation:rmse", "reported": 2.2, "measured": 2.2134567, "tolerance": 0.22, "rows": 200}
UNMEASURED = {"metric": None, "reported": None, "measured": None, "tolerance": None, "rows": 1}
ANY_NUMBER = st.none() | st.floats()
ANY_SMOKE = st.fixed_dictionaries(
    {"metric": st.just("train:auc"), "rows": st.integers(0, 200)}
    | dict.fromkeys(("reported", "measured", "tolerance"), st.none() | st.floats(min_value=0))
)


def told(said: Announcement) -> dict[str, Any]:
    """As EventBridge gets it, which takes no nan."""
    detail: dict[str, Any] = json.loads(json.dumps(said.detail("ebb"), allow_nan=False))
    Draft202012Validator(event_schema(said.name)).validate(detail)
    return detail


def went_live(**changes: Any) -> Announcement:
    usual: dict[str, Any] = {
        "replaced": None,
        "direct": False,
        "smoke": SMOKE,
        "cold_seconds": 6.23,
        "warm_seconds": 0.083,
    }
    return live("abalone", RUN, "ebb-abalone", f"{RUN}-2", **usual | changes)


def test_held_back_by_the_gate_both_figures_are_told() -> None:
    said = held_back(
        "abalone",
        RUN,
        "gate",
        "validation:rmse is worse than the live run's by more than 2 %.",
        metric="validation:rmse",
        figure=2.7134,
        limit=2.448,
        live_run=LIVE,
        live_figure=2.4,
    )
    detail = told(said)
    assert detail == {
        "stack": "ebb",
        "model": "abalone",
        "run": RUN,
        "code": "gate",
        "reason": "validation:rmse is worse than the live run's by more than 2 %.",
        "metric": "validation:rmse",
        "figure": 2.7134,
        "limit": 2.448,
        "live_run": LIVE,
        "live_figure": 2.4,
        "sentence": f"{RUN} is held back: validation:rmse is worse than the live run's by more than 2 % "
        f"(validation:rmse is 2.713, the limit is 2.448, the live run has 2.4). {LIVE} stays live. "
        "Improve the data, or correct [gate] in model.toml, and upload the data again.",
    }


@pytest.mark.parametrize(
    ("reason", "figure", "limit", "told_besides"),
    [
        ("auc is 0.7, below 0.8", 0.7, 0.8, ""),
        ("auc is 0.123457, below 1,234.5", 0.123456789, 1234.5, ""),
        ("of 24 rows -1e-05 is wrong", 2.0, -0.00001, " (m is 2)"),
        ("of 24 rows 0.7 is wrong", 7.0, 0.0, " (m is 7, the limit is 0)"),
    ],
)
def test_a_figure_that_the_reason_names_is_not_told_twice(
    reason: str, figure: float, limit: float, told_besides: str
) -> None:
    said = held_back("abalone", RUN, "gate", reason, metric="m", figure=figure, limit=limit)
    assert said.sentence.startswith(f"{RUN} is held back: {reason}{told_besides}. The model has no live run yet. ")


def test_a_metric_that_was_not_reported_is_null() -> None:
    detail = told(held_back("abalone", RUN, "gate", "It is nan.", metric="train:rmse", figure=math.nan, limit=2.5))
    assert detail["figure"] is None
    assert "(the limit is 2.5)" in detail["sentence"]


@pytest.mark.parametrize("code", get_args(Held))
def test_whoever_is_held_back_is_told_what_to_do(code: Held) -> None:
    detail = told(held_back("abalone", RUN, code, "so it is", live_run=""))
    assert detail["live_run"] is None
    tries_again = code in ("endpoint_failed", "stuck", "quota", "waited")
    assert ("`ebb retry abalone`" in detail["sentence"]) is tries_again
    assert ("upload" in detail["sentence"]) is (code not in ("stuck", "waited", "quota"))


def test_the_first_run_is_live() -> None:
    detail = told(went_live())
    assert detail["sentence"] == (
        f"ebb-abalone is live with {RUN}. On 200 rows its validation:rmse is 2.213, and training reported 2.2; "
        "the first answer took 6.2 s, the next 0.083 s. Send it rows under the name ebb-abalone, which stays."
    )
    assert (detail["config"], detail["replaced"], detail["direct"]) == (f"{RUN}-2", None, False)
    assert (detail["smoke"], detail["cold_seconds"], detail["warm_seconds"]) == (SMOKE, 6.23, 0.083)


def test_the_next_run_takes_the_place_of_the_one_before() -> None:
    sentence = told(went_live(replaced=LIVE))["sentence"]
    assert sentence.startswith(f"ebb-abalone is live with {RUN}, in place of {LIVE}. ")
    assert sentence.endswith(" Callers need to change nothing.")


def test_a_run_that_was_not_tried_beforehand_says_so() -> None:
    detail = told(went_live(replaced=LIVE, direct=True))
    assert detail["direct"] is True
    assert "It was not tried beforehand, because the account had no endpoint left" in detail["sentence"]


def test_without_a_metric_the_answers_were_possible_ones() -> None:
    detail = told(went_live(smoke=UNMEASURED | {"answers": "not for the bus"}))
    assert "Its answers to 1 row are possible ones; " in detail["sentence"]
    assert detail["smoke"] == UNMEASURED


@pytest.mark.parametrize(("by", "who"), [("sagemaker", "SageMaker"), ("ebb", "Ebb")])
def test_a_roll_back_says_who_went_back_to_what(by: Any, who: str) -> None:
    said = rolled_back("abalone", RUN, "ebb-abalone", live_run=LIVE, reason="It answered 7 to all rows.", by=by)
    detail = told(said)
    assert detail["sentence"].startswith(
        f"ebb-abalone answers with {LIVE} again: {who} took back {RUN}: It answered 7 to all rows. `ebb retry abalone`"
    )
    assert (detail["endpoint"], detail["live_run"], detail["by"]) == ("ebb-abalone", LIVE, by)
    assert detail["reason"] == "It answered 7 to all rows."


@pytest.mark.parametrize("run", [RUN, None])
def test_a_broken_endpoint_is_left_for_a_person(run: str | None) -> None:
    detail = told(broken("abalone", run, "ebb-abalone", "the way back failed too"))
    assert detail["sentence"] == (
        "ebb-abalone is broken, and Ebb leaves it as it is: the way back failed too. "
        "Its log is /aws/sagemaker/Endpoints/ebb-abalone. "
        "When the cause is mended, `ebb retry abalone` tries again."
    )
    assert (detail["endpoint"], detail["reason"]) == ("ebb-abalone", "the way back failed too")


def test_failed_training_is_tried_again_only_where_that_may_help() -> None:
    passing = told(training_failed("abalone", RUN, "it waited 24 hours for capacity.", retry=True))
    assert passing["sentence"] == (
        f"Training {RUN} failed: it waited 24 hours for capacity. Nothing was deployed. "
        "`ebb retry abalone` trains it again."
    )
    lasting = told(training_failed("abalone", RUN, "Label must be in [0, 3).", retry=False))
    assert lasting["sentence"].endswith("Correct the data or model.toml, and upload the data again.")
    assert (passing["retry"], lasting["retry"]) == (True, False)
    assert (passing["reason"], lasting["reason"]) == ("it waited 24 hours for capacity.", "Label must be in [0, 3).")


def test_a_long_reason_is_cut_and_not_what_to_do_next() -> None:
    detail = told(held_back("abalone", RUN, "endpoint_failed", "It failed. " * 200, live_run=LIVE))
    assert detail["sentence"].endswith("correct [endpoint] in model.toml and upload the data again.")
    assert len(detail["reason"]) == MAX_SENTENCE_LENGTH


@pytest.mark.parametrize("odd", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["reported", "measured", "tolerance"])
def test_what_json_cannot_write_is_null(name: str, odd: float) -> None:
    assert told(went_live(smoke=SMOKE | {name: odd}))["smoke"][name] is None


@given(st.text(max_size=3000))
def test_whatever_the_reason_what_to_do_next_is_told(reason: str) -> None:
    for said in (
        training_failed("abalone", RUN, f"R{reason}", retry=True),
        broken("abalone", RUN, "ebb-abalone", f"R{reason}"),
        held_back("abalone", RUN, "stuck", f"R{reason}", live_run=LIVE),
    ):
        assert "ebb retry abalone" in told(said)["sentence"]
        assert len(said.sentence) <= MAX_SENTENCE_LENGTH


@given(ANY_NUMBER, ANY_NUMBER, ANY_NUMBER, ANY_SMOKE)
def test_whatever_the_figures_they_can_be_told(
    figure: float | None, limit: float | None, other: float | None, smoke: dict[str, Any]
) -> None:
    known: dict[str, Any] = {"metric": "train:auc", "figure": figure, "limit": limit, "live_figure": other}
    told(held_back("abalone", RUN, "gate", "it is so", **known))
    told(went_live(smoke=smoke))
