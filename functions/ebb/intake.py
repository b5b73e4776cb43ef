"""From an upload to its one training job, or to a refusal that says where and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ebb.announcements import Announcement, announce, safe
from ebb.clients import Clients
from ebb.environment import StartTrainingSettings
from ebb.errors import (
    RefusedError,
    WaitError,
    is_already_there,
    is_missing_object,
    is_passing,
    is_refused,
    message_of,
)
from ebb.latest import Latest
from ebb.ledger import Ledger, iso
from ebb.model_settings import MAX_FILE_BYTES, ModelSettings, read_settings
from ebb.names import ModelName, RunId, Upload, endpoint_name, run_folder, run_id, upload_digest
from ebb.numeric_csv import Row, Table, read_rows
from ebb.problems import Code, Problem, summary
from ebb.run_folder import RunFolder
from ebb.training import training_request
from ebb.uploads import SETTINGS_NAME, is_ignored, model_of_key

Outcome = dict[str, Any]
BLOCK_SIZE = 1024 * 1024
LAST_MINUTE = dt.timedelta(seconds=60)
_GB = 1024**3


@dataclass(frozen=True)
class Intake:
    """`until`: when the function's time is over."""

    clients: Clients
    settings: StartTrainingSettings
    now: dt.datetime
    until: dt.datetime

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)

    def take(self, upload: Upload) -> Outcome:
        """Work on one upload; the same upload twice ends the same way and says nothing twice."""
        if is_ignored(upload.key):
            return {"outcome": "ignored", "key": upload.key}
        try:
            model = model_of_key(upload.key)
        except RefusedError as refused:
            return self._refuse_without_model(upload, refused)
        try:
            head = self.clients.s3.head_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version_id)
        except ClientError as error:
            if is_missing_object(error):
                return {"outcome": "gone", "key": upload.key, "version": upload.version_id}
            raise
        run = Run(self, upload, model, head["LastModified"], head["ContentLength"])
        return run.start()

    def _refuse_without_model(self, upload: Upload, refused: RefusedError) -> Outcome:
        """No run, so no run folder either: the ledger remembers it for a week."""
        sentence = summary(refused.problems)
        if self.ledger.refusal(upload_digest(upload)):
            return {"outcome": "already refused", "key": upload.key}
        said = {"problems": [problem.as_json() for problem in refused.problems], "key": upload.key}
        model = refused.model or "-"
        announce(self.clients, self.settings.stack, Announcement("DatasetRefused", model, None, sentence, said))
        self.ledger.record_refusal(upload_digest(upload), self.now, reason=sentence, key=upload.key)
        if refused.model:
            endpoint = endpoint_name(self.settings.prefix, refused.model)
            latest = Latest(refused.model, None, "refused", sentence, endpoint, refused.problems)
            latest.write(self.clients.s3, self.settings.bucket, self.now)
        return {"outcome": "refused", "key": upload.key, "reason": sentence}


@dataclass(frozen=True)
class Run:
    """One upload of one model on its way to training."""

    intake: Intake
    upload: Upload
    model: ModelName
    uploaded_at: dt.datetime
    size: int

    @property
    def id(self) -> RunId:
        return run_id(self.intake.settings.prefix, self.model, self.upload, self.uploaded_at)

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.intake.clients.s3, self.upload.bucket, run_folder(self.model, self.id))

    def start(self) -> Outcome:
        dataset = self.folder.read("dataset.json") or self._prepare()
        if dataset["verdict"] == "refused":
            return {"outcome": "refused", "run": self.id, "reason": dataset["sentence"]}
        return self._train(dataset)

    def _prepare(self) -> dict[str, Any]:
        """Settings, rows, and then `dataset.json`, which proves the folder whole."""
        try:
            settings = self._settings()
            table = Table()
            counts = self.folder.write_rows(self._rows(table), settings.validation)
        except RefusedError as refused:
            return self._refuse(refused)
        accepted = {
            "verdict": "accepted",
            "run": self.id,
            "source": self._source(),
            "columns": table.columns,
            "rows": counts | {"all": table.rows},
            "validation": settings.validation,
        }
        return self.folder.write_once("dataset.json", accepted)

    def _rows(self, table: Table) -> Iterator[Row]:
        limit = self.intake.settings.max_dataset_gb
        if self.size > limit * _GB:
            problem = f"The file has {self.size / _GB:.1f} GB; the stack accepts {limit} GB."
            raise RefusedError([Problem(Code.TOO_LARGE, problem, "Upload a sample, or raise MaxDatasetGB.")])
        body = self.intake.clients.s3.get_object(
            Bucket=self.upload.bucket, Key=self.upload.key, VersionId=self.upload.version_id
        )["Body"]
        return read_rows(self._in_time(body.iter_chunks(BLOCK_SIZE)), table)

    def _in_time(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """A pass that cannot end is the uploader's answer, not five time-outs that nobody hears of."""
        for block in blocks:
            if self.intake.until - dt.datetime.now(dt.UTC) < LAST_MINUTE:
                problem = "The file is too large to be read in one pass."
                raise RefusedError([Problem(Code.TOO_LARGE, problem, "Upload a sample of the rows.")])
            yield block

    def _settings(self) -> ModelSettings:
        """Read once per run and kept with it: a retry must not see a newer model.toml."""
        kept = self.folder.read("settings.json")
        if kept is None:
            text, version = self._model_toml()
            settings = read_settings(text, self.intake.settings)
            kept = self.folder.write_once("settings.json", settings.as_json() | {"model_toml_version": version})
        return ModelSettings.from_json(kept)

    def _model_toml(self) -> tuple[str, str | None]:
        key = f"datasets/{self.model}/{SETTINGS_NAME}"
        try:
            found = self.intake.clients.s3.get_object(Bucket=self.upload.bucket, Key=key)
        except ClientError as error:
            if is_missing_object(error):
                return "", None
            raise
        if found["ContentLength"] > MAX_FILE_BYTES:
            problem = f"model.toml has {found['ContentLength']:,} bytes; at most {MAX_FILE_BYTES:,} are read."
            remedy = "Shorten it and upload the dataset again."
            raise RefusedError([Problem(Code.WRONG_SETTING, problem, remedy)])
        return found["Body"].read().decode("utf-8-sig", "replace"), found.get("VersionId")

    def _refuse(self, refused: RefusedError) -> dict[str, Any]:
        sentence = f"{self.upload.key} was refused. {summary(refused.problems)}"
        problems = [problem.as_json() for problem in refused.problems]
        said = Announcement("DatasetRefused", self.model, self.id, sentence, {"problems": problems})
        announce(self.intake.clients, self.intake.settings.stack, said)
        self._record("refused", sentence, refused.problems, reason=sentence)
        verdict = {"verdict": "refused", "run": self.id, "source": self._source(), "sentence": sentence}
        return self.folder.write_once("dataset.json", verdict | {"problems": problems})

    def _train(self, dataset: dict[str, Any]) -> Outcome:
        settings = self._settings()
        validated = dataset["rows"]["validation"] > 0
        request = training_request(self.intake.settings, self.model, self.id, settings, validated=validated)
        try:
            self.intake.clients.sagemaker.create_training_job(**request)
        except ClientError as error:
            if is_passing(error):
                raise WaitError(str(error)) from error
            if not is_already_there(error) and is_refused(error):
                return self._report_refusal(error)
            if not is_already_there(error):
                raise
            # An earlier attempt started it; it may have ended before it could say so.
            if self.intake.ledger.run(self.model, self.id):
                return {"outcome": "already training", "run": self.id}
        rows = dataset["rows"]
        sentence = (
            f"{self.upload.key} is accepted: {rows['train']} rows to train on, {rows['validation']} held out. "
            f"Training {self.id} on {settings.training.instance_type}."
        )
        said = Announcement("TrainingStarted", self.model, self.id, sentence, {"rows": rows})
        announce(self.intake.clients, self.intake.settings.stack, said)
        self._record("training", sentence)
        return {"outcome": "training", "run": self.id, "rows": rows}

    def _report_refusal(self, error: ClientError) -> Outcome:
        """SageMaker's own answer to settings that only SageMaker can judge, such as an instance type's name."""
        reason = safe(message_of(error))
        sentence = f"SageMaker refused to train {self.id}: {reason} Correct model.toml and upload the dataset again."
        if self.intake.ledger.run(self.model, self.id).get("stage") != "failed":
            said = Announcement("TrainingFailed", self.model, self.id, sentence, {"reason": reason})
            announce(self.intake.clients, self.intake.settings.stack, said)
            self._record("failed", sentence, reason=reason)
        return {"outcome": "training refused", "run": self.id, "reason": reason}

    def _record(self, stage: str, sentence: str, problems: Sequence[Problem] = (), **facts: str) -> None:
        here = self.intake
        here.ledger.record_run(self.model, self.id, stage, here.now, **facts, **self._origin())
        endpoint = endpoint_name(here.settings.prefix, self.model)
        latest = Latest(self.model, self.id, stage, sentence, endpoint, problems)
        latest.write(here.clients.s3, here.settings.bucket, here.now)

    def _origin(self) -> dict[str, str]:
        return {"key": self.upload.key, "version_id": self.upload.version_id, "uploaded_at": iso(self.uploaded_at)}

    def _source(self) -> dict[str, Any]:
        return {"bucket": self.upload.bucket, **self._origin(), "bytes": self.size}
