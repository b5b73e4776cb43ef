"""How a sleep, a wake, a downgrade and a way back end: what the row is then, and what is said."""

from dataclasses import replace
from typing import Any

import pytest

from ebb.announcements.outbox import PendingAnnouncement, StageChange
from ebb.endpoints import transitions
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.times import parsed

LIVE, RUN = "ebb-abalone-261121000000-zzzzz", "ebb-abalone-261122153000-k3v7q"
EARLIER = "ebb-abalone-261120000000-aaaaa"
ENDPOINT, WHY = "ebb-abalone", "it answers wrongly"
AT, LATER = parsed("2026-11-22T16:00:00Z"), parsed("2026-11-22T17:00:00Z")
TESTED = {"metric": "validation:rmse", "reported": 2.1, "measured": 2.2, "tolerance": 0.2, "rows": 200}
TIMES = {"cold_seconds": 2, "warm_seconds": 0.01}
SETTLED = EndpointRow("abalone", 7, State.LIVE, AT, LIVE, LIVE, EARLIER)
ASLEEP = EndpointRow("abalone", 7, State.ASLEEP, AT, LIVE, LIVE, EARLIER, blocked_by="no slot", purged=True)


def _saying(row: EndpointRow) -> PendingAnnouncement:
    assert row.pending
    return PendingAnnouncement.from_json(row.pending)


def _said(row: EndpointRow) -> tuple[str, list[StageChange]]:
    return _saying(row).announcement.name, list(_saying(row).changes)


def _facts(row: EndpointRow) -> dict[str, Any]:
    return _saying(row).announcement.facts


def test_awake_again_it_is_as_it_was() -> None:
    waking = ASLEEP.wants(Wanted(LIVE, Reason.WAKE, AT, State.ASLEEP), State.WAKING)
    row = transitions.live(waking, LATER, ENDPOINT, TESTED | TIMES)
    assert (row.state, row.live_run, row.previous_run, row.wanted) == (State.LIVE, LIVE, EARLIER, None)
    assert (row.blocked_by, row.purged, row.superseded_at) == ("", False, None)
    assert (_facts(row)["woken"], _facts(row)["replaced"]) == (True, None)
    saying = _saying(row)
    assert (saying.announcement.name, saying.changes, saying.shown) == ("EndpointLive", [], "live")
    assert saying.announcement.sentence.startswith(f"ebb-abalone is awake again with {LIVE}. On 200 rows")


def test_nothing_of_what_was_seen_before_counts_for_what_is_live_now() -> None:
    seen = replace(
        SETTLED, knocked_at=AT, answered_at=AT, not_before=AT, announced="blind", last_call=AT, no_downgrade=True
    )
    row = transitions.live(seen.wants(Wanted(RUN, Reason.PROMOTION, AT, State.LIVE)), LATER, ENDPOINT, TESTED | TIMES)
    assert (row.knocked_at, row.answered_at, row.not_before, row.announced, row.last_call) == (
        None,
        None,
        None,
        "",
        None,
    )
    assert (row.no_downgrade, row.superseded_at, row.due) == (False, LATER, LATER)


def test_other_settings_are_told_in_words() -> None:
    again = SETTLED.wants(Wanted(f"{LIVE}-2", Reason.APPLY, AT, State.LIVE))
    row = transitions.live(again, LATER, ENDPOINT, TESTED | TIMES, settings="4096 MB of memory")
    assert _facts(row)["settings"] == "4096 MB of memory"
    assert f"is live with {LIVE}, with other settings: 4096 MB of memory. On" in _saying(row).announcement.sentence
    assert (row.previous_run, row.superseded_at) == (EARLIER, None)


def test_a_person_goes_back_and_the_two_runs_change_places() -> None:
    returning = SETTLED.wants(Wanted(EARLIER, Reason.RETURN, AT, State.LIVE))
    row = transitions.returned(returning, LATER, ENDPOINT)
    assert (row.state, row.live_run, row.live_config, row.previous_run) == (State.LIVE, EARLIER, EARLIER, LIVE)
    assert (row.superseded_at, row.needs_cleanup, row.wanted) == (LATER, True, None)
    reason = f"a person went back to {EARLIER}"
    assert _said(row) == (
        "EndpointRolledBack",
        [StageChange(LIVE, "rolled-back", {"reason": reason}), StageChange(EARLIER, "live")],
    )
    assert (_facts(row)["live_run"], _facts(row)["by"]) == (EARLIER, "request")


def test_a_way_back_that_fails_leaves_what_was_live() -> None:
    returning = SETTLED.wants(Wanted(EARLIER, Reason.RETURN, AT, State.LIVE))
    row = transitions.rolled_back(transitions.roll_back(returning, WHY, AT, AT), LATER, ENDPOINT, "", "ebb")
    assert (row.live_run, row.previous_run) == (LIVE, EARLIER)
    assert _said(row) == ("EndpointRolledBack", [StageChange(EARLIER, "rolled-back", {"reason": WHY})])


def test_a_downgrade_is_told_with_what_it_saves() -> None:
    cheaper = SETTLED.wants(Wanted(f"{LIVE}-od", Reason.DOWNGRADE, AT, State.LIVE))
    row = transitions.downgraded(cheaper, LATER, ENDPOINT, provisioned_concurrency=2, memory_mb=1024)
    assert (row.state, row.live_run, row.live_config, row.previous_run) == (State.LIVE, LIVE, f"{LIVE}-od", EARLIER)
    saying = _saying(row)
    assert (saying.announcement.name, saying.changes, saying.shown) == ("EndpointDowngraded", [], "live")
    assert (_facts(row)["instead_of"], _facts(row)["gb_hours_per_day"]) == (LIVE, 48.0)


@pytest.mark.parametrize("by", ["sagemaker", "ebb"])
def test_other_settings_that_are_taken_back_do_not_take_back_the_run(by: Any) -> None:
    changing = SETTLED.wants(Wanted(f"{LIVE}-2", Reason.APPLY, AT, State.LIVE))
    if by == "ebb":
        changing = transitions.roll_back(changing, WHY, AT, AT)
    row = transitions.rolled_back(changing, LATER, ENDPOINT, WHY, by)
    assert (row.state, row.live_config, row.no_downgrade) == (State.LIVE, LIVE, False)
    saying = _saying(row)
    assert (saying.announcement.name, saying.changes, saying.shown) == ("EndpointRolledBack", [], "live")
    assert "answers with its settings from before again" in saying.announcement.sentence
    assert "`ebb apply abalone`" in saying.announcement.sentence


def test_a_downgrade_that_is_refused_is_remembered_and_nobody_hears_of_it() -> None:
    changing = SETTLED.wants(Wanted(f"{LIVE}-od", Reason.DOWNGRADE, AT, State.LIVE))
    row = transitions.rolled_back(changing, LATER, ENDPOINT, WHY, "sagemaker")
    assert (row.state, row.live_config, row.no_downgrade, row.pending) == (State.LIVE, LIVE, True, None)
    assert transitions.roll_back(changing, WHY, AT, AT).no_downgrade is True


def test_other_settings_that_cannot_be_taken_back_leave_the_run_what_it_is() -> None:
    changing = transitions.roll_back(SETTLED.wants(Wanted(f"{LIVE}-2", Reason.APPLY, AT, State.LIVE)), WHY, AT, AT)
    saying = _saying(transitions.broken(changing, LATER, ENDPOINT, WHY))
    assert (saying.changes, saying.shown) == ([], "broken")


def test_what_could_not_be_woken_stays_wanted_so_that_it_can_be_tried_again() -> None:
    waking = ASLEEP.wants(Wanted(LIVE, Reason.WAKE, AT, State.ASLEEP), State.WAKING)
    row = transitions.not_woken(waking, LATER, ENDPOINT, f"{WHY}.")
    assert (row.state, row.since, row.wanted, row.busy, row.blocked_by) == (
        State.BROKEN,
        LATER,
        waking.wanted,
        False,
        "",
    )
    saying = _saying(row)
    assert (saying.announcement.name, saying.changes, saying.shown) == ("EndpointBroken", [], "broken")
    assert saying.announcement.sentence.startswith(f"ebb-abalone could not be woken: {WHY}. Its log is")
    assert "`ebb wake abalone` tries again" in saying.announcement.sentence


def test_what_only_cannot_be_had_now_sleeps_on() -> None:
    waking = ASLEEP.wants(Wanted(LIVE, Reason.WAKE, AT, State.ASLEEP), State.WAKING)
    row = transitions.not_woken(waking, LATER, ENDPOINT, "the quota is 0", State.ASLEEP)
    assert (row.state, row.wanted, row.blocked_by, _saying(row).shown) == (State.ASLEEP, None, "", "asleep")


@pytest.mark.parametrize(
    "reason",
    [
        "The image '123.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1' does not exist.",
        "Image not found",
        "Could not pull 123.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1",
    ],
)
def test_a_reason_that_names_the_image_says_that_it_is_retired(reason: str) -> None:
    waking = ASLEEP.wants(Wanted(LIVE, Reason.WAKE, AT, State.ASLEEP), State.WAKING)
    told = _facts(transitions.not_woken(waking, LATER, ENDPOINT, reason))["reason"]
    assert told.startswith("could not be woken: the image is retired: upload again to train on the current one (")


def test_a_reason_that_only_sounds_like_it_does_not() -> None:
    waking = ASLEEP.wants(Wanted(LIVE, Reason.WAKE, AT, State.ASLEEP), State.WAKING)
    assert "retired" not in _facts(transitions.not_woken(waking, LATER, ENDPOINT, "unimaginable"))["reason"]
