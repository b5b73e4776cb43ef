"""Is an endpoint idle? A pure function of what SageMaker and CloudWatch say.

No traffic gives no datapoints, not zeros, so "idle" and "asked wrongly" look the same: only a complete answer to a
query with both dimensions counts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ACTIVE = "active"
    IDLE = "idle"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    kind: Kind
    reason: str


@dataclass(frozen=True)
class Calls:
    """What CloudWatch answered for the window. `complete`: every page had the status Complete."""

    count: float
    complete: bool


@dataclass(frozen=True)
class EndpointFacts:
    """`kept`: the value of the tag `ebb:keep`, None without one."""

    name: str
    model: str
    status: str
    config: str
    created: dt.datetime
    changed: dt.datetime
    kept: str | None = None


def is_kept(tag: str | None, now: dt.datetime) -> bool:
    """`false` is not kept, an ISO time is kept until then; anything else, unreadable included, is kept."""
    if tag is None or tag.strip().lower() == "false":
        return False
    try:
        until = dt.datetime.fromisoformat(tag.strip())
    except ValueError:
        return True
    return now < (until if until.tzinfo else until.replace(tzinfo=dt.UTC))


def before_asking(facts: EndpointFacts, window: dt.timedelta, now: dt.datetime) -> Verdict | None:
    """The verdict that needs no metrics; None when CloudWatch has to be asked."""
    if facts.status != "InService":
        return Verdict(Kind.WAITING, f"it is {facts.status}")
    if is_kept(facts.kept, now):
        return Verdict(Kind.ACTIVE, f"kept by its tag ebb:keep={facts.kept}")
    age = now - max(facts.created, facts.changed)
    if age < window:
        return Verdict(Kind.ACTIVE, f"created or changed {_minutes(age)} ago, less than {_minutes(window)}")
    return None


def judge(facts: EndpointFacts, calls: Calls, window: dt.timedelta, now: dt.datetime) -> Verdict:
    early = before_asking(facts, window, now)
    if early:
        return early
    if not calls.complete:
        return Verdict(Kind.UNKNOWN, "CloudWatch did not answer completely")
    if calls.count:
        return Verdict(Kind.ACTIVE, f"{calls.count:.0f} calls in the last {_minutes(window)}")
    return Verdict(Kind.IDLE, f"no call in the last {_minutes(window)}")


def _minutes(span: dt.timedelta) -> str:
    """`45 minutes`, `24 hours`, `7 days`, whichever is exact enough to read."""
    minutes = int(span.total_seconds() // 60)
    for size, noun in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes / size:.3g} {noun}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
