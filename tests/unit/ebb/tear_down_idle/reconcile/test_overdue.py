"""What is asked of whom, decided from rows and names alone."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.names import ModelName
from ebb.tear_down_idle.reconcile.inventory import Inventory, SeenEndpoint
from ebb.tear_down_idle.reconcile.overdue import Nudge, Overdue, QueueName, is_due, once
from ebb.times import iso

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
ABALONE = ModelName("abalone")
ENDPOINT = "ebb-abalone"
OLD, BEFORE, LIVE, NEW = (f"ebb-abalone-2611{day}000000-aaaaa" for day in (18, 19, 20, 21))
OVERDUE = Overdue("ebb", "ebb", NOW)
SINCE = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
SETTLED = EndpointRow("abalone", 3, State.LIVE, SINCE, LIVE, LIVE, BEFORE, control=Control(SINCE, SINCE, 2))


def ago(**time: float) -> dt.datetime:
    return NOW - dt.timedelta(**time)


def seeing(*names: str, foreign: Iterable[str] = (), candidates: Iterable[str] = (), config: str = LIVE) -> Inventory:
    """`config`: what the first kind of endpoints serves."""
    own = [SeenEndpoint(name, config, ("v-1",), {"ebb:stack": "ebb"}) for name in names]
    own += [SeenEndpoint(name, name, ("v-1",), {"ebb:stack": "ebb", "ebb:role": "candidate"}) for name in candidates]
    return Inventory(frozenset([*names, *foreign, *candidates]), tuple(own))


def busy(reason: Reason, minutes: float = 11, config: str = NEW) -> EndpointRow:
    return SETTLED.wants(Wanted(config, reason, ago(minutes=minutes)))


def asked(row: EndpointRow, seen: Inventory) -> list[tuple[QueueName, Any]]:
    nudges = OVERDUE.nudges({ABALONE: row}, seen)
    return [(nudge.queue, nudge.event["detail"].get("endpoint", "change")) for nudge in nudges]


def test_where_all_is_settled_nothing_is_asked() -> None:
    assert asked(SETTLED, seeing(ENDPOINT)) == []


@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.PROMOTION, Reason.DIRECT, Reason.ROLLBACK, Reason.WAKE])
def test_a_change_that_lasts_is_looked_at_where_it_happens(reason: Reason) -> None:
    assert asked(busy(reason), seeing(ENDPOINT)) == [(QueueName.CONFIRM, ENDPOINT)]


def test_a_candidate_is_looked_at_under_its_own_name() -> None:
    row = busy(Reason.CANDIDATE, config=f"{NEW}-2")
    assert asked(row, seeing(ENDPOINT, candidates=[NEW])) == [(QueueName.CONFIRM, NEW)]


@pytest.mark.parametrize(("minutes", "late"), [(9.9, False), (10, True), (600, True)])
def test_a_change_has_ten_minutes(minutes: float, *, late: bool) -> None:
    assert bool(asked(busy(Reason.PROMOTION, minutes), seeing(ENDPOINT))) is late
    assert bool(asked(busy(Reason.FIRST, minutes), seeing())) is late


@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.WAKE, Reason.ROLLBACK])
def test_a_change_whose_endpoint_was_never_created_is_asked_for_again(reason: Reason) -> None:
    assert asked(busy(reason), seeing()) == [(QueueName.DEPLOY, "change")]


def test_a_candidate_that_was_never_created_is_asked_for_again_though_the_live_endpoint_is_there() -> None:
    assert asked(busy(Reason.CANDIDATE), seeing(ENDPOINT)) == [(QueueName.DEPLOY, "change")]


def test_an_endpoint_of_somebody_else_in_its_place_is_not_asked_about() -> None:
    assert asked(busy(Reason.PROMOTION), seeing(foreign=[ENDPOINT])) == []


@pytest.mark.parametrize("left", [{"pending": {"stage": "live"}}, {"needs_cleanup": True}, {"candidate": NEW}])
@pytest.mark.parametrize("names", [[ENDPOINT], []])
def test_what_is_unsaid_or_untidy_is_finished(left: dict[str, Any], names: list[str]) -> None:
    row = replace(SETTLED, **left)
    assert asked(row, seeing(*names)) == [(QueueName.CONFIRM, ENDPOINT)]
    assert asked(replace(row, since=ago(minutes=9)), seeing(*names)) == []


def test_an_endpoint_that_the_ledger_does_not_know_is_looked_at() -> None:
    assert asked(EndpointRow("abalone"), seeing(ENDPOINT, candidates=[NEW])) == [
        (QueueName.CONFIRM, ENDPOINT),
        (QueueName.CONFIRM, NEW),
    ]


def test_an_endpoint_whose_row_could_not_be_read_is_left_for_the_next_tick() -> None:
    assert list(OVERDUE.nudges({}, seeing(ENDPOINT))) == []


def test_an_endpoint_with_a_name_that_no_model_has_is_not_asked_about() -> None:
    assert list(OVERDUE.nudges({}, seeing("ebb-Mine"))) == []


@pytest.mark.parametrize("config", [NEW, f"{LIVE}-od"])
def test_an_endpoint_that_serves_something_else_than_the_ledger_says_is_looked_at(config: str) -> None:
    assert asked(SETTLED, seeing(ENDPOINT, config=config)) == [(QueueName.CONFIRM, ENDPOINT)]
    assert asked(replace(SETTLED, since=ago(minutes=9)), seeing(ENDPOINT, config=config)) == []
    assert asked(busy(Reason.PROMOTION, 1), seeing(ENDPOINT, config=config)) == []


def test_a_live_endpoint_without_known_calls_of_ours_is_looked_at() -> None:
    """Such as one whose row was lost: without them it can never be told to be idle."""
    row = replace(SETTLED, control=None)
    assert asked(row, seeing(ENDPOINT)) == [(QueueName.CONFIRM, ENDPOINT)]
    assert asked(replace(row, since=ago(minutes=9)), seeing(ENDPOINT)) == []
    assert asked(replace(row, state=State.BROKEN), seeing(ENDPOINT)) == []


def test_one_whose_deletion_is_under_way_is_for_the_tick_itself_and_for_confirm_when_it_stays() -> None:
    row = SETTLED.wants(Wanted("", Reason.SLEEP, ago(minutes=1), State.LIVE), State.ASLEEP)
    assert asked(row, seeing(ENDPOINT)) == []
    row = replace(row, since=ago(minutes=11))
    assert asked(row, seeing(ENDPOINT)) == [(QueueName.CONFIRM, ENDPOINT)]
    assert asked(row, seeing()) == []


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (SETTLED, False),
        (busy(Reason.CANDIDATE, 1), True),
        (replace(busy(Reason.PROMOTION, 1), candidate=NEW), True),
        (replace(busy(Reason.ROLLBACK, 1, config=LIVE), since=ago(hours=1), candidate=NEW), True),
        (replace(busy(Reason.CANDIDATE, 1, config="ebb-abalone-261121000000-bbbbb"), since=ago(hours=1)), False),
        (replace(SETTLED, since=ago(minutes=9)), True),
    ],
    ids=["settled", "under test", "being promoted", "being rolled back", "another is under test", "settled just now"],
)
def test_a_candidate_that_nobody_waits_for_is_looked_at(row: EndpointRow, *, wanted: bool) -> None:
    assert asked(row, seeing(ENDPOINT, candidates=[NEW])) == ([] if wanted else [(QueueName.CONFIRM, NEW)])


@pytest.mark.parametrize(
    ("row", "astray"),
    [
        (replace(SETTLED, state=State.ASLEEP), True),
        (replace(SETTLED, state=State.NONE), True),
        (replace(SETTLED, state=State.BROKEN), False),
        (replace(SETTLED, state=State.ASLEEP, since=ago(minutes=9)), False),
        (replace(SETTLED, state=State.WAKING, wanted=Wanted(LIVE, Reason.WAKE, ago(minutes=1))), False),
    ],
    ids=["asleep", "none", "broken", "asleep just now", "waking"],
)
def test_an_endpoint_that_should_not_be_there_is_looked_at(row: EndpointRow, *, astray: bool) -> None:
    """Such as one that was to be put to sleep by a tick that died before the deletion."""
    assert asked(row, seeing(ENDPOINT)) == [(QueueName.CONFIRM, ENDPOINT)] * astray


def test_as_long_as_the_endpoints_are_not_known_none_is_missing() -> None:
    assert asked(busy(Reason.FIRST), Inventory()) == []
    assert list(OVERDUE.missing({ABALONE: SETTLED}, Inventory())) == []


@pytest.mark.parametrize(
    ("row", "seen", "missed"),
    [
        (SETTLED, seeing(), True),
        (SETTLED, seeing(ENDPOINT), False),
        (SETTLED, seeing(foreign=[ENDPOINT]), False),
        (replace(SETTLED, state=State.ASLEEP), seeing(), False),
        (replace(SETTLED, since=ago(minutes=9)), seeing(), False),
        (busy(Reason.WAKE), seeing(), False),
    ],
    ids=["gone", "there", "somebody's", "asleep", "settled just now", "being changed"],
)
def test_a_row_that_is_live_without_an_endpoint_is_looked_at(
    row: EndpointRow, seen: Inventory, *, missed: bool
) -> None:
    nudges = list(OVERDUE.missing({ABALONE: row}, seen))
    assert [nudge.event["detail"] for nudge in nudges] == ([{"stack": "ebb", "endpoint": ENDPOINT}] * missed)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (OLD, True),
        (f"{OLD}-od", True),
        (BEFORE, False),
        (f"{BEFORE}-2", False),
        (LIVE, False),
        (f"{LIVE}-od", False),
        (NEW, False),
        ("ebb-other-261118000000-aaaaa", False),
        ("ebb-something", False),
    ],
)
def test_what_is_older_than_the_live_run_and_not_the_one_before_is_left_over(name: str, *, left: bool) -> None:
    nudges = list(OVERDUE.leftovers({ABALONE: SETTLED}, [name, name]))
    detail = {"stack": "ebb", "endpoint": ENDPOINT, "cleanup": True}
    assert [(nudge.queue, nudge.event["detail"]) for nudge in nudges] == [(QueueName.CONFIRM, detail)] * left


@pytest.mark.parametrize(
    "row",
    [
        busy(Reason.PROMOTION),
        replace(SETTLED, state=State.ASLEEP),
        replace(SETTLED, state=State.BROKEN),
        replace(SETTLED, live_run=""),
        EndpointRow("abalone"),
    ],
)
def test_nothing_is_left_over_of_a_model_that_has_not_settled(row: EndpointRow) -> None:
    assert list(OVERDUE.leftovers({ABALONE: row}, [OLD])) == []


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [
        (dt.timedelta(minutes=15), dt.timedelta(minutes=15), True),
        (dt.timedelta(minutes=15), dt.timedelta(minutes=1), False),
        (dt.timedelta(hours=2), dt.timedelta(minutes=59), True),
        (dt.timedelta(hours=2), dt.timedelta(minutes=45), False),
        (dt.timedelta(hours=25), dt.timedelta(hours=23), False),
        (dt.timedelta(days=9), dt.timedelta(hours=23, minutes=59), True),
    ],
)
def test_a_sweep_is_due_at_each_tick_then_every_hour_then_daily(
    first: dt.timedelta, last: dt.timedelta, *, due: bool
) -> None:
    assert is_due({"first_at": iso(NOW - first), "last_at": iso(NOW - last)}, NOW) is due


def test_ticks_of_three_days_with_a_sweep() -> None:
    note: dict[str, str] = {}
    swept = []
    for tick in range(4 * 24 * 3):
        hours = tick / 4
        now = NOW + dt.timedelta(hours=hours)
        if is_due(note, now):
            note = {"first_at": note.get("first_at", iso(now)), "last_at": iso(now)}
            swept.append(hours)
    assert swept == [0, 0.25, 0.5, *(0.75 + hour for hour in range(24)), 47.75, 71.75]


def test_the_first_sweep_is_due_at_once() -> None:
    assert is_due({}, NOW)


def test_the_same_thing_is_asked_once() -> None:
    first, second = (Nudge(QueueName.CONFIRM, ENDPOINT, why, {"look": 1}) for why in ("first", "second"))
    other = Nudge(QueueName.DEPLOY, ENDPOINT, "third", {"look": 1})
    assert once([first, second, other, first]) == [first, other]
