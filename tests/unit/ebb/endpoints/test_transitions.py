"""Each way a change may end: what the row is then, what is said, and what becomes of the runs."""

import json
from collections.abc import Callable
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
NEW = EndpointRow("abalone", 1)
SETTLED = EndpointRow("abalone", 7, State.LIVE, AT, LIVE, LIVE, EARLIER)


def _wanting(reason: Reason, row: EndpointRow = SETTLED) -> EndpointRow:
    return row.wants(Wanted(RUN, reason, AT, row.state))


def _said(row: EndpointRow) -> tuple[str, list[StageChange]]:
    assert row.pending
    saying = PendingAnnouncement.from_json(row.pending)
    assert saying.changes[0].run == saying.announcement.run
    return saying.announcement.name, list(saying.changes)


def _facts(row: EndpointRow) -> dict[str, Any]:
    assert row.pending
    return dict(row.pending["announcement"]["facts"])


def test_held_back_the_live_run_stays_and_the_figures_are_told() -> None:
    row = transitions.held_back(
        _wanting(Reason.CANDIDATE), RUN, "gate", WHY, LATER, metric="validation:rmse", figure=2.1
    )
    assert (row.state, row.wanted, row.live_run, row.previous_run) == (State.LIVE, None, LIVE, EARLIER)
    assert _said(row) == ("ModelHeldBack", [StageChange(RUN, "held-back", {"reason": WHY, "code": "gate"})])
    facts = _facts(row)
    assert (facts["live_run"], facts["metric"], facts["figure"], facts["limit"]) == (LIVE, "validation:rmse", 2.1, None)


@pytest.mark.parametrize("before", [State.LIVE, State.ASLEEP])
def test_held_back_it_is_as_before(before: State) -> None:
    row = EndpointRow("abalone", 7, before, AT, LIVE, LIVE)
    ended = transitions.held_back(_wanting(Reason.CANDIDATE, row), RUN, "waited", WHY, LATER)
    assert (ended.state, _facts(ended)["code"]) == (before, "waited")


def test_a_first_deployment_that_failed_is_to_be_removed() -> None:
    row = transitions.removed(_wanting(Reason.FIRST, NEW), "smoke_test", WHY, LATER, ENDPOINT)
    assert (row.state, row.candidate, row.live_run, row.wanted) == (State.NONE, ENDPOINT, "", None)
    assert _facts(row)["live_run"] is None


def test_live_the_run_before_it_is_superseded_and_what_is_older_may_go() -> None:
    row = transitions.live(_wanting(Reason.PROMOTION), LATER, ENDPOINT, TESTED | TIMES)
    assert (row.state, row.live_run, row.live_config, row.previous_run, row.needs_cleanup) == (
        State.LIVE,
        RUN,
        RUN,
        LIVE,
        True,
    )
    name, (own, other) = _said(row)
    assert (name, own.run, own.stage) == ("EndpointLive", RUN, "live")
    assert other == StageChange(LIVE, "superseded", {"reason": f"{RUN} is newer"})
    facts = _facts(row)
    assert (facts["replaced"], facts["direct"], facts["smoke"], facts["cold_seconds"]) == (LIVE, False, TESTED, 2.0)


def test_the_first_run_replaces_nothing() -> None:
    row = transitions.live(_wanting(Reason.FIRST, NEW), LATER, ENDPOINT, TESTED | TIMES)
    assert (row.live_run, row.previous_run, _facts(row)["replaced"], len(_said(row)[1])) == (RUN, "", None, 1)


def test_another_config_of_the_live_run_replaces_nothing() -> None:
    again = SETTLED.wants(Wanted(f"{LIVE}-2", Reason.PROMOTION, AT, State.LIVE))
    row = transitions.live(again, LATER, ENDPOINT, TESTED | TIMES)
    assert (row.live_run, row.live_config, row.previous_run) == (LIVE, f"{LIVE}-2", EARLIER)
    assert [note.stage for note in _said(row)[1]] == ["live"]


def test_an_update_without_a_candidate_is_told_as_one() -> None:
    assert _facts(transitions.live(_wanting(Reason.DIRECT), LATER, ENDPOINT, TESTED | TIMES))["direct"] is True


def test_a_roll_back_remembers_what_it_takes_back_and_why() -> None:
    row = transitions.roll_back(_wanting(Reason.PROMOTION), WHY, LATER, parsed("2026-11-22T16:30:00+00:00"))
    assert row.wanted == Wanted(
        LIVE,
        Reason.ROLLBACK,
        LATER,
        State.LIVE,
        seen_modified=parsed("2026-11-22T16:30:00+00:00"),
        instead_of=RUN,
        why=WHY,
    )
    assert (row.busy, row.pending) == (True, None)
    ended = transitions.rolled_back(row, LATER, ENDPOINT, "", "ebb")
    assert (ended.state, ended.live_run, ended.wanted) == (State.LIVE, LIVE, None)
    assert _said(ended) == ("EndpointRolledBack", [StageChange(RUN, "rolled-back", {"reason": WHY})])


def test_what_slept_sleeps_again() -> None:
    row = transitions.asleep_again(_wanting(Reason.PROMOTION), LATER, ENDPOINT, WHY)
    assert (row.state, row.live_run, _said(row)[0]) == (State.ASLEEP, LIVE, "EndpointRolledBack")


def test_broken_keeps_what_is_wanted_and_tells_both_reasons() -> None:
    rolling = transitions.roll_back(_wanting(Reason.PROMOTION), WHY, AT, LATER)
    row = transitions.broken(rolling, LATER, ENDPOINT, "the old one does so too")
    assert (row.state, row.since, row.wanted, row.busy) == (State.BROKEN, LATER, rolling.wanted, False)
    reason = f"{WHY}; and then the old one does so too"
    assert _said(row) == ("EndpointBroken", [StageChange(RUN, "rolled-back", {"reason": reason})])


def test_a_first_run_that_is_broken_is_held_back() -> None:
    row = transitions.broken(_wanting(Reason.FIRST, NEW), LATER, ENDPOINT, WHY)
    assert _said(row)[1][0].stage == "held-back"


@pytest.mark.parametrize(
    "end",
    [
        lambda row: transitions.held_back(row, RUN, "gate", WHY, LATER),
        lambda row: transitions.live(row, LATER, ENDPOINT, TESTED | TIMES),
        lambda row: transitions.rolled_back(row, LATER, ENDPOINT, WHY, "sagemaker"),
        lambda row: transitions.broken(row, LATER, ENDPOINT, WHY),
    ],
)
def test_what_is_to_be_said_is_part_of_the_row_and_says_the_same_when_read_again(
    end: Callable[[EndpointRow], EndpointRow],
) -> None:
    row = end(_wanting(Reason.PROMOTION))
    kept = json.loads(json.dumps(row.pending))  # as the ledger does
    assert json.loads(json.dumps(PendingAnnouncement.from_json(kept).as_json())) == kept
