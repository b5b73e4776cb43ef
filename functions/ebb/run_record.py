"""What is known and said of a run on its way to training: ledger, latest.json, announcements."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ebb.announcements import Announcement, announce
from ebb.clients import Clients
from ebb.environment import StartTrainingSettings
from ebb.latest import Latest
from ebb.ledger import Ledger, iso
from ebb.names import ModelName, RunId, Upload, endpoint_name

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

    def stage(self) -> str | None:
        """None as long as nothing is known of it under these settings."""
        row = self.ledger.run(self.model, self.run)
        return row.get("stage") if row.get("settings") == (self.under or _NO_MODEL_TOML) else None

    def has_job(self) -> bool:
        """Whether a job was started, ever. A run that SageMaker refused has failed without one."""
        row = self.ledger.run(self.model, self.run)
        return "training_at" in row or row.get("stage") not in (None, "checked", "refused", "failed")

    def tell(self, stage: str, said: Announcement, reason: str = "") -> None:
        """The ledger comes last: what it knows has been said, and stands in latest.json."""
        endpoint = endpoint_name(self.settings.prefix, self.model)
        latest = Latest(self.model, self.run, stage, said.sentence, endpoint, said.facts.get("problems", []))
        latest.write(self.clients.s3, self.settings.bucket, self.now)
        announce(self.clients, self.settings.stack, said)
        self.note(stage, reason)

    def note(self, stage: str, reason: str = "") -> None:
        """`reason` is written even when it is empty: that of an earlier refusal would be wrong."""
        origin = {"key": self.upload.key, "version_id": self.upload.version_id, "uploaded_at": iso(self.uploaded_at)}
        under = self.under or _NO_MODEL_TOML
        self.ledger.record_run(self.model, self.run, stage, self.now, reason=reason, settings=under, **origin)
