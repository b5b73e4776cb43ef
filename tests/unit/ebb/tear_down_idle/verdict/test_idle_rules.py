"""When an endpoint has to be looked at next, whatever the ledger, settings and tags say; nothing makes it stumble."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.verdict.idle_rules import IdleRules, kept_until, minutes_of
from ebb.times import FOR_EVER, LONG_AGO, exact_iso, later, parsed, spelled
from tests.unit.ebb.tear_down_idle.verdict.idle_cases import (
    DAY,
    HOUR,
    IDLE,
    MINUTE,
    NOW,
    RULES,
    RUN,
    SILENT,
    SLEEP,
    ago,
    keeps,
    known_times,
    times,
    wanted,
)

LIVE = SILENT.row
SLEEPS = EndpointRow("abalone", 4, State.ASLEEP, ago(4 * DAY), RUN, RUN)
IN_MINUTES = [("1", 1), ("43200", 43_200), (" 60 ", 60), ("0", None), ("43201", None), ("060", 60), ("99999", None)]
rows = st.builds(
    EndpointRow,
    st.sampled_from(["abalone", "adopted/theirs"]),
    st.just(3),
    st.sampled_from(State),
    known_times,
    st.sampled_from(["", RUN]),
    st.sampled_from(["", RUN]),
    st.sampled_from(["", RUN]),
    wanted,
    needs_cleanup=st.booleans(),
    due=known_times,
    not_before=known_times,
    idle_after=st.integers(-10, 10**15),
    last_call=known_times,
    knocked_at=known_times,
    answered_at=known_times,
    purged=st.booleans(),
    superseded_at=known_times,
)


@given(rows)
def test_no_row_makes_it_stumble_and_a_live_one_is_looked_at_some_time(row: EndpointRow) -> None:
    at, due, purged_at = RULES.judged_at(row), RULES.due(row), RULES.purged_at(row)
    if row.state is State.LIVE or row.state is State.BROKEN or row.busy or row.needs_cleanup:
        assert due
    if row.state is State.LIVE:
        assert at is not None
    for when in (at, purged_at):
        if when is not None:
            assert due
            assert due <= when
            assert when.tzinfo is dt.UTC


@given(st.lists(rows, max_size=6))
def test_dues_sort_as_texts_like_the_times_that_they_are(rows: list[EndpointRow]) -> None:
    """The index of the ledger compares them as texts."""
    dues = sorted(due for due in map(RULES.due, rows) if due)
    texts = [exact_iso(due) for due in dues]
    assert texts == sorted(texts)
    assert all(len(text) == len("2026-11-22T16:00:00Z") for text in texts)


@pytest.mark.parametrize(
    ("row", "at"),
    [
        (LIVE, NOW - 4 * DAY + DAY + 10 * MINUTE),
        (replace(LIVE, last_call=ago(2 * HOUR)), NOW - 2 * HOUR + DAY + 10 * MINUTE),
        (replace(LIVE, last_call=ago(9 * DAY)), NOW - 4 * DAY + DAY + 10 * MINUTE),
        (replace(LIVE, idle_after=60), NOW - 4 * DAY + 70 * MINUTE),
        (replace(LIVE, not_before=ago(-HOUR)), NOW + HOUR),
        (replace(LIVE, not_before=ago(30 * DAY)), NOW - 4 * DAY + DAY + 10 * MINUTE),
        (IDLE.row, NOW - 4 * MINUTE),
        (replace(IDLE.row, answered_at=None), NOW - 5 * MINUTE),
        (replace(LIVE, since=None), LONG_AGO),
        (replace(LIVE, last_call=FOR_EVER), FOR_EVER),
        (replace(SLEEPS, wanted=SLEEP), NOW - 4 * DAY),
        (SLEEPS, None),
        (replace(LIVE, state=State.DEPLOYING, wanted=SLEEP), None),
        (EndpointRow("abalone"), None),
    ],
    ids=[
        *("silent since it is live", "called since", "called before", "settings of its own", "put off", "not put off"),
        *("probed", "probed without an answer", "since when is lost", "called in the far future"),
        *("falls asleep", "asleep", "being changed", "nothing there"),
    ],
)
def test_it_is_judged_when_it_may_be_idle_or_its_probe_must_show(row: EndpointRow, at: dt.datetime | None) -> None:
    assert RULES.judged_at(row) == at


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({}, NOW + 26 * DAY),
        ({"purged": True}, None),
        ({"live_run": ""}, None),
        ({"wanted": SLEEP}, None),
        ({"previous_run": RUN}, NOW + 26 * DAY),
        ({"previous_run": RUN, "superseded_at": ago(9 * DAY)}, NOW + 21 * DAY),
        ({"previous_run": RUN, "superseded_at": ago(9 * DAY), "purged": True}, NOW + 21 * DAY),
        ({"state": State.LIVE}, None),
        ({"state": State.LIVE, "previous_run": RUN, "superseded_at": ago(9 * DAY)}, NOW + 21 * DAY),
        ({"state": State.BROKEN, "previous_run": RUN, "superseded_at": ago(9 * DAY)}, None),
        ({"state": State.DEPLOYING, "previous_run": RUN, "superseded_at": ago(9 * DAY)}, None),
    ],
)
def test_what_sleeps_or_is_superseded_is_purged_after_the_days_for_it(
    changes: dict[str, Any], at: dt.datetime | None
) -> None:
    assert RULES.purged_at(replace(SLEEPS, **changes)) == at


@pytest.mark.parametrize(
    ("row", "due"),
    [
        (LIVE, parsed("2026-11-19T16:10:00Z")),
        (replace(LIVE, since=parsed("2026-11-18T18:00:00+02:00")), parsed("2026-11-19T16:10:00Z")),
        (replace(LIVE, needs_cleanup=True), ago(4 * DAY)),
        (replace(LIVE, pending={"stage": "live"}), ago(4 * DAY)),
        (replace(LIVE, candidate=RUN), ago(4 * DAY)),
        (replace(LIVE, state=State.BROKEN), ago(4 * DAY)),
        (replace(LIVE, state=State.WAKING, wanted=SLEEP), ago(4 * DAY)),
        (SLEEPS, parsed("2026-12-18T16:00:00Z")),
        (
            replace(SLEEPS, purged=True),
            parsed("9999-12-31T23:59:59Z"),
        ),  # listed, and told of when its image is to be retired
        (EndpointRow("abalone"), None),
    ],
)
def test_a_row_is_due_at_the_first_of_what_is_to_be_done(row: EndpointRow, due: dt.datetime | None) -> None:
    assert RULES.due(row) == due


@pytest.mark.parametrize(
    ("tag", "own", "minutes"),
    [
        (None, 0, 1440),
        (None, 60, 60),
        ("30", 60, 30),
        ("30", 0, 30),
        ("0", 60, 60),
        ("soon", 60, 60),
        (None, -1, 43_200),
        (None, 43_201, 43_200),
        (None, 10**15, 43_200),
    ],
)
def test_the_window_is_the_tags_or_the_models_or_the_stacks_with_the_margin(
    tag: str | None, own: int, minutes: int
) -> None:
    tags = {} if tag is None else {"ebb:idle-after": tag}
    assert RULES.window(replace(LIVE, idle_after=own), tags) == (minutes + 10) * MINUTE


@pytest.mark.parametrize(("tag", "minutes"), [*IN_MINUTES, *((bad, None) for bad in ("", "-5", "1.5", "a day", "٦٠"))])
def test_minutes_are_whole_and_from_one_to_thirty_days(tag: str, minutes: int | None) -> None:
    assert minutes_of(tag) == minutes


@pytest.mark.parametrize(
    ("tag", "until"),
    [
        (None, None),
        ("false", None),
        (" FALSE ", None),
        ("true", FOR_EVER),
        ("", FOR_EVER),
        ("no", FOR_EVER),
        ("0", FOR_EVER),
        ("2026-02-30", FOR_EVER),
        ("22.11.2026", FOR_EVER),
        ("until christmas", FOR_EVER),
        ("2026-11-23", NOW + 8 * HOUR),
        ("2026-11-21", None),
        ("2026-11-22T16:00:00Z", None),
        ("2026-11-22T16:01:00Z", NOW + MINUTE),
        ("2026-11-22T16:01:00", NOW + MINUTE),
        ("2026-11-22T17:30:00+01:00", NOW + 30 * MINUTE),
        ("2026-11-22T16:30:00+01:00", None),
    ],
)
def test_keep_takes_false_and_times_and_protects_for_anything_else(tag: str | None, until: dt.datetime | None) -> None:
    assert kept_until(tag, NOW) == until


@given(keeps | st.text())
def test_no_tag_makes_it_stumble_and_only_false_or_a_past_time_gives_up_an_endpoint(tag: str) -> None:
    if kept_until(tag, NOW) is None:
        assert tag.strip().lower() == "false" or dt.datetime.fromisoformat(tag.strip()).year <= NOW.year


@given(times | st.text())
def test_a_time_of_the_ledger_is_in_utc_or_long_ago(text: str) -> None:
    assert parsed(text).tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-22T16:00:00Z", NOW),
        ("2026-11-22T16:00:00", NOW),
        ("2026-11-22T18:00:00+02:00", NOW),
        ("", LONG_AGO),
        ("yesterday", LONG_AGO),
        ("9999-12-31T23:59:59-12:00", LONG_AGO),
    ],
)
def test_a_time_without_a_zone_is_utc_and_one_that_cannot_be_is_long_ago(text: str, when: dt.datetime) -> None:
    assert parsed(text) == when


def test_later_than_long_ago_is_long_ago_and_than_the_last_of_all_times_that() -> None:
    assert (later(LONG_AGO, DAY), later(NOW, DAY), later(FOR_EVER, DAY)) == (LONG_AGO, NOW + DAY, FOR_EVER)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (0 * MINUTE, "0 minutes"),
        (MINUTE, "1 minute"),
        (119 * MINUTE, "119 minutes"),
        (120 * MINUTE, "2 hours"),
        (1450 * MINUTE, "24.2 hours"),
        (7 * DAY, "7 days"),
    ],
)
def test_spans_are_said_in_the_unit_that_reads_best(span: dt.timedelta, words: str) -> None:
    assert spelled(span) == words


def test_a_margin_of_nothing_is_for_those_whose_metrics_are_never_late() -> None:
    rules = IdleRules("ebb", MINUTE, 0 * MINUTE, DAY)
    assert rules.judged_at(IDLE.row) == NOW - 14 * MINUTE
