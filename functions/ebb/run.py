"""One upload of one model on its way to training: its settings, its verdict, its one job or its refusal.

`settings.json` is written before anything else and names the model.toml it was made from; `dataset.json` is written
last and names the same one. While they differ the verdict is open, and whoever comes works it out from the settings
that are kept. Both are replaced only in place of exactly what was read before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, safe
from ebb.clients import Clients
from ebb.environment import StartTrainingSettings
from ebb.errors import WaitError, is_already_there, is_passing, is_refused, message_of
from ebb.judging import Judging
from ebb.ledger import iso
from ebb.model_toml import VERSION, settings_json
from ebb.names import ModelName, RunId, run_folder, run_id
from ebb.newest import newest_upload
from ebb.run_folder import DATASET, SETTINGS, Kept, RunFolder
from ebb.run_record import RunRecord
from ebb.s3_source import S3Source
from ebb.settings.model_settings import ModelSettings
from ebb.training import training_request

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Run:
    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    model: ModelName
    source: S3Source

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
        """Its verdict, then its job or its refusal. A refused one begins anew when model.toml has changed since."""
        kept, known = self._settings(), self.folder.find(DATASET)
        judged = known is not None and known.content[VERSION] == kept.content[VERSION]
        dataset = known.content if known and judged else self._judge(kept, known)
        record = self.record(dataset[VERSION])
        if dataset["verdict"] == "accepted":
            outcome = self._train(dataset, ModelSettings.from_json(kept.content), record)
        else:
            outcome = self._refuse(dataset, record)
        if not outcome["outcome"].endswith("refused") or not self._begin_anew(kept):
            return outcome
        if not judged:  # the verdict has used up this attempt's time
            raise WaitError(f"model.toml was changed while {self.id} was judged")
        return self.start()

    def _settings(self) -> Kept:
        """Read once per attempt: a retry, or a duplicate beside it, must not see a newer model.toml."""
        kept = self.folder.find(SETTINGS)
        if kept is None:
            self.folder.write(SETTINGS, settings_json(self.clients.s3, self.settings, self.model))
            kept = self.folder.require_kept(SETTINGS)
        return kept

    def _begin_anew(self, kept: Kept) -> bool:
        """Whether it is the model's newest upload, with a newer model.toml. A deleted one corrects nothing."""
        newer = settings_json(self.clients.s3, self.settings, self.model)
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

    def _refuse(self, dataset: dict[str, Any], record: RunRecord) -> Outcome:
        sentence = dataset["sentence"]
        if record.stage() != "refused":
            facts = {"problems": dataset["problems"]}
            record.tell("refused", Announcement("DatasetRefused", self.model, self.id, sentence, facts), sentence)
        return {"outcome": "refused", "run": self.id, "reason": sentence}

    def _train(self, dataset: dict[str, Any], settings: ModelSettings, record: RunRecord) -> Outcome:
        if record.stage() is None:
            record.note("checked")
        request = training_request(self.settings, self.model, self.id, settings, dataset)
        try:
            self.clients.sagemaker.create_training_job(**request)
        except ClientError as error:
            if is_passing(error):
                raise WaitError(str(error)) from error
            if not is_already_there(error) and is_refused(error):
                return self._report_refusal(error, record)
            if not is_already_there(error):
                raise
            # An earlier attempt started it; it may have ended before it could say so.
            if record.stage() != "checked":
                return {"outcome": "already training", "run": self.id}
        rows = dataset["rows"]
        sentence = (
            f"{self.source.upload.key} is accepted: {rows['train']} rows to train on, {rows['validation']} held out. "
            f"Training {self.id} on {settings.training.instance_type}."
        )
        record.tell("training", Announcement("TrainingStarted", self.model, self.id, sentence, {"rows": rows}))
        return {"outcome": "training", "run": self.id, "rows": rows}

    def _report_refusal(self, error: ClientError, record: RunRecord) -> Outcome:
        """SageMaker's own answer to settings that only SageMaker can judge, such as an instance type's name."""
        reason = safe(message_of(error))
        sentence = f"SageMaker refused to train {self.id}: {reason} Correct model.toml and upload it again."
        if record.stage() == "checked":
            said = Announcement("TrainingFailed", self.model, self.id, sentence, {"reason": reason})
            record.tell("failed", said, reason)
        return {"outcome": "training refused", "run": self.id, "reason": reason}
