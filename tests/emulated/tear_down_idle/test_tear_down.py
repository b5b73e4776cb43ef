"""A tick puts to sleep what is proven idle and ours, and nothing else, whatever goes wrong with one of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebb.times import UNREADABLE, iso
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import BUCKET, ENDPOINT, NEWER, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import CONFIG, EVERY, MARGIN, WINDOW, Place, WholeTick, call, probe_shows

MINUTE = dt.timedelta(minutes=1)


def test_an_idle_endpoint_is_probed_and_then_put_to_sleep(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    assert tick.run()[ENDPOINT]["did"] == "probed", tick.told
    assert [said["name"] for said in stack.announcements()] == ["EndpointSleepsSoon"]
    probe_shows(stack, at=tick.now)
    assert tick.run(after=EVERY)[ENDPOINT]["did"] == "put to sleep", tick.told
    assert [said["name"] for said in stack.announcements()] == ["EndpointAsleep"]
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]
    assert (list(stack.sagemaker.configs), list(stack.sagemaker.models)) == ([CONFIG], [CONFIG])


def test_the_warning_says_how_to_keep_it(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.run()
    (said,) = stack.announcements()
    assert (said["name"], said["endpoint"], said["blocked"]) == ("EndpointSleepsSoon", ENDPOINT, None)
    assert (said["keep"], said["idle_since"]) == ("ebb keep abalone", iso(NOW - 2 * WINDOW))
    assert NOW + MARGIN <= dt.datetime.fromisoformat(said["sleeps_after"]) <= NOW + 2 * MARGIN
    assert (said["evidence"]["calls"], said["evidence"]["control"]) == (0, 2)
    assert "`ebb keep abalone` keeps it awake" in said["sentence"]


def test_the_announcement_says_why_since_when_and_how_to_wake_it(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.falls_asleep()
    said = stack.announcements()[-1]
    assert said["why"].startswith(f"no call but our own of {iso(NOW)}")
    assert (said["idle_since"], said["by"]) == (iso(NOW - 2 * WINDOW), "idle")
    assert (said["wake"], said["keep"]) == ("ebb wake abalone", "ebb keep abalone")
    assert said["saved"] == {"endpoint_slots": 1, "gb_hours_per_day": 0.0}
    assert "saves 0.00" in said["sentence"]
    evidence = said["evidence"]
    assert (evidence["since_probe"], evidence["knocked_at"], evidence["window_minutes"]) == (1, iso(NOW), 70)
    assert (evidence["config"], evidence["model"]) == (CONFIG, CONFIG)
    assert evidence["artifact"].endswith(f"{CONFIG}/output/model.tar.gz")


def test_what_was_called_within_its_window_is_active_and_asked_about_a_window_later(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    place()
    call(stack, ago=5)
    assert tick.run()[ENDPOINT]["verdict"] == "active"
    row = tick.row()
    assert row.last_call == NOW - 4 * MINUTE
    assert row.due == NOW - 4 * MINUTE + WINDOW
    assert tick.goes_on(WINDOW - 5 * MINUTE) == {}
    assert tick.did(2 * MINUTE) == "probed"


def _serves_another_config(stack: Stack) -> None:
    stack.sagemaker.endpoints[ENDPOINT]["EndpointConfigName"] = NEWER


def _is_created_anew(stack: Stack) -> None:
    stack.sagemaker.endpoints[ENDPOINT] |= {"CreationTime": NOW + MINUTE, "LastModifiedTime": NOW + MINUTE}


def _tagged(**tags: str) -> Callable[[Stack], None]:
    def tag(stack: Stack) -> None:
        arn = stack.sagemaker.endpoints[ENDPOINT]["EndpointArn"]
        stack.sagemaker.tags[arn] |= {f"ebb:{name.replace('_', '-')}": value for name, value in tags.items()}

    return tag


@pytest.mark.parametrize(
    "change",
    [
        _serves_another_config,
        _is_created_anew,
        lambda stack: stack.sagemaker.endpoints[ENDPOINT].update(EndpointStatus="SystemUpdating"),
        _tagged(keep="true"),
        _tagged(keep="2026-12-01"),
        _tagged(idle_after="10080"),
        _tagged(idle_after="soon"),
        _tagged(stack="other"),
        lambda stack: call(stack, at=NOW + MINUTE),
    ],
)
def test_right_before_the_end_it_looks_again(
    stack: Stack, tick: WholeTick, place: Place, change: Callable[[Stack], None]
) -> None:
    place()
    tick.run()
    change(stack)
    assert tick.goes_on()[ENDPOINT]["verdict"] != "idle"
    tick.goes_on()
    assert stack.sagemaker.called("delete_endpoint") == []
    assert "EndpointAsleep" not in tick.said()


def test_an_extension_that_reaches_back_to_a_call_counts_it(stack: Stack, tick: WholeTick, place: Place) -> None:
    """Of which nobody has asked as long as the window was shorter."""
    place(age=dt.timedelta(days=10))
    call(stack, ago=100)
    tick.run()
    _tagged(idle_after="240")(stack)
    assert tick.goes_on()[ENDPOINT]["verdict"] == "active"
    assert stack.sagemaker.called("delete_endpoint") == []


@pytest.mark.parametrize(("most", "percent", "slept"), [(10, 50, 2), (3, 100, 3), (10, 1, 1)])
def test_as_many_go_as_one_tick_may_the_longest_idle_first(
    stack: Stack, tick: WholeTick, place: Place, most: int, percent: int, slept: int
) -> None:
    names = [f"ebb-m{number}" for number in (3, 0, 1, 2)]
    for name in names:
        place(name, age=2 * WINDOW + int(name[-1]) * MINUTE)
    tick.settings = replace(tick.settings, max_tear_downs_per_run=most, max_tear_down_percent=percent)
    oldest = sorted(names, reverse=True)
    first = tick.goes_on()
    assert [name for name in oldest if first[name]["did"] == "probed"] == oldest[:slept]
    assert len(first) == len(names)
    tick.goes_on()
    assert stack.sagemaker.called("delete_endpoint") == oldest[:slept]


def test_the_cap_holds_for_what_was_probed_at_several_ticks(stack: Stack, tick: WholeTick, place: Place) -> None:
    for name in ("ebb-a", "ebb-b", "ebb-c"):
        place(name)
    tick.settings = replace(tick.settings, max_tear_downs_per_run=1)
    for _ in range(3):
        tick.goes_on(MINUTE)
    tick.goes_on(EVERY)
    assert len(stack.sagemaker.called("delete_endpoint")) == 1
    tick.goes_on(EVERY)
    tick.goes_on(EVERY)
    assert sorted(stack.sagemaker.called("delete_endpoint")) == ["ebb-a", "ebb-b", "ebb-c"]


def test_what_leads_to_nothing_does_not_keep_others_waiting_for_ever(
    stack: Stack, tick: WholeTick, place: Place
) -> None:
    """More than one tick can look at, all of which nobody understands, and one behind them that is idle."""
    tick.settings = replace(tick.settings, max_tear_downs_per_run=1)
    for number in range(6):
        place(f"ebb-m{number}", age=3 * WINDOW)
        row = tick.row(f"m{number}")
        stack.ledger.write_endpoint(replace(row, control=None))
    place()
    tick.goes_on()
    assert tick.goes_on()[ENDPOINT]["did"] == "probed"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("describe_endpoint", "ThrottlingException"),
        ("list_tags", "ThrottlingException"),
        ("describe_endpoint_config", "AccessDeniedException"),
        ("delete_endpoint", "ThrottlingException"),
        ("delete_endpoint", "AccessDeniedException"),
    ],
)
def test_one_endpoints_failure_never_stops_the_rest(
    stack: Stack, tick: WholeTick, place: Place, operation: str, code: str
) -> None:
    for name in ("ebb-a", "ebb-b"):
        place(name)
    tick.goes_on()
    stack.sagemaker.refuse(operation, client_error(code, "Rate exceeded"))
    decided = tick.goes_on()
    assert [decided[name]["did"] == "put to sleep" for name in ("ebb-a", "ebb-b")] == [False, True]
    assert len(tick.told) == 1
    assert stack.sagemaker.endpoints["ebb-a"]["EndpointStatus"] == "InService"
    assert not tick.row("a").falls_asleep


def test_the_pass_ends_with_all_that_it_did_not_understand(stack: Stack, tick: WholeTick, place: Place) -> None:
    for name in ("ebb-a", "ebb-b"):
        place(name)
    tick.goes_on()
    stack.sagemaker.refuse("describe_endpoint", client_error("InternalFailure", "not now"), "ebb-a")
    stack.s3.delete_object(Bucket=BUCKET, Key=f"runs/abalone/{CONFIG}/output/model.tar.gz")
    tick.goes_on()
    assert [told.split(":")[0] for told in tick.told] == ["ebb-a", "ebb-b"]
    assert ("not now" in tick.told[0], "artifact" in tick.told[1]) == (True, True)


@pytest.mark.parametrize("missing", ["config", "model", "artifact"])
def test_what_could_not_be_woken_is_not_put_to_sleep_and_told_once_a_day(
    stack: Stack, tick: WholeTick, place: Place, missing: str
) -> None:
    place()
    tick.run()
    stack.announcements()
    if missing == "artifact":
        stack.s3.delete_object(Bucket=BUCKET, Key=f"runs/abalone/{CONFIG}/output/model.tar.gz")
    refused: dict[str, Any] = {"config": "describe_endpoint_config", "model": "describe_model"}
    if missing in refused:
        stack.sagemaker.refuse(refused[missing], client_error("ValidationException", f'Could not find {missing} "x".'))
    line = tick.goes_on()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert "could not be woken" in line["reason"]
    assert missing in line["reason"]
    assert len(tick.told) == 1
    assert (stack.sagemaker.called("delete_endpoint"), stack.announcements()) == ([], [])
    assert (tick.goes_on(), tick.told) == ({}, [])
    assert tick.did(dt.timedelta(hours=24)) == "probed"


def test_when_the_time_is_over_the_rest_is_left_for_the_next_tick(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    tick.until = tick.now + dt.timedelta(seconds=100)
    line = tick.run()[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("waiting", "nothing")
    assert "the time of this one is over" in line["reason"]
    assert (stack.runtime.calls, tick.told) == ([], [])


def test_a_row_whose_times_are_unreadable_does_not_stop_the_rest(stack: Stack, tick: WholeTick, place: Place) -> None:
    place("ebb-b")
    place()
    stack.ledger.write_endpoint(replace(tick.row("b"), since=UNREADABLE))
    assert tick.run()[ENDPOINT]["did"] == "probed"


def test_new_settings_reach_every_row(stack: Stack, tick: WholeTick, place: Place) -> None:
    place(age=MARGIN)
    tick.run()
    assert tick.row().due == NOW - MARGIN + WINDOW
    tick.settings = replace(tick.settings, idle_after_minutes=600)
    assert tick.run() == {}
    assert tick.row().due == NOW + dt.timedelta(hours=10)


def test_a_models_own_window_is_the_one_that_counts(stack: Stack, tick: WholeTick, place: Place) -> None:
    place()
    stack.ledger.write_endpoint(replace(tick.row(), idle_after=1440))
    assert tick.run() == {}
    stack.ledger.write_endpoint(replace(tick.row(), idle_after=30))
    assert tick.did() == "probed"
