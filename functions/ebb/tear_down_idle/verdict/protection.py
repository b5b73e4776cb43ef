"""What protects an endpoint, whatever CloudWatch says: it is not ours, changing, not understood, kept or too young."""

from __future__ import annotations

import datetime as dt

from ebb.aws.endpoints import EndpointFacts
from ebb.aws.tags import IDLE_AFTER_TAG, KEEP_TAG, STACK_TAG
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.tear_down_idle.verdict.idle_rules import IdleRules, kept_until, minutes_of
from ebb.tear_down_idle.verdict.verdict import Kind, Verdict
from ebb.times import LONG_AGO, later, moment, spelled

LOOK_AGAIN = dt.timedelta(hours=24)


def before_asking(row: EndpointRow, facts: EndpointFacts, rules: IdleRules, now: dt.datetime) -> Verdict | None:
    """The verdict that needs no metrics; None when CloudWatch has to be asked."""
    return (
        _not_ours(row, facts, rules)
        or _changing(row, facts)
        or _unreadable(row, facts, now)
        or _kept(row, facts, now)
        or _young(row, facts, rules, now)
    )


def _not_ours(row: EndpointRow, facts: EndpointFacts, rules: IdleRules) -> Verdict | None:
    owner = facts.tags.get(STACK_TAG)
    if row.is_adopted and (owner is not None or IDLE_AFTER_TAG not in facts.tags):
        return Verdict(Kind.UNKNOWN, "it is not adopted any more: it has another owner, or no tag ebb:idle-after")
    if not row.is_adopted and owner != rules.stack:
        return Verdict(Kind.UNKNOWN, f"it is somebody else's: it has no tag ebb:stack={rules.stack}")
    return None


def _changing(row: EndpointRow, facts: EndpointFacts) -> Verdict | None:
    if facts.status != "InService":
        return Verdict(Kind.WAITING, f"it is {facts.status}")
    if row.state is not State.LIVE or row.busy:
        return Verdict(Kind.WAITING, f"its model's endpoint is {row.state}")
    if facts.config != row.live_config:
        return Verdict(Kind.WAITING, f"it serves {facts.config}, and to the ledger it serves {row.live_config}")
    return None


def _unreadable(row: EndpointRow, facts: EndpointFacts, now: dt.datetime) -> Verdict | None:
    again = now + LOOK_AGAIN
    if facts.serverless is None:
        return Verdict(Kind.UNKNOWN, "it is not serverless, so it is not for Ebb", again=again)
    idle_after = facts.tags.get(IDLE_AFTER_TAG)
    if idle_after is not None and minutes_of(idle_after) is None:
        told = f"its tag ebb:idle-after={idle_after[:40]!r} is no number of minutes from 1 to 43200"
        return Verdict(Kind.UNKNOWN, told, again=again)
    for name, text in (("last_call", row.last_call), ("knocked_at", row.knocked_at), ("answered_at", row.answered_at)):
        if text and moment(text) == LONG_AGO:
            return Verdict(Kind.UNKNOWN, f"its {name} in the ledger, {text[:40]!r}, is no time", again=again)
    return None


def _kept(row: EndpointRow, facts: EndpointFacts, now: dt.datetime) -> Verdict | None:
    """A person's tag goes before the settings, in both directions."""
    until = kept_until("true" if facts.keep is None and row.keep else facts.keep, now)
    if until is None:
        return None
    where = "its tag" if KEEP_TAG in facts.tags else "its config's tag"
    by = "keep in its model.toml" if facts.keep is None else f"{where} ebb:keep={facts.keep!r}"
    return Verdict(Kind.ACTIVE, f"kept by {by}", again=min(until, now + LOOK_AGAIN))


def _young(row: EndpointRow, facts: EndpointFacts, rules: IdleRules, now: dt.datetime) -> Verdict | None:
    window = rules.window(row, facts.tags)
    for what, when in (("created", facts.created), ("changed", facts.changed), ("called", moment(row.last_call))):
        if when > now:
            return Verdict(Kind.ACTIVE, f"{what} at {when}, which is later than now", again=later(when, window))
        if now - when < window:
            told = f"{what} {spelled(now - when)} ago, less than {spelled(window)}"
            return Verdict(Kind.ACTIVE, told, again=when + window)
    return None
