"""Only what is proven idle is idle: never while young, kept, called, changing, or when the answer is incomplete."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.idleness import Calls, EndpointFacts, Kind, before_asking, is_kept, judge

NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
WINDOW = dt.timedelta(hours=24)
OLD = NOW - dt.timedelta(days=3)
IDLE = EndpointFacts("ebb-abalone", "abalone", "InService", "config", OLD, OLD)
NO_CALLS = Calls(0, complete=True)

ages = st.timedeltas(dt.timedelta(0), dt.timedelta(days=60))
windows = st.timedeltas(dt.timedelta(minutes=1), dt.timedelta(days=30))
keeps = st.none() | st.sampled_from(["false", "true", "2026-11-23", "2026-11-21", "2026-13-45", ""]) | st.text()
statuses = st.sampled_from(["InService", "Creating", "Updating", "SystemUpdating", "Deleting", "Failed", "Whatever"])
every_facts = st.builds(
    lambda status, created, changed, kept: EndpointFacts("e", "m", status, "c", NOW - created, NOW - changed, kept),
    statuses,
    ages,
    ages,
    keeps,
)
every_calls = st.builds(Calls, st.sampled_from([0.0, 1.0, 17.0]), st.booleans())


def test_old_in_service_uncalled_and_unkept_is_idle() -> None:
    verdict = judge(IDLE, NO_CALLS, WINDOW, NOW)
    assert verdict.kind is Kind.IDLE
    assert verdict.reason == "no call in the last 24 hours"


@given(every_facts, every_calls, windows)
def test_nothing_is_idle_unless_all_of_it_is_proven(facts: EndpointFacts, calls: Calls, window: dt.timedelta) -> None:
    verdict = judge(facts, calls, window, NOW)
    proven = (
        facts.status == "InService"
        and not is_kept(facts.kept, NOW)
        and max(facts.created, facts.changed) <= NOW - window
        and calls.complete
        and calls.count == 0
    )
    assert (verdict.kind is Kind.IDLE) == proven
    assert verdict.reason


@given(every_facts, windows)
def test_what_is_decided_without_metrics_is_never_idle(facts: EndpointFacts, window: dt.timedelta) -> None:
    early = before_asking(facts, window, NOW)
    assert early is None or early.kind in (Kind.ACTIVE, Kind.WAITING)


@pytest.mark.parametrize(
    ("changes", "calls", "kind", "reason"),
    [
        ({"status": "Updating"}, NO_CALLS, Kind.WAITING, "it is Updating"),
        ({"status": "Deleting"}, NO_CALLS, Kind.WAITING, "it is Deleting"),
        ({"kept": "true"}, NO_CALLS, Kind.ACTIVE, "kept by its tag ebb:keep=true"),
        ({"created": NOW - dt.timedelta(hours=3)}, NO_CALLS, Kind.ACTIVE, "changed 3 hours ago, less than 24 hours"),
        ({"changed": NOW - dt.timedelta(minutes=45)}, NO_CALLS, Kind.ACTIVE, "changed 45 minutes ago"),
        ({"changed": NOW - WINDOW + dt.timedelta(seconds=1)}, NO_CALLS, Kind.ACTIVE, "less than"),
        ({"changed": NOW - WINDOW}, NO_CALLS, Kind.IDLE, "no call"),
        ({}, Calls(3, complete=True), Kind.ACTIVE, "3 calls in the last 24 hours"),
        ({}, Calls(0, complete=False), Kind.UNKNOWN, "CloudWatch did not answer completely"),
        ({}, Calls(3, complete=False), Kind.UNKNOWN, "CloudWatch did not answer completely"),
    ],
)
def test_the_verdict_says_why(changes: dict[str, object], calls: Calls, kind: Kind, reason: str) -> None:
    facts = dataclasses.replace(IDLE, **changes)  # type: ignore[arg-type]
    verdict = judge(facts, calls, WINDOW, NOW)
    assert verdict.kind is kind
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        (None, False),
        ("false", False),
        (" FALSE ", False),
        ("true", True),
        ("", True),
        ("no", True),
        ("0", True),
        ("yes please", True),
        ("2026-11-23", True),
        ("2026-11-22T16:00:01Z", True),
        ("2026-11-22T16:00:01", True),
        ("2026-11-22T16:00:00Z", False),
        ("2026-11-22T17:30:00+01:00", True),
        ("2026-11-22T16:30:00+01:00", False),
        ("2026-11-21", False),
        ("2026-02-30", True),
        ("22.11.2026", True),
        ("until christmas", True),
    ],
)
def test_keep_takes_false_and_times_and_protects_for_anything_else(tag: str | None, kept: bool) -> None:  # noqa: FBT001
    assert is_kept(tag, NOW) is kept


@given(st.text())
def test_no_tag_makes_it_stumble_and_only_false_or_a_past_time_gives_up_an_endpoint(tag: str) -> None:
    if not is_kept(tag, NOW):
        assert tag.strip().lower() == "false" or dt.datetime.fromisoformat(tag.strip()).year <= NOW.year


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_time_keeps_until_then(until: dt.datetime) -> None:
    assert is_kept(until.isoformat(), NOW) == (until > NOW)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (dt.timedelta(minutes=1), "1 minute"),
        (dt.timedelta(minutes=119), "119 minutes"),
        (dt.timedelta(minutes=120), "2 hours"),
        (dt.timedelta(minutes=1450), "24.2 hours"),
        (dt.timedelta(days=7), "7 days"),
    ],
)
def test_spans_are_said_in_the_unit_that_reads_best(span: dt.timedelta, words: str) -> None:
    facts = dataclasses.replace(IDLE, created=NOW - 2 * span, changed=NOW - 2 * span)
    assert judge(facts, NO_CALLS, span, NOW).reason == f"no call in the last {words}"
