"""The ledger's row of a model's endpoint: what is live, what is wanted instead, and what is still to be said.

At most one change is under way for a model. It is written here before anything is done about it, so whoever comes
next, after a crash or beside it, finds what is wanted and makes it so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from ebb.names import ADOPTED, RunOrder, run_of_config, run_order


class State(StrEnum):
    NONE = "none"
    DEPLOYING = "deploying"
    LIVE = "live"
    ASLEEP = "asleep"
    WAKING = "waking"
    BROKEN = "broken"


class Reason(StrEnum):
    """Why a config is wanted."""

    FIRST = "first deployment"
    CANDIDATE = "candidate"  # behind an endpoint of its own, named like the run
    PROMOTION = "promotion"
    DIRECT = "direct update"  # without a candidate: no endpoint slot was free
    ROLLBACK = "roll-back"
    RETURN = "return"  # a person goes back to the run before
    APPLY = "settings"  # the live run with other settings of its endpoint
    DOWNGRADE = "downgrade"  # the live run without provisioned concurrency
    WAKE = "wake"
    SLEEP = "sleep"  # the endpoint is to be deleted; its config is kept


@dataclass(frozen=True)
class Wanted:
    """`before`: the state to go back to. `instead_of`, `why`: the run that a roll-back takes back, and why.

    `seen_modified`: LastModifiedTime of the endpoint before it is changed; None while that is not known.
    `compare`: the candidate is compared with the live run, whose endpoint must be awake for it.
    """

    config: str
    reason: Reason
    at: dt.datetime
    before: State = State.NONE
    attempt: int = 1
    seen_modified: dt.datetime | None = None
    compare: bool = False
    instead_of: str = ""
    why: str = ""

    @property
    def is_new(self) -> bool:
        """The run's model and config may still have to be created."""
        return self.reason in (Reason.FIRST, Reason.CANDIDATE, Reason.DIRECT)

    @property
    def run(self) -> str:
        """The new run that this is about."""
        return self.instead_of or run_of_config(self.config)


@dataclass(frozen=True)
class Control:
    """Calls of ours on the live endpoint: CloudWatch must show them, or it was asked wrongly. Times to the second."""

    since: dt.datetime
    until: dt.datetime
    calls: int


@dataclass(frozen=True)
class EndpointRow:
    """`version`: 0 as long as there is no row. `candidate`: an endpoint that is to be removed in the end.

    `pending`: what has been decided, but perhaps neither announced nor noted at its run yet (ebb.announcements.outbox).
    `needs_cleanup`: configs and models of earlier runs are still to be removed.
    `blocked_by`: what a wake waits for.

    All times are UTC; UNREADABLE (ebb.times) stands for one that is written in the ledger and is none.

    What the tear-down goes by:
    `due`: when to look at it next; without it nobody has to. `not_before`: not to be judged before.
    `predicts`: what the live run does, in words.
    `variant` and `control`: of the live config. `idle_after` (minutes; 0: the stack's) and `keep`: of its [idle].
    `last_call`: the newest that CloudWatch has shown. `knocked_at`, `answered_at`: the probe that is to appear there;
    without an answer it may never have been made. `announced`: what has been said of it once, and is not said again.
    `no_downgrade`: SageMaker refused to take the provisioned concurrency away.
    `purged`: config and model of the live run are gone, its run folder is there.
    `image`: the version of it that the live config is served with, where that is known. `announced_image`: the one of
    which it was told that it retires.
    `superseded_at`: since when `previous_run` is no longer live. `previous_purged`: its config and model are gone, too.
    """

    model: str
    version: int = 0
    state: State = State.NONE
    since: dt.datetime | None = None
    live_run: str = ""
    live_config: str = ""
    previous_run: str = ""
    wanted: Wanted | None = None
    candidate: str = ""
    pending: Mapping[str, Any] | None = None
    needs_cleanup: bool = False
    blocked_by: str = ""
    due: dt.datetime | None = None
    not_before: dt.datetime | None = None
    predicts: str = ""
    variant: str = ""
    control: Control | None = None
    idle_after: int = 0
    keep: bool = False
    last_call: dt.datetime | None = None
    knocked_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    announced: str = ""
    no_downgrade: bool = False
    purged: bool = False
    image: str = ""
    announced_image: str = ""
    superseded_at: dt.datetime | None = None
    previous_purged: bool = False

    @property
    def is_adopted(self) -> bool:
        """Somebody else's endpoint, put into our care by its tag ebb:idle-after."""
        return self.model.startswith(ADOPTED)

    @property
    def falls_asleep(self) -> bool:
        """Its deletion is under way."""
        return self.state is State.ASLEEP and self.wanted is not None and self.wanted.reason is Reason.SLEEP

    @property
    def change(self) -> Wanted | None:
        """What is wanted, while it is being made so: the change that is under way."""
        return self.wanted if self.state in (State.DEPLOYING, State.WAKING) else None

    @property
    def busy(self) -> bool:
        return self.change is not None

    @property
    def live_order(self) -> RunOrder | None:
        return run_order(self.live_run)

    def wants(self, wanted: Wanted, state: State = State.DEPLOYING) -> Self:
        since = wanted.at if state is not self.state else self.since
        return replace(self, state=state, since=since, wanted=wanted, due=wanted.at)

    def settled(self, state: State, at: dt.datetime, **changes: Any) -> Self:
        """The change has ended, this way or that."""
        since = self.since if state is self.state else at
        return replace(self, **({"state": state, "since": since, "wanted": None, "due": at} | changes))

    def back(self, at: dt.datetime, **changes: Any) -> Self:
        """As it was before the change."""
        assert self.wanted
        return self.settled(self.wanted.before, at, **changes)
