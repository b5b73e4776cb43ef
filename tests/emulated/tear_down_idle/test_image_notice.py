"""What sleeps is told of while there is still time: its image will not be there for ever."""

import datetime as dt
from dataclasses import replace

import pytest

from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.image_notice import ends_of
from ebb.times import iso
from tests.emulated.stack import NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import CONFIG, EVERY, Place, WholeTick, call

DAY = dt.timedelta(days=1)
ENDS = dt.datetime(2027, 5, 13, tzinfo=dt.UTC)
ASLEEP = EndpointRow("abalone", live_run=CONFIG, live_config=CONFIG, image="3.2-0").settled(State.ASLEEP, iso(NOW))


def said(stack: Stack) -> list[str]:
    return [one["evidence"].get("patched_until") for one in stack.announcements() if one["name"] == "EndpointAsleep"]


def test_it_is_told_sixty_days_before_and_once(stack: Stack, tick: WholeTick) -> None:
    stack.ledger.write_endpoint(replace(ASLEEP, since=iso(ENDS - 70 * DAY)))
    tick.now = ENDS - 61 * DAY
    tick.run()
    assert said(stack) == []
    tick.run(after=DAY)
    tick.run(after=DAY)
    assert said(stack) == ["2027-05-13"]


def test_what_is_purged_at_the_same_tick_is_told_at_the_next(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.sagemaker.endpoints.clear()
    for made in (stack.sagemaker.configs[CONFIG]["EndpointConfigArn"], stack.sagemaker.models[CONFIG]["ModelArn"]):
        stack.sagemaker.tags[made] = {"ebb:stack": "ebb"}
    row = replace(stack.ledger.endpoint("abalone"), image="3.2-0")
    stack.ledger.write_endpoint(row.settled(State.ASLEEP, iso(ENDS - 40 * DAY)))
    tick.now = ENDS
    tick.run()
    assert (tick.told, said(stack), stack.ledger.endpoint("abalone").purged) == ([], [], True)
    tick.run(after=DAY)
    assert (tick.told, said(stack)) == ([], ["2027-05-13"])


@pytest.mark.parametrize("changes", [{"state": State.LIVE}, {"image": "1.7-1"}, {"image": ""}, {"told": "image"}])
def test_nothing_is_told_of_what_is_awake_or_has_no_date(
    stack: Stack, tick: WholeTick, changes: dict[str, str]
) -> None:
    stack.ledger.write_endpoint(replace(ASLEEP, since=iso(ENDS - DAY), **changes))  # type: ignore[arg-type]
    tick.now = ENDS
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
