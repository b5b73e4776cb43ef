"""What to do with an endpoint as it stands, given what is wanted: pure decisions."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from ebb.aws.endpoints import DescribedEndpoint
from ebb.ledger.endpoint_row import Wanted

STUCK_AFTER = dt.timedelta(hours=2)  # a creation that fails can stay Creating for more than an hour
_ASTRAY = ("UpdateRollbackFailed", "OutOfService")  # it can be changed, and needs to be


class Step(Enum):
    """What deploy_endpoint does next."""

    CREATE = "create the endpoint"
    UPDATE = "update the endpoint"
    NOTE = "note when it was last changed, then update it"
    DELETE = "its creation failed: delete it, then create it anew"
    LOOK = "it is for confirm_endpoint to judge"
    WAIT = "it is being changed"


def next_step(state: DescribedEndpoint | None, wanted: Wanted) -> Step:
    if state is None:
        return Step.CREATE
    if state.status == "Failed":
        return Step.LOOK if _has_failed(state, wanted) else Step.DELETE
    if state.status == "Deleting":
        return Step.WAIT
    astray = state.status in _ASTRAY and state.changed == wanted.seen_modified
    if state.target == wanted.config and not astray:
        return Step.LOOK
    return _how_to_change(state, wanted)


def _has_failed(state: DescribedEndpoint, wanted: Wanted) -> bool:
    """It is this change that has failed, not an earlier attempt at the same."""
    return state.config == wanted.config and state.changed >= wanted.at


def _how_to_change(state: DescribedEndpoint, wanted: Wanted) -> Step:
    if state.status not in ("InService", *_ASTRAY):
        return Step.WAIT
    if not wanted.seen_modified:
        return Step.NOTE
    return Step.UPDATE if wanted.seen_modified == state.changed else Step.LOOK


class Finding(Enum):
    """What confirm_endpoint sees of a change that is under way."""

    WAIT = "it is being changed"
    NOT_ASKED = "the change has not been asked for yet"
    READY = "it serves the config that is wanted"
    TAKEN_BACK = "it serves another config than the one that was asked for"
    FAILED = "its creation, or taking back its change, has failed"
    STUCK = "it has been in between for too long"


def finding(state: DescribedEndpoint | None, wanted: Wanted, now: dt.datetime) -> Finding:
    """InService alone is no success: an update that failed is InService again, on the old config."""
    if state is None:
        return Finding.NOT_ASKED
    not_asked = wanted.seen_modified in (None, state.changed)
    if state.status == "Failed":
        return Finding.FAILED if _has_failed(state, wanted) else Finding.NOT_ASKED
    if state.status in _ASTRAY:
        return Finding.NOT_ASKED if not_asked else Finding.FAILED
    if state.status != "InService":
        return (
            Finding.STUCK
            if now - max(wanted.at, state.changed) > STUCK_AFTER and state.status != "SystemUpdating"
            else Finding.WAIT
        )
    if state.config == wanted.config:
        return Finding.READY
    return Finding.NOT_ASKED if not_asked else Finding.TAKEN_BACK
