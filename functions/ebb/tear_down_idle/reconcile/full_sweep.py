"""The full sweep: everything that is there is listed, and what the ledger knows nothing of is found."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ebb.bucket.uploads import FOLDER, is_ignored, model_of_key, model_of_settings
from ebb.context import Context
from ebb.environment import TearDownIdleSettings
from ebb.messaging.messages import TrainingEnded
from ebb.names import ModelName, Upload, model_of_run, run_id, upload_digest
from ebb.problems import RefusedError
from ebb.tear_down_idle.reconcile.overdue import (
    ENDED,
    JOBS_SINCE,
    PATIENCE,
    REMEMBERED,
    UNDEPLOYED,
    Listed,
    Nudge,
    of_job,
    of_upload,
)

# Each costs a read; there are more only where somebody copied a wrong folder, who is told often enough then.
MOST_STRAYS = 1000


@dataclass(frozen=True)
class FullSweep:
    """`first_at`: when this stack was swept for the first time."""

    context: Context[TearDownIdleSettings]
    first_at: dt.datetime
    _stages: dict[ModelName, dict[str, str | None]] = field(default_factory=dict)

    def uploads(self) -> Iterator[Nudge]:
        """Current versions without a run. Their refusals are remembered for a while; those of old ones are not."""
        datasets, strays = self._listed()
        prefix, now = self.context.settings.prefix, self.context.now
        unknown = [
            listed
            for model, found in datasets.items()
            for listed in found
            if run_id(prefix, model, listed.upload, listed.at) not in self._runs(model)
        ]
        # Once every old upload has been asked about for days, what has no run was refused, and that is forgotten.
        begun = now - self.first_at < REMEMBERED
        asked = [listed for listed in unknown if begun or now - listed.at < REMEMBERED]
        youngest = sorted(strays, key=lambda listed: listed.at, reverse=True)[:MOST_STRAYS]
        asked += [listed for listed in youngest if now - listed.at < REMEMBERED]
        for listed in asked:
            if not self.context.ledger.refusal(upload_digest(listed.upload)):
                yield of_upload(listed.upload)

    def jobs(self) -> Iterator[Nudge]:
        """Jobs that have ended, of which deploy_endpoint knows nothing. A page may be empty and not the last."""
        prefix, now = self.context.settings.prefix, self.context.now
        pages = self.context.clients.sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=f"{prefix}-", LastModifiedTimeAfter=now - JOBS_SINCE, PaginationConfig={"PageSize": 100}
        )
        for job in (job for page in pages for job in page["TrainingJobSummaries"]):
            name, status = job["TrainingJobName"], job["TrainingJobStatus"]
            model = model_of_run(prefix, name)
            if model is None or status not in ENDED or now - job["LastModifiedTime"] < PATIENCE:
                continue
            if self._runs(model).get(name) in UNDEPLOYED:
                yield of_job(TrainingEnded(name, job["TrainingJobArn"]), status)

    def configs_and_models(self) -> Iterator[str]:
        """The names of all that begin like ours."""
        sagemaker, begins = self.context.clients.sagemaker, f"{self.context.settings.prefix}-"
        for configs in sagemaker.get_paginator("list_endpoint_configs").paginate(
            NameContains=begins, PaginationConfig={"PageSize": 100}
        ):
            yield from (config["EndpointConfigName"] for config in configs["EndpointConfigs"])
        for models in sagemaker.get_paginator("list_models").paginate(
            NameContains=begins, PaginationConfig={"PageSize": 100}
        ):
            yield from (model["ModelName"] for model in models["Models"])

    def _listed(self) -> tuple[dict[ModelName, list[Listed]], list[Listed]]:
        """Uploads by model, and strays whose keys can be no dataset's. Settings are none of them."""
        datasets: dict[ModelName, list[Listed]] = defaultdict(list)
        strays: list[Listed] = []
        for listed in self._current_versions():
            key = listed.upload.key
            if self.context.now - listed.at < PATIENCE or is_ignored(key) or model_of_settings(key):
                continue
            try:
                datasets[model_of_key(key)].append(listed)
            except RefusedError:
                strays.append(listed)
        return datasets, strays

    def _current_versions(self) -> Iterator[Listed]:
        bucket = self.context.settings.bucket
        pages = self.context.clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=FOLDER)
        for version in (version for page in pages for version in page.get("Versions", [])):
            if version["IsLatest"]:
                yield Listed(Upload(bucket, version["Key"], version["VersionId"]), version["LastModified"])

    def _runs(self, model: ModelName) -> dict[str, str | None]:
        """The stage of each of the model's runs."""
        if model not in self._stages:
            self._stages[model] = {run: row.get("stage") for run, row in self.context.ledger.runs(model)}
        return self._stages[model]
