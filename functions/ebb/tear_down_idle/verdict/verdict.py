"""What is known of an endpoint, and what is decided from it: active, idle, waiting or unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    ACTIVE = "active"
    IDLE = "idle"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """`probe`: nobody seems to call it, which one call is to prove. `again`: when to look again, if not at every tick.

    `since`: when it was last called, created or changed, as far as was known. `called_at`: the newest call that was
    found now. `blind`: our probe does not appear.
    """

    kind: Kind
    reason: str
    probe: bool = False
    blind: bool = False
    again: dt.datetime | None = None
    since: dt.datetime | None = None
    called_at: dt.datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What CloudWatch has of one series in one span. `newest`: when the newest period with a datapoint ends."""

    count: float = 0
    newest: dt.datetime | None = None
    complete: bool = True


@dataclass(frozen=True)
class Series:
    """What was asked; None is not asked, or not answered.

    `calls`, `errors`: requests in the window, by Invocations, and by the counts of errors, whose
    requests Invocations may leave out. `control`: calls at the known time of ours. `since_probe`.
    `ticks`: of this function, lately.
    """

    calls: Answer | None = None
    errors: Answer | None = None
    control: Answer | None = None
    since_probe: Answer | None = None
    ticks: Answer | None = None
