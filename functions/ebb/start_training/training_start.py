"""The one job of an accepted run: started, waited for, or told that it never can be.

SageMaker knows whether it is there. Each attempt asks it again, whatever was said before: a quota may have been raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, safe
from ebb.errors import (
    WaitError,
    is_already_there,
    is_passing,
    is_permanent_quota,
    is_refused,
    message_of,
    wait_for,
)
from ebb.ledger import Row
from ebb.news import MAX_REASON_LENGTH, retry_command
from ebb.quotas import quota_of
from ebb.run_record import RunRecord, is_unstarted
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.training_request import training_request

Outcome = dict[str, Any]


@dataclass(frozen=True)
class TrainingStart:
    """`row`: what the ledger knew of the run when this attempt began. `fresh`: it has not waited yet."""

    record: RunRecord
    row: Row
    fresh: bool

    def start(self, dataset: dict[str, Any], settings: ModelSettings) -> Outcome:
        record, run = self.record, self.record.run
        if not self.row:
            record.note("checked")
        request = training_request(record.settings, record.model, run, settings, dataset)
        try:
            record.clients.sagemaker.create_training_job(**request)
        except ClientError as error:
            if is_passing(error):
                raise self._wait(error) from error
            if is_permanent_quota(error) or is_refused(error):
                return self._report_refusal(error)
            if not is_already_there(error):
                raise
            return self._found(dataset, settings)
        return self._tell(dataset, settings)

    def _found(self, dataset: dict[str, Any], settings: ModelSettings) -> Outcome:
        """An earlier attempt started it. It may have ended before it could say so, or be just saying it."""
        record, run = self.record, self.record.run
        row = record.row()
        if "training_at" in row:
            return {"outcome": "already training", "run": run}
        if self.fresh:
            raise WaitError(f"what another attempt at {run} may just be telling")
        if row.get("stage") in (None, "checked", "waiting") or is_unstarted(row):
            return self._tell(dataset, settings)
        record.tell_late(self._started(dataset, settings), row)
        return {"outcome": "already trained", "run": run}

    def _tell(self, dataset: dict[str, Any], settings: ModelSettings) -> Outcome:
        self.record.tell("training", self._started(dataset, settings))
        return {"outcome": "training", "run": self.record.run, "rows": dataset["rows"]}

    def _started(self, dataset: dict[str, Any], settings: ModelSettings) -> Announcement:
        record, rows = self.record, dataset["rows"]
        sentence = (
            f"{record.upload.key} is accepted: {rows['train']} rows to train on, {rows['validation']} held out. "
            f"Training {record.run} on {settings.training.instance_type}."
        )
        return Announcement("TrainingStarted", record.model, record.run, sentence, {"rows": rows})

    def _wait(self, error: ClientError) -> WaitError:
        wait = wait_for(error)
        self.record.wait(safe(str(wait)), f"{self.record.upload.key} is accepted; {self.record.run} waits for {wait}.")
        return wait

    def _report_refusal(self, error: ClientError) -> Outcome:
        """A quota that never suffices, or settings that only SageMaker can judge, such as an instance type's name."""
        model, run, quota = self.record.model, self.record.run, quota_of(error)
        reason = safe(quota.sentence if quota else message_of(error))
        later = f"After an increase, `{retry_command(model)}` trains it."
        remedy = later if quota else "Correct model.toml and upload it again."
        sentence = f"SageMaker refused to train {run}: {reason[:MAX_REASON_LENGTH]} {remedy}"
        self.record.fail(Announcement("TrainingFailed", model, run, sentence, {"reason": reason, "retry": False}))
        return {"outcome": "training refused", "run": run, "reason": reason}
