"""A delivery that failed for a passing reason is tried again: "for 24 hours and up to 185 times", or less if asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local.clock import Clock

MAX_ATTEMPTS, MAX_AGE_SECONDS = 185, 86_400
_LONGEST_WAIT_SECONDS = 480.0  # so that 185 attempts take nearly a day
_PERMANENT = ("NO_PERMISSIONS", "NO_RESOURCE")


class UndeliveredError(Exception):
    """Why a target did not get its event; in AWS's words once it was given up."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.exhausted = ""
        self.retries = 0

    @property
    def may_pass(self) -> bool:
        """Missing permissions and missing targets do not."""
        return self.code not in _PERMANENT


@dataclass(frozen=True)
class RetryPolicy:
    attempts: int
    age_seconds: float

    @classmethod
    def of(cls, target: dict[str, Any]) -> RetryPolicy:
        given = target.get("RetryPolicy") or {}
        return cls(
            int(given.get("MaximumRetryAttempts", MAX_ATTEMPTS)),
            float(given.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS)),
        )


def keep_trying(
    attempt: Callable[[], UndeliveredError | None], why: UndeliveredError, policy: RetryPolicy, clock: Clock
) -> UndeliveredError | None:
    """Why it was given up; None once it was delivered. Attempts are due by the clock, also when it leaps over some."""
    first, retries = time.time(), 0
    for due in _due(first):
        if not why.may_pass:
            break
        if retries >= policy.attempts:
            why.exhausted = "MaximumRetryAttempts"
            break
        end = first + policy.age_seconds
        clock.wait(min(due, end) - time.time(), threading.Event())
        if due > end:
            why.exhausted = "MaximumEventAgeInSeconds"
            break
        retries += 1
        refused = attempt()
        if refused is None:
            return None
        why = refused
    why.retries = retries
    return why


def _due(at: float) -> Iterator[float]:
    """Each wait is twice the one before."""
    wait = 1.0
    while True:
        at += wait
        yield at
        wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
