"""What is known and said of a run on its way to training: ledger, latest.json, announcements."""

from __future__ import annotations

from dataclasses import dataclass

from ebb.announcements.announcement import Announcement
from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.ledger.ledger import Row, is_unstarted
from ebb.names import ModelName, RunId
from ebb.start_training.upload_source import S3Source
from ebb.times import iso

# What becomes of a run from there on is not for us to say.
_BEYOND_TRAINING = ("candidate", "deploying", "live", "superseded", "held-back", "rolled-back")
_NO_MODEL_TOML = "-"  # the ledger keeps no nulls


@dataclass(frozen=True)
class RunRecord:
    """`under`: the version of the model.toml that the run is tried under."""

    context: Context[StartTrainingSettings]
    model: ModelName
    run: RunId
    source: S3Source
    under: str | None

    def row(self) -> Row:
        """Empty as long as nothing is known of it under these settings."""
        row = self.context.ledger.run(self.model, self.run)
        return row if row.get("settings") == (self.under or _NO_MODEL_TOML) else {}

    def has_job(self) -> bool:
        """Whether a job was started, ever."""
        row = self.context.ledger.run(self.model, self.run)
        if "training_at" in row:
            return True
        return row.get("stage") not in (None, "checked", "waiting", "refused") and not is_unstarted(row)

    def tell(self, stage: str, told: Announcement, reason: str = "", unstarted: str = "") -> None:
        """The ledger comes last: what it knows has been said, and stands in latest.json."""
        self.context.outbox.publish(told, stage, told.facts.get("problems", ()))
        self.note(stage, reason, unstarted)

    def tell_late(self, told: Announcement, row: Row) -> None:
        """That training has started, of a run that has gone on since: it stays at its stage."""
        context = self.context
        context.outbox.publish(told)
        context.ledger.record_run(self.model, self.run, row["stage"], context.now, training_at=iso(context.now))

    def fail(self, told: Announcement) -> None:
        """No job could be started. It is said once for each reason, however often it is tried."""
        row, reason = self.row(), told.facts["reason"]
        if row.get("unstarted") != reason:
            self.tell("failed", told, reason, unstarted=reason)
        elif row["stage"] != "failed":
            self._show("failed", told.sentence)
            self.note("failed", reason, unstarted=reason)

    def wait(self, reason: str, sentence: str) -> None:
        """Nothing is announced: it will be trained, or told to have failed."""
        row = self.row()
        if row.get("stage") != "waiting" and "training_at" not in row:
            self._show("waiting", sentence)
            self.note("waiting", reason, row.get("unstarted", ""))

    def _show(self, stage: str, sentence: str) -> None:
        self.context.outbox.show(self.model, self.run, stage, sentence)

    def note(self, stage: str, reason: str = "", unstarted: str = "") -> None:
        """Both reasons are written even when they are empty: those of an earlier refusal would be wrong.

        `unstarted`: why no job could be started, when that has been told.
        """
        upload = self.source.upload
        facts = {
            "key": upload.key,
            "version_id": upload.version_id,
            "uploaded_at": iso(self.source.uploaded_at),
            "settings": self.under or _NO_MODEL_TOML,
            "unstarted": unstarted,
        }
        ledger, now = self.context.ledger, self.context.now
        ledger.record_run(self.model, self.run, stage, now, unless=_BEYOND_TRAINING, reason=reason, **facts)
