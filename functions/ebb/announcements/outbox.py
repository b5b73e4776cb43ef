"""What a decision has to tell: kept in the ledger's row with the decision itself, then said, then removed.

So nothing is decided without being told, and only a crash between saying and removing says something twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from ebb.announcements.announcement import Announcement, announce
from ebb.announcements.latest import Latest
from ebb.aws.clients import Clients
from ebb.environment import FunctionSettings
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name

BEING_SAID = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Note:
    """What becomes of a run's row in the ledger."""

    run: str
    stage: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Saying:
    """The first note is about the announcement's own run; its stage is the one that latest.json shows.

    `stage`: what latest.json shows where the run itself is what it was. Without both, latest.json stays as it is.
    """

    announcement: Announcement
    notes: Sequence[Note]
    at: str
    stage: str = ""

    @property
    def shown(self) -> str:
        return self.stage or (self.notes[0].stage if self.notes else "")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        notes = [Note(**note) for note in kept["notes"]]
        return cls(Announcement(**kept["announcement"]), notes, kept["at"], kept.get("stage", ""))


@dataclass(frozen=True)
class Voice:
    clients: Clients
    settings: FunctionSettings
    now: dt.datetime

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    def write(self, row: EndpointRow) -> EndpointRow:
        """The decision, then what it has to tell. Nothing is told when somebody else was quicker."""
        written = self.ledger.write_endpoint(row)
        return self._say_and_remove(written, Saying.from_json(row.unsaid)) if row.unsaid else written

    def say_rest(self, row: EndpointRow) -> EndpointRow:
        """What is still to be said of an earlier decision. WaitError as long as whoever made it may be saying it."""
        if row.unsaid is None or row.falls_asleep:  # that is said when its endpoint is gone
            return row
        saying = Saying.from_json(row.unsaid)
        if self.now - dt.datetime.fromisoformat(saying.at) < BEING_SAID:
            raise WaitError(f"what was decided of {row.model} is just being told")
        return self._say_and_remove(row, saying)

    def _say_and_remove(self, row: EndpointRow, saying: Saying) -> EndpointRow:
        self.say(saying)
        return self.ledger.write_endpoint(replace(row, unsaid=None))

    def say(self, saying: Saying) -> None:
        """The runs' rows come last: what they know has been said."""
        said = saying.announcement
        if saying.shown:
            endpoint = endpoint_name(self.settings.prefix, ModelName(said.model))
            latest = Latest(said.model, said.run, saying.shown, said.sentence, endpoint)
            latest.write(self.clients.s3, self.settings.bucket, self.now)
        announce(self.clients, self.settings.stack, said)
        for note in saying.notes:
            self.ledger.record_run(said.model, note.run, note.stage, self.now, **note.facts)
