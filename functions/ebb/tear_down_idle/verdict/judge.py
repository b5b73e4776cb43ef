"""Is an endpoint idle? A pure function of what the ledger, SageMaker and CloudWatch say; no tick deletes without it.

No traffic gives no datapoints, not zeros, so "idle" and "asked wrongly" look the same. So two things must show in the
series: calls of ours at their known time, and a probe: one call made for this, which must be the only one since.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from ebb.aws.endpoints import DescribedEndpoint
from ebb.ledger.endpoint_row import Control, EndpointRow
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.protection import LOOK_AGAIN, before_asking
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Series, Verdict
from ebb.times import LONG_AGO, iso, spelled

REMEMBERED = dt.timedelta(days=454)  # AWS documents: CloudWatch forgets after 455
# AWS documents: its minutes are forgotten after 15 days, so what was called since an older probe cannot be told.
PROBE_COUNTS = dt.timedelta(days=14)
PROBE_AGAIN = dt.timedelta(hours=24)
# What asks and what answers is done by then, or died on the way.
PROBE_TAKES = dt.timedelta(minutes=10)
_SHOWN_WITHIN = dt.timedelta(minutes=2)  # the end of the minute in which it was counted
_ASKED_AGAIN = dt.timedelta(hours=1)


def judge(row: EndpointRow, endpoint: DescribedEndpoint, series: Series, rules: IdleRules, now: dt.datetime) -> Verdict:
    """Idle only if all of it is proven; whatever is missing, unreadable or unexpected protects."""
    early = before_asking(row, endpoint, rules, now)
    if early:
        return early
    window = rules.window(row, endpoint.tags)
    found = _called(row, series, window) or _unproven(row, series, now) or _probed(row, endpoint, series, rules, now)
    return replace(found, since=_since(row, endpoint), evidence=_evidence(row, endpoint, series, window))


def _called(row: EndpointRow, series: Series, window: dt.timedelta) -> Verdict | None:
    if series.calls is None or series.errors is None:
        return Verdict(Kind.UNKNOWN, "CloudWatch was not asked about its calls")
    if not (series.calls.complete and series.errors.complete):
        return Verdict(Kind.UNKNOWN, "CloudWatch did not answer completely")
    ours = 1 if row.knocked_at else 0
    refused = ours if row.is_adopted else 0  # nobody knows what an adopted one takes; our own answer their probe
    count = max(series.calls.count - ours, series.errors.count - refused)
    if count > 0:
        beside = " beside our own" if ours else ""
        told = f"{count:.0f} calls{beside} in the last {spelled(window)}"
        return Verdict(Kind.ACTIVE, told, called_at=newest_of(series.calls, series.errors))
    return None


def _unproven(row: EndpointRow, series: Series, now: dt.datetime) -> Verdict | None:
    """That CloudWatch knows this series, and that it is not behind."""
    if blind := _behind(series.ticks):
        return blind
    if row.knocked_at:  # it was proven before the probe, which now stands for it
        return None
    ours = control_of(row, now)
    if ours is None:
        return _without_control(row, now)
    if series.control is None or not series.control.complete or series.control.count < ours.calls:
        told = f"CloudWatch does not show {ours.calls} calls from {iso(ours.since)} to {iso(ours.until)}"
        return Verdict(Kind.UNKNOWN, f"{told}, so idle cannot be told from blind", again=now + _ASKED_AGAIN)
    return None


def _behind(ticks: Answer | None) -> Verdict | None:
    if ticks is None:
        return Verdict(Kind.WAITING, "no tick before this one is known, so whether CloudWatch is behind is not, either")
    if not ticks.complete or not ticks.count:
        return Verdict(Kind.UNKNOWN, "CloudWatch does not show that tear_down_idle itself was called lately")
    return None


def _without_control(row: EndpointRow, now: dt.datetime) -> Verdict:
    if row.control is None and not row.is_adopted:
        return Verdict(Kind.WAITING, "our own calls on it are not known yet, so idle cannot be told from blind")
    told = "no call on it is known that CloudWatch would remember, so idle cannot be told from blind"
    if now - (row.since or LONG_AGO) < LOOK_AGAIN:  # a call from before it was adopted may show late
        return Verdict(Kind.WAITING, told)
    return Verdict(Kind.UNKNOWN, told, again=now + LOOK_AGAIN)


def control_of(row: EndpointRow, now: dt.datetime) -> Control | None:
    """Calls of confirm_endpoint; of an adopted endpoint, or where CloudWatch has forgotten those, its own last one."""
    known = row.control
    if known and known.calls > 0 and now - known.since < REMEMBERED and known.since <= known.until:
        return known
    seen = row.last_call
    return Control(seen - dt.timedelta(hours=1), seen, 1) if seen and now - seen < REMEMBERED else None


def newest_of(*answers: Answer) -> dt.datetime | None:
    """When the newest period with a call ends."""
    return max((answer.newest for answer in answers if answer.newest), default=None)


def _probed(
    row: EndpointRow, endpoint: DescribedEndpoint, series: Series, rules: IdleRules, now: dt.datetime
) -> Verdict:
    probed, answered = row.knocked_at, row.answered_at
    if probed is None:
        return Verdict(Kind.WAITING, "nobody has called it; a call of ours is to show in CloudWatch first", probe=True)
    if probed < max(endpoint.created, endpoint.changed) or now - probed >= PROBE_COUNTS:
        told = f"our call of {iso(probed)} was before it changed, or too long ago, and is forgotten"
        return Verdict(Kind.WAITING, told, again=now)
    if answered is None:
        is_dead = now - probed >= PROBE_TAKES
        return Verdict(Kind.WAITING, f"our call of {iso(probed)} had no answer yet", probe=is_dead)
    if now - max(probed, answered) < rules.margin:
        return Verdict(Kind.WAITING, f"our call of {iso(probed)} may not show in CloudWatch yet")
    return _shown(probed, answered, series.since_probe, now)


def _shown(probed: dt.datetime, answered: dt.datetime, seen: Answer | None, now: dt.datetime) -> Verdict:
    if seen is None or not seen.complete:
        return Verdict(Kind.UNKNOWN, "CloudWatch did not answer completely")
    if seen.count > 1:
        told = f"{seen.count - 1:.0f} calls beside our own since {iso(probed)}"
        return Verdict(Kind.ACTIVE, told, called_at=newest_of(seen))
    if seen.count < 1:
        told, is_lost = f"our call of {iso(probed)} does not show in CloudWatch", now - probed >= PROBE_AGAIN
        return Verdict(Kind.UNKNOWN, told, probe=is_lost, blind=True, again=now + _ASKED_AGAIN)
    if seen.newest and seen.newest - max(probed, answered) > _SHOWN_WITHIN:
        told = f"a call later than our own of {iso(probed)}, which itself does not show"
        return Verdict(Kind.ACTIVE, told, called_at=seen.newest)
    return Verdict(Kind.IDLE, f"no call but our own of {iso(probed)}, which CloudWatch shows")


def _since(row: EndpointRow, endpoint: DescribedEndpoint) -> dt.datetime:
    return max(endpoint.created, endpoint.changed, row.last_call or LONG_AGO)


def _evidence(row: EndpointRow, endpoint: DescribedEndpoint, series: Series, window: dt.timedelta) -> dict[str, Any]:
    """What a person needs to check the verdict; JSON."""
    counts = {name: getattr(series, name) for name in ("calls", "errors", "control", "since_probe", "ticks")}
    return {
        "window_minutes": int(window.total_seconds() // 60),
        "config": endpoint.config,
        "created": iso(endpoint.created),
        "changed": iso(endpoint.changed),
        "last_call": iso(row.last_call) if row.last_call else None,
        "knocked_at": iso(row.knocked_at) if row.knocked_at else None,
        **{name: answer and answer.count for name, answer in counts.items()},
    }
