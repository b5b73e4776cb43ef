"""One upload of one model on its way to training: its settings, its verdict, its one job or its refusal.

`settings.json` is written before anything else and names the model.toml it was made from; `dataset.json` is written
last and names the same one. While they differ the verdict is open, and whoever comes works it out from the settings
that are kept. Both are replaced only in place of exactly what was read before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ebb.announcements.announcement import Announcement
from ebb.announcements.training_events import training_failed
from ebb.aws.clients import Clients
from ebb.bucket.model_toml import VERSION, settings_json
from ebb.bucket.run_folder import DATASET, SETTINGS, Kept, RunFolder
from ebb.bucket.uploads import newest_upload
from ebb.environment import StartTrainingSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.ledger import Ledger, Row, is_unstarted
from ebb.names import ModelName, RunId, run_folder, run_id
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.check_upload import Judging
from ebb.start_training.live_label import with_live_label
from ebb.start_training.run_record import RunRecord
from ebb.start_training.training_job import TrainingStart
from ebb.start_training.upload_source import S3Source
from ebb.times import iso

Outcome = dict[str, Any]


class RunTakenError(EbbError):
    """Two uploads of a model have the same run id. That is for a person: training one would lose the other."""


@dataclass(frozen=True)
class Run:
    """`fresh`: the message that asks for it has not waited yet, so another attempt may be at work beside this one."""

    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    model: ModelName
    source: S3Source
    fresh: bool = False

    @property
    def id(self) -> RunId:
        return run_id(self.settings.prefix, self.model, self.source.upload, self.source.uploaded_at)

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.clients.s3, self.settings.bucket, run_folder(self.model, self.id))

    def record(self, under: str | None) -> RunRecord:
        upload, uploaded_at = self.source.upload, self.source.uploaded_at
        return RunRecord(self.clients, self.settings, self.now, self.model, self.id, upload, uploaded_at, under)

    def start(self) -> Outcome:
        """Its verdict, then its job or its refusal.

        What was refused, or failed before it had a job, begins anew when model.toml has changed since.
        """
        kept, is_new = self._settings()
        known = None if is_new else self.dataset()
        judged = known is not None and known.content[VERSION] == kept.content[VERSION]
        dataset = known.content if known and judged else self._judge(kept, known)
        record = self.record(dataset[VERSION])
        row = {} if is_new else record.row()
        if is_unstarted(row) and self._begin_anew(kept):
            return self.start()
        if dataset["verdict"] == "accepted":
            outcome = TrainingStart(record, row, self.fresh).start(dataset, ModelSettings.from_json(kept.content))
        else:
            outcome = self._refuse(dataset, record, row)
        if not outcome["outcome"].endswith("refused") or not self._begin_anew(kept):
            return outcome
        if not judged:  # the verdict has used up this attempt's time
            raise WaitError(f"model.toml was changed while {self.id} was judged")
        return self.start()

    def dataset(self) -> Kept | None:
        """dataset.json, when there is one. Five characters of a hash can be the same for two uploads."""
        kept = self.folder.find(DATASET)
        if kept:
            there, ours = kept.content["source"], self._source()
            if any(there[name] != ours[name] for name in ("bucket", "key", "version_id")):
                raise RunTakenError(
                    f"{self.folder.prefix} belongs to version {there['version_id']} of {there['key']}, "
                    f"not to version {ours['version_id']} of {ours['key']}: upload the latter once more"
                )
        return kept

    def give_up(self, reason: str) -> Outcome:
        """It has waited as long as it may. Another attempt may have started it meanwhile."""
        kept = self.folder.find(SETTINGS)
        record = self.record(kept.content[VERSION] if kept else None)
        if record.has_job():
            return {"outcome": "already training", "run": self.id}
        said = training_failed(self.model, self.id, reason, retry=True)
        record.fail(said)
        return {"outcome": "gave up", "run": self.id, "reason": said.facts["reason"]}

    def _settings(self) -> tuple[Kept, bool]:
        """The first attempt keeps them, and knows that nothing else is there yet.

        A retry, or a duplicate beside it, must not see a newer model.toml.
        """
        new = self.folder.write(SETTINGS, self._current_settings())
        return (new, True) if new else (self.folder.require_kept(SETTINGS), False)

    def _current_settings(self) -> dict[str, Any]:
        s3, ledger = self.clients.s3, Ledger(self.clients.dynamodb, self.settings.ledger_table)
        read = settings_json(s3, self.settings, self.model)
        return with_live_label(read, s3, self.settings.bucket, ledger, self.model)

    def _begin_anew(self, kept: Kept) -> bool:
        """Whether it is the model's newest upload, with a newer model.toml. A deleted one corrects nothing."""
        newer = self._current_settings()
        if newer[VERSION] in (None, kept.content[VERSION]):
            return False
        if newest_upload(self.clients.s3, self.settings.bucket, self.model) != self.source.upload:
            return False
        self.folder.write(SETTINGS, newer, over=kept)
        return True

    def _judge(self, kept: Kept, over: Kept | None) -> dict[str, Any]:
        verdict = Judging(self.source, self.folder, self.settings, kept, over).verdict()
        source = self._source() | verdict.pop("source", {})
        head = {"schema": verdict["schema"], "verdict": verdict["verdict"], "run": self.id}
        dataset = head | {VERSION: kept.content[VERSION], "source": source} | verdict
        if not self.folder.write(DATASET, dataset, over):
            raise WaitError(f"another attempt at {self.id} was quicker")
        return dataset

    def _source(self) -> dict[str, Any]:
        upload = self.source.upload
        where = {"bucket": upload.bucket, "key": upload.key, "version_id": upload.version_id}
        return where | {"uploaded_at": iso(self.source.uploaded_at), "bytes": self.source.size}

    def _refuse(self, dataset: dict[str, Any], record: RunRecord, row: Row) -> Outcome:
        sentence = dataset["sentence"]
        if row.get("stage") != "refused":
            facts = {"problems": dataset["problems"]}
            record.tell("refused", Announcement("DatasetRefused", self.model, self.id, sentence, facts), sentence)
        return {"outcome": "refused", "run": self.id, "reason": sentence}
