"""How a change of an endpoint ends, as the ledger's row shows it; what is to be said of it is part of the row."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from ebb.announcements import deployment_events, sleep_events
from ebb.announcements.announcement import Announcement
from ebb.announcements.deployment_events import Held
from ebb.announcements.outbox import PendingAnnouncement, StageChange
from ebb.announcements.wording import its_task
from ebb.endpoints.baseline import without_baseline
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted

_OF_ITS_IMAGE = re.compile(r"\bimage\b|\.dkr\.ecr\.", re.IGNORECASE)
_RETIRED = "the image is retired: upload again to train on the current one"


def held_back(row: EndpointRow, run: str, code: Held, reason: str, at: datetime, **figures: Any) -> EndpointRow:
    """The live endpoint is as it was."""
    live_run = row.live_run or None
    said = deployment_events.held_back(row.model, run, code, reason, live_run=live_run, **figures)
    return _tell(row.back(at), at, said, StageChange(run, "held-back", {"reason": reason, "code": code}))


def removed(row: EndpointRow, code: Held, reason: str, at: datetime, endpoint: str) -> EndpointRow:
    """A first deployment that failed: nobody was told of its endpoint yet, which is to be removed."""
    assert row.wanted
    return replace(held_back(row, row.wanted.run, code, reason, at), state=State.NONE, candidate=endpoint)


def live(row: EndpointRow, at: datetime, endpoint: str, tested: Mapping[str, Any], settings: str = "") -> EndpointRow:
    """`tested`: what the smoke test found (deployment_events.SMOKE_FACTS), cold_seconds and warm_seconds.

    Also after a wake, and with other settings of the same run, in words.
    """
    wanted, replaced = row.wanted, row.live_run
    assert wanted
    woken = wanted.reason is Reason.WAKE
    smoke = {name: tested[name] for name in deployment_events.SMOKE_FACTS}
    times = {name: float(tested[name]) for name in ("cold_seconds", "warm_seconds")}
    said = deployment_events.live(
        row.model,
        wanted.run,
        endpoint,
        wanted.config,
        replaced=replaced if replaced != wanted.run else None,
        direct=wanted.reason is Reason.DIRECT,
        woken=woken,
        settings=settings,
        smoke=smoke,
        predicts=row.predicts,
        guess=tested.get("guess", ""),
        **times,
    )
    # A run that was only asleep has been live all the time.
    changes = [] if woken else [StageChange(wanted.run, "live", {"smoke": json.dumps(smoke | times)})]
    if replaced and replaced != wanted.run:
        changes.append(StageChange(replaced, "superseded", {"reason": f"{wanted.run} is newer"}))
    return _tell(_serving(row, wanted, at), at, said, *changes, stage="live")


def returned(row: EndpointRow, at: datetime, endpoint: str) -> EndpointRow:
    """A person asked for the run before, and it answers again; the run that was live takes its place."""
    assert row.wanted
    left, run = row.live_run, row.wanted.run
    said = deployment_events.returned(row.model, left, endpoint, live_run=run)
    changes = [StageChange(left, "rolled-back", {"reason": f"a person went back to {run}"}), StageChange(run, "live")]
    return _tell(_serving(row, row.wanted, at), at, _with_task(said, row), *changes)


def downgraded(
    row: EndpointRow, at: datetime, endpoint: str, *, provisioned_concurrency: int, memory_mb: int
) -> EndpointRow:
    """The live run goes on without this provisioned concurrency."""
    assert row.wanted
    said = sleep_events.downgraded(
        sleep_events.Subject(row.model, row.wanted.run, endpoint, row.wanted.config, predicts=row.predicts),
        instead_of=row.live_config,
        provisioned_concurrency=provisioned_concurrency,
        memory_mb=memory_mb,
        why=row.wanted.why,
    )
    return _tell(_serving(row, row.wanted, at), at, said, stage="live")


def _serving(row: EndpointRow, wanted: Wanted, at: datetime) -> EndpointRow:
    """What was known of the idleness of the config before does not hold for this one."""
    changes: dict[str, Any] = {"live_run": wanted.run, "live_config": wanted.config, "needs_cleanup": True}
    if row.live_run and row.live_run != wanted.run:
        changes |= {"previous_run": row.live_run, "superseded_at": at, "previous_purged": False}
    changes["no_downgrade"] = row.no_downgrade and row.live_config == wanted.config
    return without_baseline(row.settled(State.LIVE, at, blocked_by="", purged=False, **changes))


def roll_back(row: EndpointRow, why: str, at: datetime, modified: datetime) -> EndpointRow:
    """To the last live config, once."""
    assert row.wanted
    wanted = Wanted(
        row.live_config, Reason.ROLLBACK, at, State.LIVE, seen_modified=modified, instead_of=row.wanted.run, why=why
    )
    refused = row.no_downgrade or row.wanted.reason is Reason.DOWNGRADE
    return replace(row.wants(wanted), no_downgrade=refused)


def rolled_back(
    row: EndpointRow, at: datetime, endpoint: str, why: str, by: Literal["sagemaker", "ebb"]
) -> EndpointRow:
    """The endpoint serves the last live config again."""
    assert row.wanted
    if row.wanted.reason is Reason.DOWNGRADE:  # nobody but us has asked for it, and it is put to sleep instead
        return row.settled(State.LIVE, at, no_downgrade=True)
    run, reason = row.wanted.run, row.wanted.why or why
    said = deployment_events.rolled_back(row.model, run, endpoint, live_run=row.live_run, reason=reason, by=by)
    changes = _taken_back(row, run, reason)
    return _tell(row.settled(State.LIVE, at), at, _with_task(said, row), *changes, stage="live")


def asleep_again(row: EndpointRow, at: datetime, endpoint: str, why: str) -> EndpointRow:
    """It slept before the change, and does so again: what is left of its creation is to be removed."""
    return replace(rolled_back(row, at, endpoint, why, "ebb"), state=State.ASLEEP)


def not_woken(row: EndpointRow, at: datetime, endpoint: str, reason: str, state: State = State.BROKEN) -> EndpointRow:
    """The wake stays wanted, so that it can be tried again; or it sleeps on, where nothing of it is broken."""
    assert row.wanted
    if _OF_ITS_IMAGE.search(reason):
        reason = f"{_RETIRED} ({reason.rstrip('. ')})"
    said = deployment_events.not_woken(row.model, row.live_run, endpoint, reason)
    ended = row.settled(state, at, blocked_by="", wanted=row.wanted if state is State.BROKEN else None)
    return _tell(ended, at, _with_task(said, row), stage=state)


def _taken_back(row: EndpointRow, run: str, reason: str) -> list[StageChange]:
    """Where only other settings of the live run are taken back, the run stays what it is."""
    return [StageChange(run, "rolled-back", {"reason": reason})] if run != row.live_run else []


def broken(row: EndpointRow, at: datetime, endpoint: str, reason: str) -> EndpointRow:
    """Left for a person: what is wanted stays in the row, so that it can be tried again."""
    assert row.wanted
    run = row.wanted.run
    reason = f"{row.wanted.why}; and then {reason}" if row.wanted.why else reason
    said = deployment_events.broken(row.model, run, endpoint, reason)
    changes = _taken_back(row, run, reason) if row.live_run else [StageChange(run, "held-back", {"reason": reason})]
    return _tell(replace(row, state=State.BROKEN, since=at), at, said, *changes, stage="broken")


def _with_task(said: Announcement, row: EndpointRow) -> Announcement:
    """Of the run that is live."""
    return replace(said, sentence=f"{said.sentence}{its_task(row.predicts)}")


def _tell(row: EndpointRow, at: datetime, said: Announcement, *changes: StageChange, stage: str = "") -> EndpointRow:
    """`stage`: what latest.json shows where no run has reached another one."""
    shown = "" if changes else stage
    return replace(row, pending=PendingAnnouncement(said, changes, at, shown).as_json())
