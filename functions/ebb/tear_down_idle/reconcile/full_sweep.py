"""The full sweep: everything that is there is listed, and what the ledger knows nothing of is found."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ebb.aws.clients import Clients
from ebb.bucket.uploads import FOLDER, is_ignored, model_of_key, model_of_settings
from ebb.environment import TearDownIdleSettings
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, Upload, model_of_run, run_id, upload_digest
from ebb.problems import RefusedError
from ebb.tear_down_idle.reconcile.overdue import (
    ENDED,
    JOBS_SINCE,
    PATIENCE,
    REMEMBERED,
    UNDEPLOYED,
    EndedJob,
    Errand,
    Listed,
    job_errand,
    upload_errand,
)

# Each costs a read; there are more only where somebody copied a wrong folder, who is told often enough then.
MOST_STRAYS = 1000


@dataclass(frozen=True)
class FullSweep:
    """`first_at`: when this stack was swept for the first time."""

    clients: Clients
    settings: TearDownIdleSettings
    now: dt.datetime
    first_at: dt.datetime
    _stages: dict[ModelName, dict[str, str | None]] = field(default_factory=dict)

    def uploads(self) -> Iterator[Errand]:
        """Current versions without a run. Their refusals are remembered for a while; those of old ones are not."""
        datasets, strays = self._listed()
        unknown = [
            listed
            for model, found in datasets.items()
            for listed in found
            if run_id(self.settings.prefix, model, listed.upload, listed.at) not in self._runs(model)
        ]
        # Once every old upload has been asked about for days, what has no run was refused, and that is forgotten.
        begun = self.now - self.first_at < REMEMBERED
        asked = [listed for listed in unknown if begun or self._is_remembered(listed)]
        youngest = sorted(strays, key=lambda listed: listed.at, reverse=True)[:MOST_STRAYS]
        asked += [listed for listed in youngest if self._is_remembered(listed)]
        for listed in asked:
            if not self._ledger.refusal(upload_digest(listed.upload)):
                yield upload_errand(listed.upload)

    def jobs(self) -> Iterator[Errand]:
        """Jobs that have ended, of which deploy_endpoint knows nothing. A page may be empty and not the last."""
        begins = f"{self.settings.prefix}-"
        pages = self.clients.sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=begins, LastModifiedTimeAfter=self.now - JOBS_SINCE, PaginationConfig={"PageSize": 100}
        )
        for page in pages:
            for job in page["TrainingJobSummaries"]:
                name, changed = job["TrainingJobName"], job["LastModifiedTime"]
                model = model_of_run(self.settings.prefix, name)
                if model is None or job["TrainingJobStatus"] not in ENDED or self.now - changed < PATIENCE:
                    continue
                if self._runs(model).get(name) in UNDEPLOYED:
                    yield job_errand(EndedJob(name, job["TrainingJobArn"], job["TrainingJobStatus"]))

    def configs_and_models(self) -> Iterator[str]:
        """The names of all that begin like ours."""
        sagemaker, begins = self.clients.sagemaker, f"{self.settings.prefix}-"
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
        for version in self._current_versions():
            listed = Listed(Upload(self.settings.bucket, version["Key"], version["VersionId"]), version["LastModified"])
            key = listed.upload.key
            if self.now - listed.at < PATIENCE or is_ignored(key) or model_of_settings(key):
                continue
            try:
                datasets[model_of_key(key)].append(listed)
            except RefusedError:
                strays.append(listed)
        return datasets, strays

    def _current_versions(self) -> Iterator[Any]:
        pages = self.clients.s3.get_paginator("list_object_versions").paginate(
            Bucket=self.settings.bucket, Prefix=FOLDER
        )
        for page in pages:
            yield from (version for version in page.get("Versions", []) if version["IsLatest"])

    def _is_remembered(self, listed: Listed) -> bool:
        """Whether a refusal of it would still be known."""
        return self.now - listed.at < REMEMBERED

    def _runs(self, model: ModelName) -> dict[str, str | None]:
        """The stage of each of the model's runs."""
        if model not in self._stages:
            self._stages[model] = {run: row.get("stage") for run, row in self._ledger.runs(model)}
        return self._stages[model]

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.clients.dynamodb, self.settings.ledger_table)
