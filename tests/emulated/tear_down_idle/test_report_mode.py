"""TearDownMode report: the same verdicts in the same journal; nothing is deleted, changed, or announced."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.times import iso
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, JOURNAL, NEWER, NOW, Stack
from tests.emulated.tear_down_idle.whole_tick import EVERY, MARGIN, Place, WholeTick, call

DAY = dt.timedelta(days=1)
CHANGING = ("create", "update", "delete", "add")


@pytest.fixture
def reporting(tick: WholeTick) -> WholeTick:
    tick.settings = replace(tick.settings, tear_down_mode="report")
    return tick


def _lines(stack: Stack) -> list[dict[str, Any]]:
    events = stack.clients.logs.filter_log_events(logGroupName=JOURNAL)["events"]
    return [json.loads(event["message"]) for event in events]


def test_what_would_sleep_is_in_the_journal_and_asked_about_again_after_a_day(
    stack: Stack, reporting: WholeTick, place: Place
) -> None:
    place()
    assert reporting.run()[ENDPOINT]["did"] == "probed"
    line = reporting.goes_on()[ENDPOINT]
    assert (line["verdict"], line["did"]) == (
        "idle",
        "nothing: TearDownMode is report; else it would be put to sleep",
    )
    assert reporting.goes_on() == {}
    assert reporting.goes_on(DAY)[ENDPOINT]["did"] == "probed"
    assert reporting.goes_on()[ENDPOINT]["verdict"] == "idle"
    done = {operation.partition("_")[0] for operation, _ in stack.sagemaker.calls}
    assert done.isdisjoint(CHANGING)
    assert (stack.announcements(), reporting.row().state, reporting.told) == ([], State.LIVE, [])


def test_what_has_provisioned_concurrency_would_be_made_cheaper(
    stack: Stack, reporting: WholeTick, place: Place
) -> None:
    place(provisioned=2)
    reporting.run()
    assert reporting.did() == "nothing: TearDownMode is report; else it would be made cheaper"
    assert stack.messages(stack.deploy_queue) == []


def test_what_could_not_be_woken_is_told_in_report_mode_too(stack: Stack, reporting: WholeTick, place: Place) -> None:
    place()
    reporting.run()
    stack.sagemaker.models.clear()
    assert reporting.goes_on()[ENDPOINT]["verdict"] == "unknown"
    assert len(reporting.told) == 1


def test_blindness_is_in_the_journal_only(stack: Stack, reporting: WholeTick, place: Place) -> None:
    place()
    reporting.run()
    line = reporting.run(after=DAY / 12)[ENDPOINT]
    assert (line["verdict"], line["did"]) == ("unknown", "nothing")
    assert stack.announcements() == []


def test_what_would_be_purged_is_in_the_journal_once_a_day(stack: Stack, reporting: WholeTick) -> None:
    slept = EndpointRow("abalone", state=State.ASLEEP, since=NOW - 31 * DAY, live_run=NEWER, live_config=NEWER)
    stack.ledger.write_endpoint(replace(slept, due=NOW))
    line = reporting.run()[ENDPOINT]
    assert line["did"] == "nothing: TearDownMode is report; else it would be purged"
    assert reporting.run(after=EVERY) == {}
    assert list(reporting.run(after=DAY)) == [ENDPOINT]
    assert not reporting.row().purged


def test_a_sleep_that_was_begun_before_is_given_up(stack: Stack, reporting: WholeTick, place: Place) -> None:
    place()
    reporting.settings = replace(reporting.settings, tear_down_mode="enforce")
    reporting.run()
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "who knows"))
    reporting.goes_on()
    reporting.settings = replace(reporting.settings, tear_down_mode="report")
    assert reporting.did() == "left awake"
    assert reporting.row().state is State.LIVE
    assert stack.sagemaker.called("delete_endpoint") == [ENDPOINT]


@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_each_decision_is_one_line_of_the_journal_with_its_evidence(
    stack: Stack, tick: WholeTick, place: Place, mode: str
) -> None:
    """Skips included: the busy, the kept, the one beyond the cap."""
    tick.settings = replace(tick.settings, tear_down_mode=mode, max_tear_downs_per_run=1)
    for name, age in {"ebb-kept": 50, "ebb-busy": 40, "ebb-idle": 40, "ebb-late": 30}.items():
        place(name, age=age * MARGIN, **({"keep": "true"} if name == "ebb-kept" else {}))
    call(stack, "ebb-busy")
    tick.run()
    lines = {line["detail"]["endpoint"]: line["detail"] for line in _lines(stack)}
    assert {name: (line["verdict"], line["did"].split(":")[0]) for name, line in lines.items()} == {
        "ebb-busy": ("active", "nothing"),
        "ebb-idle": ("waiting", "probed"),
        "ebb-late": ("waiting", "nothing"),
        "ebb-kept": ("active", "nothing"),
    }
    assert len(_lines(stack)) == 4
    assert lines["ebb-idle"]["evidence"]["control"] == 2
    assert lines["ebb-busy"]["evidence"] == {"calls": 1, "newest": iso(NOW - dt.timedelta(minutes=4))}
    assert all(line["reason"] for line in lines.values())
    assert {line["model"] for line in lines.values()} == {"busy", "idle", "late", "kept"}
