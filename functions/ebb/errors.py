"""What can go wrong, by who can mend it.

    EbbError
    ├── RefusedError        the uploader's: an answer with problems, never a crash
    ├── WaitError           nobody's: try again later, without counting as a failure
    │   └── ConflictError   somebody else has changed the same row of the ledger
    ├── GoneError           nobody's: what the message is about is no longer there
    ├── UnknownMessageError ours: somebody sends what nobody reads
    └── ConfigurationError  ours or the deployer's: the stack is put together wrongly

Everything else escapes as it is, so that the queue delivers again and the dead-letter queue keeps it.
"""

from __future__ import annotations

import datetime as dt


class EbbError(Exception):
    """Root of all errors that this package raises itself."""


class WaitError(EbbError):
    """Not possible now, possible later: the message goes back into its own queue.

    `longest`: after which waiting is of no use, where that is sooner than the stack's MaxWaitHours.
    """

    def __init__(self, reason: str, *, longest: dt.timedelta | None = None) -> None:
        super().__init__(reason)
        self.longest = longest


class ConflictError(WaitError):
    """The ledger's row is no longer the one that was read: look again."""


class GoneError(EbbError):
    """The version is there no longer: there is nothing to train, and nobody to tell."""


class UnknownMessageError(EbbError):
    """A message of a kind that this function was never meant to get: it ends in the dead-letter queue."""


class ConfigurationError(EbbError):
    """Environment variables are missing or unreadable."""
