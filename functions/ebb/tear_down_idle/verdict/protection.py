"""What protects an endpoint, whatever CloudWatch says: it is not ours, changing, not understood, kept or too young."""

from __future__ import annotations

import datetime as dt

from ebb.aws.endpoints import DescribedEndpoint
from ebb.aws.tags import IDLE_AFTER_TAG, KEEP_TAG, STACK_TAG
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.verdict.idle_rules import IdleRules, kept_until, minutes_of
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import LONG_AGO, UNREADABLE, iso, later, spelled

LOOK_AGAIN = dt.timedelta(hours=24)


def before_asking(row: EndpointRow, endpoint: DescribedEndpoint, rules: IdleRules, now: dt.datetime) -> Verdict | None:
    """The verdict that needs no metrics; None when CloudWatch has to be asked."""
    return (
        _not_ours(row, endpoint, rules)
        or _changing(row, endpoint)
        or _unreadable(row, endpoint, now)
        or _kept(row, endpoint, now)
        or _young(row, endpoint, rules, now)
    )


def _not_ours(row: EndpointRow, endpoint: DescribedEndpoint, rules: IdleRules) -> Verdict | None:
    owner = endpoint.tags.get(STACK_TAG)
    if row.is_adopted and (owner is not None or IDLE_AFTER_TAG not in endpoint.tags):
        return Verdict(Kind.UNKNOWN, "it is not adopted any more: it has another owner, or no tag ebb:idle-after")
    if not row.is_adopted and owner != rules.stack:
        return Verdict(Kind.UNKNOWN, f"it is somebody else's: it has no tag ebb:stack={rules.stack}")
    return None


def _changing(row: EndpointRow, endpoint: DescribedEndpoint) -> Verdict | None:
    if endpoint.status != "InService":
        return Verdict(Kind.WAITING, f"it is {endpoint.status}")
    if row.state is not State.LIVE:
        return Verdict(Kind.WAITING, f"its model's endpoint is {row.state}")
    if endpoint.config != row.live_config:
        return Verdict(Kind.WAITING, f"it serves {endpoint.config}, and to the ledger it serves {row.live_config}")
    return None


def _unreadable(row: EndpointRow, endpoint: DescribedEndpoint, now: dt.datetime) -> Verdict | None:
    again = now + LOOK_AGAIN
    if endpoint.serverless is None:
        return Verdict(Kind.UNKNOWN, "it is not serverless, so it is not for Ebb", again=again)
    idle_after = endpoint.tags.get(IDLE_AFTER_TAG)
    if idle_after is not None and minutes_of(idle_after) is None:
        told = f"its tag ebb:idle-after={idle_after[:40]!r} is no number of minutes from 1 to 43200"
        return Verdict(Kind.UNKNOWN, told, again=again)
    for name in ("last_call", "knocked_at", "answered_at"):
        if getattr(row, name) == UNREADABLE:
            return Verdict(Kind.UNKNOWN, f"its {name} in the ledger is no time", again=again)
    return None


def _kept(row: EndpointRow, endpoint: DescribedEndpoint, now: dt.datetime) -> Verdict | None:
    """A person's tag goes before the settings, in both directions."""
    until = kept_until("true" if endpoint.keep is None and row.keep else endpoint.keep, now)
    if until is None:
        return None
    where = "its tag" if KEEP_TAG in endpoint.tags else "its config's tag"
    by = "keep in its model.toml" if endpoint.keep is None else f"{where} ebb:keep={endpoint.keep!r}"
    return Verdict(Kind.ACTIVE, f"kept by {by}", again=min(until, now + LOOK_AGAIN))


def _young(row: EndpointRow, endpoint: DescribedEndpoint, rules: IdleRules, now: dt.datetime) -> Verdict | None:
    window, called = rules.window(row, endpoint.tags), row.last_call or LONG_AGO
    for what, when in (("created", endpoint.created), ("changed", endpoint.changed), ("called", called)):
        if when > now:
            return Verdict(Kind.ACTIVE, f"{what} at {iso(when)}, which is later than now", again=later(when, window))
        if now - when < window:
            told = f"{what} {spelled(now - when)} ago, less than {spelled(window)}"
            return Verdict(Kind.ACTIVE, told, again=when + window)
    return None
