"""What is known and said of a run on its way to training: ledger, latest.json, announcements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ebb.announcements.announcement import Announcement, announce
from ebb.announcements.latest import Latest
from ebb.aws.clients import Clients
from ebb.environment import StartTrainingSettings
from ebb.ledger.ledger import Ledger, Row, is_unstarted
from ebb.names import ModelName, RunId, Upload, endpoint_name
from ebb.times import iso

# What becomes of a run from there on is not for us to say.
_BEYOND_TRAINING = ("candidate", "deploying", "live", "superseded", "held-back", "rolled-back")
_NO_MODEL_TOML = "-"  # the ledger keeps no nulls


@dataclass(frozen=True)
class RunRecord:
    """`under`: the version of the model.toml that the run is tried under."""

    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    model: ModelName
    run: RunId
    upload: Upload
    uploaded_at: dt.datetime
    under: str | None

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    def row(self) -> Row:
        """Empty as long as nothing is known of it under these settings."""
        row = self.ledger.run(self.model, self.run)
        return row if row.get("settings") == (self.under or _NO_MODEL_TOML) else {}

    def has_job(self) -> bool:
        """Whether a job was started, ever."""
        row = self.ledger.run(self.model, self.run)
        if "training_at" in row:
            return True
        return row.get("stage") not in (None, "checked", "waiting", "refused") and not is_unstarted(row)

    def tell(self, stage: str, said: Announcement, reason: str = "", unstarted: str = "") -> None:
        """The ledger comes last: what it knows has been said, and stands in latest.json."""
        self._show(stage, said.sentence, said.facts.get("problems", []))
        announce(self.clients, self.settings.stack, said)
        self.note(stage, reason, unstarted)

    def tell_late(self, said: Announcement, row: Row) -> None:
        """That training has started, of a run that has gone on since: it stays at its stage."""
        announce(self.clients, self.settings.stack, said)
        self.ledger.record_run(self.model, self.run, row["stage"], self.now, training_at=iso(self.now))

    def fail(self, said: Announcement) -> None:
        """No job could be started. It is said once for each reason, however often it is tried."""
        row, reason = self.row(), said.facts["reason"]
        if row.get("unstarted") != reason:
            self.tell("failed", said, reason, unstarted=reason)
        elif row["stage"] != "failed":
            self._show("failed", said.sentence)
            self.note("failed", reason, unstarted=reason)

    def wait(self, reason: str, sentence: str) -> None:
        """Nothing is announced: it will be trained, or told to have failed."""
        row = self.row()
        if row.get("stage") != "waiting" and "training_at" not in row:
            self._show("waiting", sentence)
            self.note("waiting", reason, row.get("unstarted", ""))

    def _show(self, stage: str, sentence: str, problems: Sequence[dict[str, Any]] = ()) -> None:
        latest = Latest(
            self.model, self.run, stage, sentence, endpoint_name(self.settings.prefix, self.model), problems
        )
        latest.write(self.clients.s3, self.settings.bucket, self.now)

    def note(self, stage: str, reason: str = "", unstarted: str = "") -> None:
        """Both reasons are written even when they are empty: those of an earlier refusal would be wrong.

        `unstarted`: why no job could be started, when that has been told.
        """
        facts = {
            "key": self.upload.key,
            "version_id": self.upload.version_id,
            "uploaded_at": iso(self.uploaded_at),
            "settings": self.under or _NO_MODEL_TOML,
            "unstarted": unstarted,
        }
        self.ledger.record_run(self.model, self.run, stage, self.now, unless=_BEYOND_TRAINING, reason=reason, **facts)
