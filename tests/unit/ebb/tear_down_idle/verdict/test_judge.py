"""Only what is proven idle is idle: each proof that is missing protects, and so does what cannot be read."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings

from ebb.ledger.endpoint_row import State
from ebb.tear_down_idle.verdict.protection import before_asking
from ebb.tear_down_idle.verdict.verdict import Answer, Kind
from ebb.times import LONG_AGO, parsed
from tests.unit.ebb.tear_down_idle.verdict.idle_cases import (
    DAY,
    HOUR,
    IDLE,
    MINUTE,
    NONE,
    NOW,
    ONE,
    RUN,
    SILENT,
    SLEEP,
    Case,
    adopted,
    ago,
    cases,
)

MOST = 43_200
LATER = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
UNREADABLE = "unreadable"
many = settings(max_examples=200)


def test_an_endpoint_of_ours_whose_probe_shows_alone_is_idle() -> None:
    verdict = IDLE.judged()
    assert (verdict.kind, verdict.probe, verdict.since) == (Kind.IDLE, False, NOW - 4 * DAY)
    assert verdict.reason == "no call but our own of 2026-11-22T15:45:00Z, which CloudWatch shows"
    assert adopted(IDLE).judged().kind is Kind.IDLE


def test_the_evidence_is_what_a_person_needs_to_check_it() -> None:
    assert IDLE.judged().evidence == {
        "window_minutes": 1450,
        "config": RUN,
        "created": "2026-11-18T16:00:00Z",
        "changed": "2026-11-18T16:00:00Z",
        "last_call": None,
        "knocked_at": "2026-11-22T15:45:00Z",
        "calls": 1,
        "errors": 0,
        "control": None,
        "since_probe": 1,
        "ticks": 4,
    }


def _time(text: str) -> dt.datetime | str | None:
    """The time, UNREADABLE, or None where there is none."""
    try:
        found = dt.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return UNREADABLE if text else None


def _keeps(tag: str, now: dt.datetime) -> bool:
    when = _time(tag.strip())
    return when > now if isinstance(when, dt.datetime) else tag.strip().lower() != "false"


def _is_number(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdigit() and 1 <= int(text) <= MOST


def _window(case: Case) -> dt.timedelta:
    told = int(case.endpoint.tags.get("ebb:idle-after") or case.row.idle_after)
    asked = told * MINUTE if 1 <= told <= MOST else case.rules.idle_after if told == 0 else MOST * MINUTE
    return asked + case.rules.margin


def _is_free(case: Case) -> bool:
    """Whether anything but CloudWatch lets it sleep: written from the specification, not from the code."""
    row, endpoint, now = case.row, case.endpoint, case.now
    of_somebody = "ebb:idle-after" not in endpoint.tags or "ebb:stack" in endpoint.tags
    if of_somebody if row.model.startswith("adopted/") else endpoint.tags.get("ebb:stack") != "ebb":
        return False
    if endpoint.status != "InService" or row.state is not State.LIVE or endpoint.config != row.live_config:
        return False
    if endpoint.serverless is None or not _is_number(endpoint.tags.get("ebb:idle-after", "60")):
        return False
    told = [place["ebb:keep"] for place in (endpoint.tags, endpoint.config_tags) if "ebb:keep" in place]
    if _keeps(told[0], now) if told else row.keep:
        return False
    if LONG_AGO in (row.last_call, row.knocked_at, row.answered_at):  # it was no time
        return False
    last = row.last_call or endpoint.created
    return now - max(endpoint.created, endpoint.changed, last) >= _window(case)


def _is_silent(case: Case, at_most: int) -> bool:
    ticks, failed = case.series.ticks, at_most if case.row.is_adopted else 0
    asked = (case.series.calls, at_most), (case.series.errors, failed)
    shown = all(one and one.complete and one.count <= most for one, most in asked)
    return bool(shown and ticks and ticks.complete and ticks.count)


def _is_proven(case: Case) -> bool:
    probed, answered, heard = case.row.knocked_at, case.row.answered_at, case.series.since_probe
    if probed is None or answered is None:
        return False
    in_time = max(case.endpoint.created, case.endpoint.changed, case.now - 14 * DAY) <= probed
    ripe = case.now - max(probed, answered) >= case.rules.margin
    alone = heard is not None and heard.complete and heard.count == 1
    shown = heard.newest if heard else None
    alone = alone and (shown is None or shown - max(probed, answered) <= 2 * MINUTE)
    return _is_free(case) and _is_silent(case, 1) and in_time and ripe and alone and probed > case.now - 14 * DAY


@many
@given(cases())
def test_it_is_idle_when_every_single_proof_is_there_and_only_then(case: Case) -> None:
    assert (case.judged().kind is Kind.IDLE) == _is_proven(case)


@many
@given(cases())
def test_it_is_never_probed_while_anything_but_the_probe_protects_it(case: Case) -> None:
    verdict = case.judged()
    if verdict.probe:
        assert verdict.kind in (Kind.WAITING, Kind.UNKNOWN)
        assert _is_free(case)
        assert _is_silent(case, 1 if case.row.knocked_at else 0)


@many
@given(cases())
def test_whatever_it_is_told_it_gives_a_reason_that_can_be_written_down(case: Case) -> None:
    verdict = case.judged()
    assert verdict.reason
    assert json.dumps(dict(verdict.evidence))
    early = before_asking(case.row, case.endpoint, case.rules, case.now)
    assert early is None or (early == verdict and early.kind is not Kind.IDLE and not early.probe)


WORKS: list[tuple[str, dict[str, Any], Kind, str]] = [
    ("endpoint", {"status": "Updating"}, Kind.WAITING, "it is Updating"),
    ("endpoint", {"status": "SystemUpdating"}, Kind.WAITING, "it is SystemUpdating"),
    ("endpoint", {"config": f"{RUN}-2"}, Kind.WAITING, f"it serves {RUN}-2, and to the ledger it serves {RUN}"),
    ("endpoint", {"tags": {}}, Kind.UNKNOWN, "it has no tag ebb:stack=ebb"),
    ("endpoint", {"tags": {"ebb:stack": "other"}}, Kind.UNKNOWN, "it is somebody else's"),
    ("endpoint", {"tags": {"ebb:stack": "other", "ebb:idle-after": "1"}}, Kind.UNKNOWN, "it is somebody else's"),
    ("endpoint", {"serverless": None}, Kind.UNKNOWN, "it is not serverless"),
    ("endpoint", {"created": NOW - DAY}, Kind.ACTIVE, "created 24 hours ago, less than 24.2 hours"),
    ("endpoint", {"changed": NOW - DAY - 9 * MINUTE}, Kind.ACTIVE, "changed 24.1 hours ago, less than"),
    ("endpoint", {"created": NOW + DAY}, Kind.ACTIVE, "created at 2026-11-23T16:00:00Z, which is later than now"),
    ("row", {"state": State.BROKEN}, Kind.WAITING, "its model's endpoint is broken"),
    ("row", {"state": State.ASLEEP, "wanted": SLEEP}, Kind.WAITING, "its model's endpoint is asleep"),
    ("row", {"last_call": ago(23 * HOUR)}, Kind.ACTIVE, "called 23 hours ago, less than"),
    ("row", {"last_call": LATER}, Kind.ACTIVE, "which is later than now"),
    ("row", {"last_call": parsed("last week")}, Kind.UNKNOWN, "its last_call in the ledger is no time"),
    ("row", {"keep": True}, Kind.ACTIVE, "kept by keep in its model.toml"),
    ("row", {"idle_after": 10_080}, Kind.ACTIVE, "created 4 days ago, less than 7.01 days"),
    ("row", {"idle_after": -1}, Kind.ACTIVE, "created 4 days ago, less than 30 days"),
    (
        "row",
        {"knocked_at": ago(9 * MINUTE), "answered_at": None},
        Kind.WAITING,
        "2026-11-22T15:51:00Z had no answer yet",
    ),
    ("row", {"answered_at": ago(9 * MINUTE)}, Kind.WAITING, "may not show in CloudWatch yet"),
    ("row", {"knocked_at": LATER}, Kind.WAITING, "may not show in CloudWatch yet"),
    ("row", {"knocked_at": ago(5 * DAY)}, Kind.WAITING, "was before it changed, or too long ago, and is forgotten"),
    ("series", {"calls": None}, Kind.UNKNOWN, "CloudWatch was not asked"),
    ("series", {"errors": None}, Kind.UNKNOWN, "CloudWatch was not asked"),
    ("series", {"calls": Answer(1, complete=False)}, Kind.UNKNOWN, "CloudWatch did not answer completely"),
    ("series", {"errors": Answer(1, complete=False)}, Kind.UNKNOWN, "CloudWatch did not answer completely"),
    ("series", {"calls": Answer(3, NOW)}, Kind.ACTIVE, "2 calls beside our own in the last 24.2 hours"),
    ("series", {"errors": ONE}, Kind.ACTIVE, "1 calls beside our own in the last 24.2 hours"),
    ("series", {"ticks": None}, Kind.WAITING, "no tick before this one is known"),
    ("series", {"ticks": NONE}, Kind.UNKNOWN, "does not show that tear_down_idle itself was called"),
    ("series", {"ticks": Answer(4, complete=False)}, Kind.UNKNOWN, "does not show that tear_down_idle itself was"),
    ("series", {"since_probe": None}, Kind.UNKNOWN, "CloudWatch did not answer completely"),
    ("series", {"since_probe": Answer(1, complete=False)}, Kind.UNKNOWN, "CloudWatch did not answer completely"),
    ("series", {"since_probe": Answer(2, NOW)}, Kind.ACTIVE, "1 calls beside our own since 2026-11-22T15:45:00Z"),
]


@pytest.mark.parametrize(("part", "changes", "kind", "reason"), WORKS)
def test_each_proof_that_is_missing_protects_alone(part: str, changes: dict[str, Any], kind: Kind, reason: str) -> None:
    verdict = IDLE.but(part, **changes).judged()
    assert verdict.kind is kind
    assert reason in verdict.reason
    assert not verdict.probe


@pytest.mark.parametrize("told", [{"calls": Answer(3, NOW - HOUR)}, {"errors": Answer(3, NOW - HOUR)}])
def test_the_newest_call_that_was_found_is_told(told: dict[str, Answer]) -> None:
    assert SILENT.but("series", **told).judged().called_at == NOW - HOUR


@pytest.mark.parametrize(
    ("endpoint", "config", "setting", "kept"),
    [
        ("true", None, False, True),
        ("false", None, True, False),
        ("2026-11-23T00:00:00Z", None, False, True),
        ("2026-11-22T00:00:00Z", None, True, False),
        ("not now", None, False, True),
        (None, "true", False, True),
        (None, "false", True, False),
        ("false", "true", True, False),
        ("true", "false", False, True),
        (None, None, True, True),
    ],
)
def test_a_persons_tag_wins_over_the_settings(
    endpoint: str | None, config: str | None, *, setting: bool, kept: bool
) -> None:
    """In both directions; one on the endpoint itself over one on its config."""
    own = {"ebb:keep": endpoint} if endpoint is not None else {}
    of_config = {"ebb:keep": config} if config is not None else {}
    case = IDLE.but("row", keep=setting).but("endpoint", tags={"ebb:stack": "ebb"} | own, config_tags=of_config)
    assert case.judged().kind is (Kind.ACTIVE if kept else Kind.IDLE)


def test_what_is_kept_is_looked_at_again_when_that_ends_and_every_day() -> None:
    again = {
        until: IDLE.but("endpoint", tags={"ebb:stack": "ebb", "ebb:keep": until}).judged().again
        for until in ("true", "2026-11-22T20:00:00Z", "2027-11-22")
    }
    assert list(again.values()) == [NOW + DAY, NOW + 4 * HOUR, NOW + DAY]


@pytest.mark.parametrize("minutes", ["0", "43201", "-5", "1.5", "", "a day", "1e3", "٦٠"])
@pytest.mark.parametrize("case", [IDLE, adopted(IDLE)], ids=["ours", "adopted"])
def test_a_tag_that_is_no_number_of_minutes_protects(case: Case, minutes: str) -> None:
    verdict = case.but("endpoint", tags=dict(case.endpoint.tags) | {"ebb:idle-after": minutes}).judged()
    assert (verdict.kind, verdict.again) == (Kind.UNKNOWN, NOW + DAY)
    assert f"its tag ebb:idle-after={minutes!r} is no number of minutes from 1 to 43200" in verdict.reason


@pytest.mark.parametrize("tags", [{}, {"ebb:stack": "ebb", "ebb:idle-after": "1"}, {"ebb:keep": "false"}])
def test_adopted_is_only_what_has_the_tag_for_it_and_no_stacks(tags: dict[str, str]) -> None:
    verdict = adopted(IDLE).but("endpoint", tags=tags).judged()
    assert (verdict.kind, verdict.probe) == (Kind.UNKNOWN, False)


def test_of_an_adopted_endpoint_our_own_call_may_be_the_one_that_was_refused() -> None:
    probed = adopted(IDLE)
    assert probed.but("series", errors=ONE).judged().kind is Kind.IDLE
    assert probed.but("series", errors=Answer(2, NOW)).judged().kind is Kind.ACTIVE
