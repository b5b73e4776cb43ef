"""A model is told of while there is still time, awake or asleep: its image will not be there for ever."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.tear_down_idle.image_notice import ends_of
from ebb.times import iso
from tests.emulated.stack import ENDPOINT, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import CONFIG, EVERY, WINDOW, Place, WholeTick, call

DAY = dt.timedelta(days=1)
ENDS = dt.datetime(2027, 5, 13, tzinfo=dt.UTC)
ASLEEP = EndpointRow("abalone", live_run=CONFIG, live_config=CONFIG, image="3.2-0").settled(State.ASLEEP, NOW)
WANTED = Wanted("", Reason.SLEEP, ENDS - DAY, State.LIVE)


def said(stack: Stack) -> list[tuple[str, str | None]]:
    """Until when, and asleep since when; it is told so, and not that it falls asleep."""
    told = stack.announcements()
    assert {one["name"] for one in told} <= {"ImageRetires"}
    return [(one["patched_until"], one["asleep_since"]) for one in told]


def test_what_sleeps_is_told_sixty_days_before_and_once(stack: Stack, tick: WholeTick) -> None:
    since = ENDS - 70 * DAY
    stack.ledger.write_endpoint(replace(ASLEEP, since=since))
    tick.now = ENDS - 61 * DAY
    tick.run()
    assert said(stack) == []
    tick.run(after=DAY)
    tick.run(after=DAY)
    assert said(stack) == [("2027-05-13", iso(since))]


def test_what_is_live_is_told_too_and_once_however_often_it_is_called(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    tick.now = ENDS - 59 * DAY
    stack.ledger.write_endpoint(replace(tick.row(), image="3.2-0", since=tick.now))
    tick.run()
    assert said(stack) == [("2027-05-13", None)]
    for _ in range(2):
        call(stack, at=tick.now + WINDOW - EVERY)
        assert tick.run(after=WINDOW)[ENDPOINT]["verdict"] == "active"
        tick.run(after=EVERY)
    assert said(stack) == []


def test_one_that_was_told_of_while_it_was_live_is_not_told_again_in_its_sleep(stack: Stack, tick: WholeTick) -> None:
    row = stack.ledger.write_endpoint(replace(ASLEEP, state=State.LIVE, since=ENDS))
    tick.now = ENDS
    tick.run()
    assert len(said(stack)) == 1
    row = replace(row, version=tick.row().version, announced_image=tick.row().announced_image)
    stack.ledger.write_endpoint(row.settled(State.ASLEEP, tick.now))
    tick.run(after=EVERY)
    assert said(stack) == []


def test_one_with_another_image_that_retires_is_told_of_that(stack: Stack, tick: WholeTick) -> None:
    stack.ledger.write_endpoint(replace(ASLEEP, since=ENDS, announced_image="3.0-5"))
    tick.now = ENDS
    tick.run()
    assert len(said(stack)) == 1


def test_what_is_purged_at_the_same_tick_is_told_at_the_next(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.sagemaker.endpoints.clear()
    for made in (stack.sagemaker.configs[CONFIG]["EndpointConfigArn"], stack.sagemaker.models[CONFIG]["ModelArn"]):
        stack.sagemaker.tags[made] = {"ebb:stack": "ebb"}
    row, since = replace(stack.ledger.endpoint("abalone"), image="3.2-0"), ENDS - 40 * DAY
    stack.ledger.write_endpoint(row.settled(State.ASLEEP, since))
    tick.now = ENDS
    assert tick.run()[ENDPOINT]["did"] == "purged"
    assert [one["name"] for one in stack.announcements()] == ["EndpointPurged"]
    tick.run(after=DAY)
    assert (tick.told, said(stack)) == ([], [("2027-05-13", iso(since))])


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.BROKEN},
        {"wanted": WANTED},
        {"needs_cleanup": True},
        {"model": "adopted/notebook", "state": State.LIVE, "live_run": ""},
        {"image": "1.7-1"},
        {"image": ""},
        {"announced_image": "3.2-0"},
    ],
    ids=["broken", "falls asleep", "is cleaned up", "adopted", "without a date", "not known", "told"],
)
def test_nothing_is_told_of_what_others_are_at_work_on_or_has_no_date(
    stack: Stack, tick: WholeTick, changes: dict[str, Any]
) -> None:
    stack.ledger.write_endpoint(replace(ASLEEP, since=ENDS, **changes))
    tick.now = ENDS - EVERY
    tick.run()
    assert said(stack) == []


def test_what_falls_asleep_notes_its_image(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.sagemaker.models[CONFIG]["PrimaryContainer"]["Image"] = "registry/sagemaker-xgboost:3.0-5"
    tick.run()
    call(stack, at=tick.now)
    tick.run(after=EVERY)
    assert stack.ledger.endpoint("abalone").image == "3.0-5"


def test_versions_without_a_date_have_none() -> None:
    assert ends_of("3.2-0=2027-05-13,1.7-1=") == {"3.2-0": ENDS}
