"""What a decision has to tell: kept in the ledger's row with the decision itself, then said, then removed.

So nothing is decided without being told, and only a crash between saying and removing says something twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from ebb.announcements import Announcement, announce
from ebb.clients import Clients
from ebb.endpoint_row import EndpointRow
from ebb.environment import FunctionSettings
from ebb.latest import Latest
from ebb.ledger import Ledger
from ebb.names import ModelName, endpoint_name


@dataclass(frozen=True)
class Note:
    """What becomes of a run's row in the ledger."""

    run: str
    stage: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Saying:
    """The first note is about the announcement's own run; its stage is the one that latest.json shows."""

    announcement: Announcement
    notes: Sequence[Note]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(Announcement(**kept["announcement"]), [Note(**note) for note in kept["notes"]])


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
        return self.say_rest(self.ledger.write_endpoint(row))

    def say_rest(self, row: EndpointRow) -> EndpointRow:
        """What is still to be said of an earlier decision."""
        if row.unsaid is None:
            return row
        self.say(Saying.from_json(row.unsaid))
        return self.ledger.write_endpoint(replace(row, unsaid=None))

    def say(self, saying: Saying) -> None:
        """The runs' rows come last: what they know has been said."""
        said = saying.announcement
        endpoint = endpoint_name(self.settings.prefix, ModelName(said.model))
        latest = Latest(said.model, said.run, saying.notes[0].stage, said.sentence, endpoint)
        latest.write(self.clients.s3, self.settings.bucket, self.now)
        announce(self.clients, self.settings.stack, said)
        for note in saying.notes:
            self.ledger.record_run(said.model, note.run, note.stage, self.now, **note.facts)
