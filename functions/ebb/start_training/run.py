"""One upload of one model on its way to training: its settings, its verdict, its one job or its refusal.

`settings.json` is written before anything else and names the model.toml it was made from; `dataset.json` is written
last and names the same one. While they differ the verdict is open, and whoever comes works it out from the settings
that are kept. Both are replaced only in place of exactly what was read before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

from ebb.announcements.training_events import dataset_refused, training_failed
from ebb.bucket.model_toml import VERSION, settings_json
from ebb.bucket.run_folder import DATASET, SETTINGS, Kept, RunFolder
from ebb.bucket.uploads import newest_upload
from ebb.context import Context
from ebb.environment import StartTrainingSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.ledger import Row, is_unstarted
from ebb.messaging.consumer import Outcome
from ebb.names import ModelName, RunId, Upload, run_id
from ebb.problems import RefusedError
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.check_upload import Attempt, judge
from ebb.start_training.live_label import with_live_label
from ebb.start_training.run_record import RunRecord
from ebb.start_training.training_job import start_job
from ebb.start_training.upload_source import S3Source
from ebb.times import FOR_EVER, iso


class RunTakenError(EbbError):
    """Two uploads of a model have the same run id. That is for a person: training one would lose the other."""


@dataclass(frozen=True)
class Run:
    context: Context[StartTrainingSettings]
    model: ModelName
    source: S3Source

    @classmethod
    def of(
        cls, context: Context[StartTrainingSettings], upload: Upload, model: ModelName, until: dt.datetime = FOR_EVER
    ) -> Self:
        """GoneError when the version is deleted, RefusedError when only its owner can read it."""
        try:
            return cls(context, model, S3Source.find(context.clients.s3, upload, until, context.clock.now))
        except RefusedError as refused:
            raise RefusedError(refused.problems, model) from refused

    @property
    def id(self) -> RunId:
        return run_id(self.context.settings.prefix, self.model, self.source.upload, self.source.uploaded_at)

    @property
    def folder(self) -> RunFolder:
        return self.context.folder(self.model, self.id)

    def record(self, under: str | None) -> RunRecord:
        return RunRecord(self.context, self.model, self.id, self.source, under)

    def start(self, *, fresh: bool) -> Outcome:
        """Its verdict, then its job or its refusal. `fresh`: another attempt may be at work beside this one.

        What was refused, or failed before it had a job, begins anew when model.toml has changed since.
        """
        kept, is_new = self._settings()
        known = None if is_new else self.dataset()
        judged = known is not None and known.content[VERSION] == kept.content[VERSION]
        dataset = known.content if known and judged else self._judge(kept, known)
        record = self.record(dataset[VERSION])
        row = {} if is_new else record.row()
        if is_unstarted(row) and self._begin_anew(kept):
            return self.start(fresh=fresh)
        if dataset["verdict"] == "accepted":
            outcome = start_job(record, row, ModelSettings.from_json(kept.content), dataset, fresh=fresh)
        else:
            outcome = _refuse(record, row, dataset)
        if not outcome["outcome"].endswith("refused") or not self._begin_anew(kept):
            return outcome
        if not judged:  # the verdict has used up this attempt's time
            raise WaitError(f"model.toml was changed while {self.id} was judged")
        return self.start(fresh=fresh)

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
        told = training_failed(self.model, self.id, reason, retry=True)
        record.fail(told)
        return {"outcome": "gave up", "run": self.id, "reason": told.facts["reason"]}

    def _settings(self) -> tuple[Kept, bool]:
        """The first attempt keeps them, and knows that nothing else is there yet.

        A retry, or a duplicate beside it, must not see a newer model.toml.
        """
        new = self.folder.write(SETTINGS, self._current_settings())
        return (new, True) if new else (self.folder.require_kept(SETTINGS), False)

    def _current_settings(self) -> dict[str, Any]:
        read = settings_json(self.context.clients.s3, self.context.settings, self.model)
        return with_live_label(read, self.context, self.model)

    def _begin_anew(self, kept: Kept) -> bool:
        """Whether it is the model's newest upload, with a newer model.toml. A deleted one corrects nothing."""
        newer = self._current_settings()
        if newer[VERSION] in (None, kept.content[VERSION]):
            return False
        if newest_upload(self.context.clients.s3, self.context.settings.bucket, self.model) != self.source.upload:
            return False
        self.folder.write(SETTINGS, newer, over=kept)
        return True

    def _judge(self, kept: Kept, over: Kept | None) -> dict[str, Any]:
        verdict = judge(self.source, Attempt(self.folder, kept, over), self.context.settings)
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


def _refuse(record: RunRecord, row: Row, dataset: dict[str, Any]) -> Outcome:
    sentence = dataset["sentence"]
    if row.get("stage") != "refused":
        record.tell("refused", dataset_refused(record.model, record.run, sentence, dataset["problems"]), sentence)
    return {"outcome": "refused", "run": record.run, "reason": sentence}
