"""When a request is over, for somebody who waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.commands import rollback, sleep, wake
from cli.outcome import ExitCode
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.times import parsed

AT = parsed("2026-11-22T15:00:00Z")
ROW = EndpointRow("abalone", state=State.LIVE, since=AT, live_run="new", live_config="new", previous_run="old")
ASLEEP, BROKEN = replace(ROW, state=State.ASLEEP), replace(ROW, state=State.BROKEN)
WAKING = ASLEEP.wants(Wanted("new", Reason.WAKE, AT), State.WAKING)
GOING = ROW.wants(Wanted("", Reason.SLEEP, AT), State.ASLEEP)
CHANGING = ROW.wants(Wanted("old", Reason.RETURN, AT))
BACK = replace(ROW, live_run="old", previous_run="new")
NONE = EndpointRow("abalone", version=3)


@pytest.mark.parametrize(
    ("row", "began", "code"),
    [
        (ASLEEP, False, None),
        (WAKING, True, None),
        (ROW, False, ExitCode.DONE),
        (ASLEEP, True, ExitCode.FAILED),
        (NONE, True, ExitCode.FAILED),
        (BROKEN, False, ExitCode.FAILED),
    ],
)
def test_a_waking(row: EndpointRow, code: ExitCode | None, *, began: bool) -> None:
    end = wake._judge(row, began)
    assert (end and end.code) == code


@pytest.mark.parametrize(("row", "code"), [(ROW, None), (GOING, None), (WAKING, None), (ASLEEP, ExitCode.DONE)])
def test_a_falling_asleep(row: EndpointRow, code: ExitCode | None) -> None:
    end = sleep._judge(row, False)
    assert (end and end.code) == code


@pytest.mark.parametrize(
    ("row", "began", "code"),
    [
        (ROW, False, None),
        (CHANGING, True, None),
        (BACK.wants(Wanted("old", Reason.RETURN, AT)), True, None),
        (BACK, True, ExitCode.DONE),
        (ROW, True, ExitCode.FAILED),
        (BROKEN, False, ExitCode.FAILED),
    ],
)
def test_a_roll_back(row: EndpointRow, code: ExitCode | None, *, began: bool) -> None:
    end = rollback._judge(ROW)(row, began)
    assert (end and end.code) == code
