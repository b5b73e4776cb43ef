"""Is an endpoint idle? A pure function of what the ledger, SageMaker and CloudWatch say; nothing else deletes.

No traffic gives no datapoints, not zeros, so "idle" and "asked wrongly" look the same. So two things must show in the
series: calls of ours at their known time, and a knock: one call made for this, which must be the only one since.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from ebb.aws.endpoints import EndpointFacts
from ebb.ledger.endpoint_row import EndpointRow
from ebb.tear_down_idle.verdict.idle_rules import IdleRules
from ebb.tear_down_idle.verdict.protection import LOOK_AGAIN, before_asking
from ebb.tear_down_idle.verdict.verdict import Answer, Kind, Series, Verdict
from ebb.times import moment, spelled

REMEMBERED = dt.timedelta(days=454)  # AWS documents: CloudWatch forgets after 455
# AWS documents: its minutes are forgotten after 15 days, so what was called since an older knock cannot be told.
KNOCK_COUNTS = dt.timedelta(days=14)
KNOCK_AGAIN = dt.timedelta(hours=24)
# What asks and what answers is done by then, or died on the way.
KNOCK_TAKES = dt.timedelta(minutes=10)
_SHOWN_WITHIN = dt.timedelta(minutes=2)  # the end of the minute in which it was counted
_ASKED_AGAIN = dt.timedelta(hours=1)


def judge(row: EndpointRow, facts: EndpointFacts, series: Series, rules: IdleRules, now: dt.datetime) -> Verdict:
    """Idle only if all of it is proven; whatever is missing, unreadable or unexpected protects."""
    early = before_asking(row, facts, rules, now)
    if early:
        return early
    window = rules.window(row, facts.tags)
    evidence = _evidence(row, facts, series, window)
    found = _called(row, series, window) or _unproven(row, series, now) or _knocked(row, facts, series, rules, now)
    return replace(found, since=_since(row, facts), evidence=evidence)


def _called(row: EndpointRow, series: Series, window: dt.timedelta) -> Verdict | None:
    if series.calls is None or series.refusals is None:
        return Verdict(Kind.UNKNOWN, "CloudWatch was not asked about its calls")
    if not (series.calls.complete and series.refusals.complete):
        return Verdict(Kind.UNKNOWN, "CloudWatch did not answer completely")
    ours = 1 if row.knocked_at else 0
    count = max(series.calls.count, series.refusals.count)
    if count > ours:
        beside = " beside our own" if ours else ""
        told = f"{count - ours:.0f} calls{beside} in the last {spelled(window)}"
        return Verdict(Kind.ACTIVE, told, called_at=newest_of(series.calls, series.refusals))
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
    if now - moment(row.since) < LOOK_AGAIN:  # a call from before it was adopted may show late
        return Verdict(Kind.WAITING, told)
    return Verdict(Kind.UNKNOWN, told, again=now + LOOK_AGAIN)


def _unproven(row: EndpointRow, series: Series, now: dt.datetime) -> Verdict | None:
    """That CloudWatch knows this series, and that it is not behind."""
    if blind := _behind(series.ticks):
        return blind
    if row.knocked_at:  # it was proven before the knock, which now stands for it
        return None
    ours = control_of(row, now)
    if ours is None:
        return _without_control(row, now)
    if series.control is None or not series.control.complete or series.control.count < ours.calls:
        told = f"CloudWatch does not show {ours.calls} calls from {ours.since} to {ours.until}"
        return Verdict(Kind.UNKNOWN, f"{told}, so idle cannot be told from blind", again=now + _ASKED_AGAIN)
    return None


def newest_of(*answers: Answer) -> dt.datetime | None:
    """When the newest period with a call ends."""
    return max((answer.newest for answer in answers if answer.newest), default=None)


@dataclass(frozen=True)
class KnownCalls:
    since: dt.datetime
    until: dt.datetime
    calls: int


def control_of(row: EndpointRow, now: dt.datetime) -> KnownCalls | None:
    """Those of confirm_endpoint; of an adopted endpoint, or where CloudWatch has forgotten those, its own last one."""
    if row.control and row.control.calls > 0:
        since, until = moment(row.control.since), moment(row.control.until)
        if now - since < REMEMBERED and since <= until:
            return KnownCalls(since, until, row.control.calls)
    seen = moment(row.last_call)
    return KnownCalls(seen - dt.timedelta(hours=1), seen, 1) if now - seen < REMEMBERED else None


def _knocked(row: EndpointRow, facts: EndpointFacts, series: Series, rules: IdleRules, now: dt.datetime) -> Verdict:
    knocked = moment(row.knocked_at)
    if not row.knocked_at:
        return Verdict(Kind.WAITING, "nobody has called it; a call of ours is to show in CloudWatch first", knock=True)
    if knocked < max(facts.created, facts.changed) or now - knocked >= KNOCK_COUNTS:
        told = f"our call of {row.knocked_at} was before it changed, or too long ago, and is forgotten"
        return Verdict(Kind.WAITING, told, again=now)
    if not row.answered_at:
        is_dead = now - knocked >= KNOCK_TAKES
        return Verdict(Kind.WAITING, f"our call of {row.knocked_at} had no answer yet", knock=is_dead)
    if now - max(knocked, moment(row.answered_at)) < rules.margin:
        return Verdict(Kind.WAITING, f"our call of {row.knocked_at} may not show in CloudWatch yet")
    return _heard(row, series.since_knock, now)


def _heard(row: EndpointRow, seen: Answer | None, now: dt.datetime) -> Verdict:
    if seen is None or not seen.complete:
        return Verdict(Kind.UNKNOWN, "CloudWatch did not answer completely")
    if seen.count > 1:
        told = f"{seen.count - 1:.0f} calls beside our own since {row.knocked_at}"
        return Verdict(Kind.ACTIVE, told, called_at=newest_of(seen))
    if seen.count < 1:
        told = f"our call of {row.knocked_at} does not show in CloudWatch"
        is_lost = now - moment(row.knocked_at) >= KNOCK_AGAIN
        return Verdict(Kind.UNKNOWN, told, knock=is_lost, blind=True, again=now + _ASKED_AGAIN)
    if seen.newest and seen.newest - max(moment(row.knocked_at), moment(row.answered_at)) > _SHOWN_WITHIN:
        told = f"a call later than our own of {row.knocked_at}, which itself does not show"
        return Verdict(Kind.ACTIVE, told, called_at=seen.newest)
    return Verdict(Kind.IDLE, f"no call but our own of {row.knocked_at}, which CloudWatch shows")


def _since(row: EndpointRow, facts: EndpointFacts) -> dt.datetime:
    return max(facts.created, facts.changed, moment(row.last_call))


def _evidence(row: EndpointRow, facts: EndpointFacts, series: Series, window: dt.timedelta) -> dict[str, Any]:
    """What a person needs to check the verdict; JSON."""
    counts = {name: getattr(series, name) for name in ("calls", "refusals", "control", "since_knock", "ticks")}
    return {
        "window_minutes": int(window.total_seconds() // 60),
        "config": facts.config,
        "created": facts.created.isoformat(timespec="seconds"),
        "changed": facts.changed.isoformat(timespec="seconds"),
        "last_call": row.last_call or None,
        "knocked_at": row.knocked_at or None,
        **{name: answer and answer.count for name, answer in counts.items()},
    }
