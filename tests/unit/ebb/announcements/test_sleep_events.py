"""The announcements of sleep say why, what it saves and what brings it back; their facts are as published."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docs.event_schemas import event_schema
from ebb.announcements.announcement import MAX_SENTENCE_LENGTH, Announcement
from ebb.announcements.sleep_events import (
    Subject,
    asleep,
    downgraded,
    gb_hours_per_day,
    image_retires,
    purged,
    sleeps_soon,
    waking,
)

RUN, ENDPOINT = "ebb-abalone-261122153000-k3v7q", "ebb-abalone"
OURS = Subject("abalone", RUN, ENDPOINT, RUN)
ARN = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/old-notebook"
ADOPTED = Subject("adopted/Old-Notebook", None, "Old-Notebook", "notebook-config", ARN)
SINCE, AFTER = "2026-11-22T16:00:00Z", "2026-11-23T16:10:00Z"
EVIDENCE = {"window_minutes": 1450, "calls": 0, "knocked_at": AFTER, "complete": True, "last_call": None}
ARTIFACT = f"s3://bucket/runs/abalone/{RUN}/output/model.tar.gz"


def told(said: Announcement) -> dict[str, Any]:
    """As EventBridge gets it."""
    detail: dict[str, Any] = json.loads(json.dumps(said.detail("ebb"), allow_nan=False))
    Draft202012Validator(event_schema(said.name)).validate(detail)
    assert detail["sentence"] == said.sentence  # nothing of it was unsafe, or cut off
    return detail


def slept(about: Subject = OURS, **changes: Any) -> Announcement:
    usual: dict[str, Any] = {
        "idle_since": SINCE,
        "why": "no call in the last 24 hours.",
        "evidence": EVIDENCE,
        "by": "idle",
    }
    return asleep(about, **usual | changes)


def soon(about: Subject = OURS, **changes: Any) -> Announcement:
    usual: dict[str, Any] = {"idle_since": SINCE, "sleeps_after": AFTER, "last_call": SINCE, "evidence": EVIDENCE}
    return sleeps_soon(about, **usual | changes)


def test_a_warning_says_when_it_sleeps_and_how_to_keep_it() -> None:
    detail = told(soon())
    assert detail["sentence"] == (
        f"ebb-abalone sleeps soon: nobody has called it since {SINCE}, and without a call it is put to sleep "
        f"after {AFTER}. `ebb keep abalone` keeps it awake."
    )
    facts = {name: detail[name] for name in ("idle_since", "sleeps_after", "last_call", "evidence", "keep", "blocked")}
    assert facts == {
        "idle_since": SINCE,
        "sleeps_after": AFTER,
        "last_call": SINCE,
        "evidence": EVIDENCE,
        "keep": "ebb keep abalone",
        "blocked": None,
    }


def test_a_warning_that_is_blocked_says_why_and_does_not_promise_sleep() -> None:
    detail = told(soon(last_call="", blocked="our call has not appeared."))
    assert detail["sentence"].startswith(
        f"ebb-abalone is not put to sleep, although nobody has called it since {SINCE}: our call has not appeared. "
    )
    assert (detail["blocked"], detail["last_call"]) == ("our call has not appeared.", None)


def test_asleep_on_demand_it_saves_nothing_but_its_place() -> None:
    detail = told(slept())
    assert detail["sentence"] == (
        f"ebb-abalone is asleep: no call in the last 24 hours. Nobody had called it since {SINCE}. "
        "Its config, model and artifact are kept: `ebb wake abalone`, or a call of its predict URL, brings it back "
        "as it was. `ebb keep abalone` keeps it awake from then on. One place of the endpoint quota is free again; "
        "that saves 0.00, because on demand an idle endpoint costs nothing."
    )
    assert detail["saved"] == {"endpoint_slots": 1, "gb_hours_per_day": 0.0}
    assert (detail["config"], detail["wake"], detail["keep"], detail["by"]) == (
        RUN,
        "ebb wake abalone",
        "ebb keep abalone",
        "idle",
    )
    assert detail["why"] == "no call in the last 24 hours."


def test_asleep_with_provisioned_concurrency_the_hours_are_told_and_no_price() -> None:
    detail = told(slept(gb_hours=gb_hours_per_day(3072, 2)))
    assert detail["saved"]["gb_hours_per_day"] == 144.0
    assert detail["sentence"].endswith("144 GB-hours of provisioned concurrency a day are no longer billed.")
    assert "0.00" not in detail["sentence"]


def test_asleep_on_request_nothing_is_said_of_idleness() -> None:
    detail = told(slept(idle_since=None, why="a person asked for it", evidence={}, by="request"))
    assert detail["sentence"].startswith("ebb-abalone is asleep: a person asked for it. Its config, model")
    assert (detail["idle_since"], detail["by"]) == (None, "request")


@pytest.mark.parametrize(
    ("since", "told_so", "lost"),
    [
        (SINCE, f"ebb-abalone is asleep since {SINCE} with the image 3.0-5, ", "ebb-abalone cannot be woken: "),
        (None, "ebb-abalone answers with the image 3.0-5, ", "ebb-abalone cannot be created again once it has slept: "),
    ],
)
def test_an_image_that_retires_is_told_of_what_sleeps_and_of_what_answers(
    since: str | None, told_so: str, lost: str
) -> None:
    detail = told(image_retires(OURS, asleep_since=since, image="3.0-5", until="2026-11-17"))
    assert detail["sentence"] == (
        f"{told_so}which gets no patches after 2026-11-17. When AWS retires it, {lost}"
        "upload its data again by then, to train on the current image."
    )
    assert (detail["asleep_since"], detail["image"], detail["patched_until"]) == (since, "3.0-5", "2026-11-17")


@pytest.mark.parametrize("say", [soon, slept])
def test_an_adopted_endpoint_has_no_model_of_ours_and_awss_own_commands(say: Any) -> None:
    detail = told(say(ADOPTED))
    assert (detail["model"], detail["run"], detail["endpoint"]) == ("-", None, "Old-Notebook")
    assert detail["keep"] == f"aws sagemaker add-tags --resource-arn {ARN} --tags Key=ebb:keep,Value=true"
    assert "ebb wake" not in detail["sentence"]
    if say is slept:
        wake = "aws sagemaker create-endpoint --endpoint-name Old-Notebook --endpoint-config-name notebook-config"
        assert f"Its config is kept: `{wake}` brings it back" in detail["sentence"]
        assert detail["wake"] == wake


@pytest.mark.parametrize(
    ("by", "rebuilt", "begins"),
    [
        ("predict", False, "ebb-abalone wakes up: a call of its predict URL asked for it. In a few minutes"),
        ("request", False, "ebb-abalone wakes up, as it was asked to. In a few minutes"),
        ("unknown", True, "ebb-abalone wakes up. Its config and model are built anew from the artifact"),
    ],
)
def test_waking_says_who_asked_and_what_it_takes(by: Any, rebuilt: bool, begins: str) -> None:  # noqa: FBT001
    detail = told(waking(OURS, since_asleep=SINCE, by=by, rebuilt=rebuilt))
    assert detail["sentence"].startswith(begins)
    assert detail["sentence"].endswith(f"with {RUN}; that is announced as EndpointLive.")
    assert (detail["config"], detail["since_asleep"], detail["by"], detail["rebuilt"]) == (RUN, SINCE, by, rebuilt)
    assert told(waking(OURS, since_asleep="", by=by, rebuilt=rebuilt))["since_asleep"] is None


def test_a_downgrade_goes_on_answering_and_says_what_is_billed_no_longer() -> None:
    cheap = Subject("abalone", RUN, ENDPOINT, f"{RUN}-od")
    detail = told(downgraded(cheap, instead_of=RUN, provisioned_concurrency=3, memory_mb=2048))
    assert detail["sentence"].startswith(
        "ebb-abalone goes on without provisioned concurrency, because nobody calls it. It answers under the same name"
    )
    assert "144 GB-hours a day are no longer billed" in detail["sentence"]
    assert (detail["config"], detail["instead_of"]) == (f"{RUN}-od", RUN)
    assert (detail["provisioned_concurrency"], detail["memory_mb"], detail["gb_hours_per_day"]) == (3, 2048, 144.0)
    assert (
        "concurrency: no call since noon. It"
        in told(
            downgraded(cheap, instead_of=RUN, provisioned_concurrency=1, memory_mb=1024, why="no call since noon.")
        )["sentence"]
    )


@pytest.mark.parametrize(
    ("by", "asleep_since", "begins", "back"),
    [
        ("age", SINCE, f"What ebb-abalone needs to wake is removed, because it has slept since {SINCE}:", "wake"),
        ("age", None, f"What {RUN} needs to answer is removed, because it is live no more:", "rollback"),
        ("request", None, "ebb-abalone is deleted, as it was asked to:", "retry"),
    ],
)
def test_what_is_purged_can_be_built_anew_from_its_artifact(
    by: Any, asleep_since: str | None, begins: str, back: str
) -> None:
    detail = told(purged(OURS, removed=[f"{RUN}-2", RUN], artifact=ARTIFACT, asleep_since=asleep_since, by=by))
    assert detail["sentence"] == (
        f"{begins} {RUN}-2, {RUN}. The artifact {ARTIFACT} stays, and `ebb {back} abalone` builds the rest anew "
        "from it, without training."
    )
    assert (detail["removed"], detail["artifact"], detail["wake"]) == (
        [f"{RUN}-2", RUN],
        ARTIFACT,
        f"ebb {back} abalone",
    )
    assert (detail["asleep_since"], detail["by"]) == (asleep_since, by)


def test_of_many_names_the_sentence_has_some_and_the_facts_all() -> None:
    names = [f"{RUN}-{number}" for number in range(2, 90)]
    detail = told(purged(OURS, removed=names, artifact=ARTIFACT, asleep_since=SINCE, by="age"))
    assert f"{RUN}-5 and 84 more. The artifact" in detail["sentence"]
    assert detail["removed"] == names
    assert "nothing was left of it" in purged(OURS, removed=[], artifact="", asleep_since=None, by="request").sentence


@given(st.text(max_size=2000))
def test_whatever_the_reason_what_to_do_next_is_told(reason: str) -> None:
    for said, command in (
        (soon(blocked=f"R{reason}"), "ebb keep abalone"),
        (slept(why=f"R{reason}"), "ebb wake abalone"),
    ):
        detail = json.loads(json.dumps(said.detail("ebb")))
        Draft202012Validator(event_schema(said.name)).validate(detail)
        assert command in detail["sentence"]
        assert len(detail["sentence"]) <= MAX_SENTENCE_LENGTH
