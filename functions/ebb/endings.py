"""How a change of an endpoint ends, as the ledger's row shows it; what is to be said of it is part of the row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from ebb import news
from ebb.announcements import Announcement
from ebb.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.news import Held
from ebb.sayings import Note, Saying


def held_back(row: EndpointRow, run: str, code: Held, reason: str, at: str, **figures: Any) -> EndpointRow:
    """The live endpoint is as it was."""
    live_run = row.live_run or None
    said = news.held_back(row.model, run, code, reason, live_run=live_run, **figures)
    return _say(row.back(at), at, said, Note(run, "held-back", {"reason": reason, "code": code}))


def removed(row: EndpointRow, code: Held, reason: str, at: str, endpoint: str) -> EndpointRow:
    """A first deployment that failed: nobody was told of its endpoint yet, which is to be removed."""
    assert row.wanted
    return replace(held_back(row, row.wanted.run, code, reason, at), state=State.NONE, candidate=endpoint)


def live(row: EndpointRow, at: str, endpoint: str, tested: Mapping[str, Any]) -> EndpointRow:
    """`tested`: what the smoke test found (news.SMOKE_FACTS), cold_seconds and warm_seconds."""
    wanted, replaced = row.wanted, row.live_run
    assert wanted
    smoke = {name: tested[name] for name in news.SMOKE_FACTS}
    times = {name: float(tested[name]) for name in ("cold_seconds", "warm_seconds")}
    said = news.live(
        row.model,
        wanted.run,
        endpoint,
        wanted.config,
        replaced=replaced if replaced != wanted.run else None,
        direct=wanted.reason is Reason.DIRECT,
        smoke=smoke,
        **times,
    )
    notes = [Note(wanted.run, "live", {"smoke": json.dumps(smoke | times)})]
    changes: dict[str, Any] = {"live_run": wanted.run, "live_config": wanted.config, "untidy": True}
    if replaced and replaced != wanted.run:
        notes.append(Note(replaced, "superseded", {"reason": f"{wanted.run} is newer"}))
        changes["previous_run"] = replaced
    return _say(row.settled(State.LIVE, at, **changes), at, said, *notes)


def roll_back(row: EndpointRow, why: str, at: str, seen: str) -> EndpointRow:
    """To the last live config, once."""
    assert row.wanted
    wanted = Wanted(row.live_config, Reason.ROLLBACK, at, State.LIVE, seen=seen, instead_of=row.wanted.run, why=why)
    return row.wants(wanted)


def rolled_back(row: EndpointRow, at: str, endpoint: str, why: str, by: Literal["sagemaker", "ebb"]) -> EndpointRow:
    """The endpoint serves the last live config again."""
    assert row.wanted
    run, reason = row.wanted.run, row.wanted.why or why
    said = news.rolled_back(row.model, run, endpoint, live_run=row.live_run, reason=reason, by=by)
    return _say(row.settled(State.LIVE, at), at, said, Note(run, "rolled-back", {"reason": reason}))


def asleep_again(row: EndpointRow, at: str, endpoint: str, why: str) -> EndpointRow:
    """It slept before the change, and does so again: what is left of its creation is to be removed."""
    return replace(rolled_back(row, at, endpoint, why, "ebb"), state=State.ASLEEP)


def broken(row: EndpointRow, at: str, endpoint: str, reason: str) -> EndpointRow:
    """Left for a person: what is wanted stays in the row, so that it can be tried again."""
    assert row.wanted
    run = row.wanted.run
    reason = f"{row.wanted.why}; and then {reason}" if row.wanted.why else reason
    said = news.broken(row.model, run, endpoint, reason)
    stage = "rolled-back" if row.live_run else "held-back"
    return _say(replace(row, state=State.BROKEN, since=at), at, said, Note(run, stage, {"reason": reason}))


def _say(row: EndpointRow, at: str, said: Announcement, *notes: Note) -> EndpointRow:
    return replace(row, unsaid=Saying(said, notes, at).as_json())
