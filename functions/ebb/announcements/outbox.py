"""The outbox: what a decision has to tell is kept in the ledger's row with it, then told, then removed.

So nothing is decided without being told, and only a crash between saying and removing says something twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from ebb.announcements.announcement import SOURCE, Announcement
from ebb.announcements.latest import Latest
from ebb.aws.clients import Clients
from ebb.aws.event_bus import put_event
from ebb.environment import FunctionSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name
from ebb.times import iso, parsed

BEING_TOLD = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class StageChange:
    """What a run's row in the ledger becomes."""

    run: str
    stage: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PendingAnnouncement:
    """The first change is of the announcement's own run; its stage is the one that latest.json shows.

    `stage`: what latest.json shows where the run itself is what it was. Without both, latest.json stays as it is.
    """

    announcement: Announcement
    changes: Sequence[StageChange]
    at: dt.datetime
    stage: str = ""

    @property
    def shown(self) -> str:
        return self.stage or (self.changes[0].stage if self.changes else "")

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": iso(self.at)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        changes = [StageChange(**change) for change in kept["changes"]]
        return cls(Announcement(**kept["announcement"]), changes, parsed(kept["at"]), kept.get("stage", ""))


@dataclass(frozen=True)
class Outbox:
    clients: Clients
    settings: FunctionSettings
    ledger: Ledger
    now: dt.datetime

    def write(self, row: EndpointRow) -> EndpointRow:
        """The decision, then what it has to tell. Nothing is told when somebody else was quicker."""
        written = self.ledger.write_endpoint(row)
        return self._tell_and_remove(written, PendingAnnouncement.from_json(row.pending)) if row.pending else written

    def flush(self, row: EndpointRow) -> EndpointRow:
        """What is still to be said of an earlier decision. WaitError as long as whoever made it may be saying it."""
        if row.pending is None or row.falls_asleep:  # that is said when its endpoint is gone
            return row
        pending = PendingAnnouncement.from_json(row.pending)
        if self.now - pending.at < BEING_TOLD:
            raise WaitError(f"what was decided of {row.model} is just being told")
        return self._tell_and_remove(row, pending)

    def _tell_and_remove(self, row: EndpointRow, pending: PendingAnnouncement) -> EndpointRow:
        self.tell(pending)
        return self.ledger.write_endpoint(replace(row, pending=None))

    def tell(self, pending: PendingAnnouncement) -> None:
        """The runs' rows come last: what they know has been said."""
        told = pending.announcement
        self.publish(told, pending.shown)
        for change in pending.changes:
            self.ledger.record_run(told.model, change.run, change.stage, self.now, **change.facts)

    def publish(self, told: Announcement, stage: str = "", problems: Sequence[dict[str, Any]] = ()) -> None:
        """latest.json first, where it is to show a stage, then the bus. Whoever remembers that does so afterwards."""
        if stage:
            self.show(told.model, told.run, stage, told.sentence, problems)
        put_event(self.clients.events, SOURCE, told.name, told.detail(self.settings.stack))

    def show(
        self, model: str, run: str | None, stage: str, sentence: str, problems: Sequence[dict[str, Any]] = ()
    ) -> None:
        """In latest.json alone: what is not news to anybody else."""
        endpoint = endpoint_name(self.settings.prefix, ModelName(model))
        latest = Latest(model, run, stage, sentence, endpoint, problems)
        latest.write(self.clients.s3, self.settings.bucket, self.now)
