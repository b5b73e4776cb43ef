"""That nothing shows is believed only where our own calls show: those of a known time first, then a probe."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.ledger.endpoint_row import Control, EndpointRow
from ebb.tear_down_idle.verdict.call_metrics import MINUTE as PERIOD
from ebb.tear_down_idle.verdict.call_metrics import Question, of_window
from ebb.tear_down_idle.verdict.judge import REMEMBERED, control_of
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Series
from ebb.times import UNREADABLE, parsed
from tests.unit.ebb.tear_down_idle.verdict.idle_cases import (
    DAY,
    HOUR,
    IDLE,
    MINUTE,
    NONE,
    NOW,
    RULES,
    SILENT,
    Case,
    adopted,
    ago,
)

FORGOTTEN = Control(parsed("2025-01-01T00:00:00Z"), parsed("2025-01-01T00:00:09Z"), 2)


@pytest.mark.parametrize(
    ("part", "changes", "kind", "again"),
    [
        ("row", {"control": None}, Kind.WAITING, None),
        ("row", {"control": FORGOTTEN}, Kind.UNKNOWN, NOW + DAY),
        ("series", {"control": None}, Kind.UNKNOWN, NOW + HOUR),
        ("series", {"control": Answer(1)}, Kind.UNKNOWN, NOW + HOUR),
        ("series", {"control": Answer(2, complete=False)}, Kind.UNKNOWN, NOW + HOUR),
    ],
)
def test_what_does_not_show_our_own_calls_is_not_probed(
    part: str, changes: dict[str, Any], kind: Kind, again: dt.datetime | None
) -> None:
    verdict = SILENT.but(part, **changes).judged()
    assert (verdict.kind, verdict.probe, verdict.again) == (kind, False, again)


@pytest.mark.parametrize("case", [SILENT, adopted(SILENT)], ids=["ours", "adopted"])
def test_what_seems_idle_is_probed_first(case: Case) -> None:
    verdict = case.judged()
    assert (verdict.kind, verdict.probe) == (Kind.WAITING, True)


@pytest.mark.parametrize(("span", "probe"), [(9.9 * MINUTE, False), (10 * MINUTE, True)])
def test_a_probe_that_was_perhaps_never_made_is_made_again(span: dt.timedelta, *, probe: bool) -> None:
    verdict = IDLE.but("row", knocked_at=NOW - span, answered_at=None).judged()
    assert (verdict.kind, verdict.probe) == (Kind.WAITING, probe)


@pytest.mark.parametrize(("span", "probe"), [(15 * MINUTE, False), (23.9 * HOUR, False), (24 * HOUR, True)])
def test_a_probe_that_does_not_show_makes_it_unknown_and_is_made_again_after_a_day(
    span: dt.timedelta, *, probe: bool
) -> None:
    case = IDLE.but("row", knocked_at=ago(span), answered_at=ago(span)).but("series", since_probe=NONE, calls=NONE)
    verdict = case.judged()
    assert (verdict.kind, verdict.blind, verdict.probe, verdict.again) == (Kind.UNKNOWN, True, probe, NOW + HOUR)


def test_a_probe_that_is_forgotten_is_looked_at_anew_with_all_that_is_to_show_before_one() -> None:
    verdict = IDLE.but("row", knocked_at=ago(14 * DAY)).but("endpoint", created=NOW - 99 * DAY, changed=NOW - 99 * DAY)
    assert (verdict.judged().kind, verdict.judged().again) == (Kind.WAITING, NOW)


def test_the_known_calls_are_confirms_then_its_own_last_one() -> None:
    told = control_of(SILENT.row, NOW)
    assert told
    assert (told.since.isoformat(), told.until.isoformat(), told.calls) == (
        *("2026-11-18T00:05:00+00:00", "2026-11-18T00:05:20+00:00"),
        2,
    )
    last = control_of(SILENT.but("row", control=None, last_call=ago(5 * DAY)).row, NOW)
    assert last
    assert (last.since, last.until, last.calls) == (NOW - 5 * DAY - HOUR, NOW - 5 * DAY, 1)


@pytest.mark.parametrize("last_call", [None, parsed("2024-01-01T00:00:00Z"), NOW - REMEMBERED])
def test_an_adopted_endpoint_without_a_call_that_cloudwatch_remembers_is_not_probed(
    last_call: dt.datetime | None,
) -> None:
    case = adopted(SILENT).but("row", last_call=last_call)
    assert control_of(case.row, NOW) is None
    verdict = case.judged()
    assert (verdict.kind, verdict.probe, verdict.again) == (Kind.UNKNOWN, False, NOW + DAY)


@pytest.mark.parametrize(
    "control",
    [Control(UNREADABLE, UNREADABLE, 2), Control(ago(4 * DAY), UNREADABLE, 2), Control(ago(DAY), ago(DAY), 0)],
)
def test_known_calls_of_which_the_time_or_number_is_lost_are_none(control: Control) -> None:
    assert control_of(SILENT.but("row", control=control).row, NOW) is None


@dataclass
class Watched:
    """One endpoint, ticks that come when they come, and calls that show in CloudWatch up to the margin later."""

    calls: list[tuple[dt.datetime, dt.timedelta]]
    row: EndpointRow = SILENT.row
    probed: dt.datetime | None = None

    def tick(self, now: dt.datetime) -> bool:
        """Whether it is found to be idle."""
        judged_at = RULES.judged_at(self.row)
        assert judged_at is not None
        if judged_at > now:
            return False
        verdict = replace(SILENT, row=self.row, series=self._series(now), now=now).judged()
        if verdict.called_at:
            last = min(verdict.called_at, now)
            self.row = replace(self.row, last_call=last, knocked_at=None, answered_at=None, not_before=None)
        elif verdict.again:
            self.row = replace(self.row, not_before=verdict.again)
        if verdict.probe:
            self.calls.append((now, 5 * MINUTE))
            self.row = replace(self.row, knocked_at=now, answered_at=now + dt.timedelta(seconds=3))
            self.probed = now
        return verdict.kind is Kind.IDLE

    def _series(self, now: dt.datetime) -> Series:
        window = self._shown(of_window({}, RULES.window(self.row), now), now)
        since = Question({}, self.row.knocked_at, now + MINUTE, PERIOD) if self.row.knocked_at else None
        return Series(window, Answer(), Answer(2), self._shown(since, now) if since else None, Answer(4))

    def _shown(self, asked: Question, now: dt.datetime) -> Answer:
        found = [at for at, late in self.calls if at + late <= now and asked.start <= at < asked.end]
        return Answer(len(found), max(found) + MINUTE if found else None)


late = st.timedeltas(dt.timedelta(), 9 * MINUTE)
calls = st.lists(st.tuples(st.integers(0, 4 * 1440).map(lambda minute: NOW + minute * MINUTE), late), max_size=6)
pauses = st.lists(st.integers(1, 600).map(lambda minutes: minutes * MINUTE), max_size=8)


@given(calls, pauses)
def test_no_endpoint_with_a_call_in_its_window_is_ever_idle_however_late_calls_show_and_ticks_come(
    called: list[tuple[dt.datetime, dt.timedelta]], pauses: list[dt.timedelta]
) -> None:
    """Only a call that comes after the probe, and that CloudWatch cannot show yet, may be missed."""
    endpoint, now, theirs = Watched(list(called)), NOW, [at for at, _ in called]
    for pause in [*pauses, *[15 * MINUTE] * 600]:
        now += pause
        if endpoint.tick(now):
            assert not [at for at in theirs if now - RULES.window(endpoint.row) <= at <= now - RULES.margin]
            assert endpoint.probed
            assert not [at for at in theirs if endpoint.probed - RULES.window(endpoint.row) <= at < endpoint.probed]
            return
    pytest.fail("nobody has called it for days, and it is not idle yet")


@given(st.integers(1, 59))
def test_what_nobody_calls_is_gone_at_the_latest_the_margin_and_two_ticks_after_its_probe(minutes: int) -> None:
    endpoint, now, tick = Watched([]), NOW, minutes * MINUTE
    while not endpoint.tick(now):
        now += tick
    assert endpoint.probed == NOW
    assert now - endpoint.probed <= RULES.margin + 2 * tick
