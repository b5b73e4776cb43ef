"""The ledger's row of a model's endpoint: what is live, what is wanted instead, and what is still to be said.

At most one change is under way for a model. It is written here before anything is done about it, so whoever comes
next, after a crash or beside it, finds what is wanted and makes it so.
"""

from __future__ import annotations

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

    `seen`: LastModifiedTime of the endpoint before it is changed; empty while that is not known.
    `compare`: the candidate is compared with the live run, whose endpoint must be awake for it.
    """

    config: str
    reason: Reason
    at: str
    before: str = State.NONE
    attempt: int = 1
    seen: str = ""
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

    since: str
    until: str
    calls: int


@dataclass(frozen=True)
class EndpointRow:
    """`version`: 0 as long as there is no row. `candidate`: an endpoint that is to be removed in the end.

    `unsaid`: what has been decided, but perhaps neither announced nor noted at its run yet (ebb.announcements.outbox).
    `untidy`: configs and models of earlier runs are still to be removed.
    `hindrance`: what a wake waits for.

    What the tear-down goes by:
    `due`: when to look at it next; without it nobody has to. `put_off`: not to be judged before.
    `variant` and `control`: of the live config. `idle_after` (minutes; 0: the stack's) and `keep`: of its [idle].
    `last_call`: the newest that CloudWatch has shown. `knocked_at`, `answered_at`: the knock that is to appear there;
    without an answer it may never have been made. `told`: what has been said of it once, and is not said again.
    `no_downgrade`: SageMaker refused to take the provisioned concurrency away.
    `purged`: config and model of the live run are gone, its run folder is there.
    `image`: the version of it that the live config slept with.
    `superseded_at`: since when `previous_run` is no longer live. `previous_purged`: its config and model are gone, too.
    """

    model: str
    version: int = 0
    state: State = State.NONE
    since: str = ""
    live_run: str = ""
    live_config: str = ""
    previous_run: str = ""
    wanted: Wanted | None = None
    candidate: str = ""
    unsaid: Mapping[str, Any] | None = None
    untidy: bool = False
    hindrance: str = ""
    due: str = ""
    put_off: str = ""
    variant: str = ""
    control: Control | None = None
    idle_after: int = 0
    keep: bool = False
    last_call: str = ""
    knocked_at: str = ""
    answered_at: str = ""
    told: str = ""
    no_downgrade: bool = False
    purged: bool = False
    image: str = ""
    superseded_at: str = ""
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
    def busy(self) -> bool:
        """Whether a change is under way."""
        return self.wanted is not None and self.state in (State.DEPLOYING, State.WAKING)

    @property
    def live_order(self) -> RunOrder | None:
        return run_order(self.live_run)

    def wants(self, wanted: Wanted, state: State = State.DEPLOYING) -> Self:
        since = wanted.at if state is not self.state else self.since
        return replace(self, state=state, since=since, wanted=wanted, due=wanted.at)

    def settled(self, state: State, at: str, **changes: Any) -> Self:
        """The change has ended, this way or that."""
        since = self.since if state is self.state else at
        return replace(self, **({"state": state, "since": since, "wanted": None, "due": at} | changes))

    def back(self, at: str, **changes: Any) -> Self:
        """As it was before the change."""
        assert self.wanted
        return self.settled(State(self.wanted.before), at, **changes)
