"""The verdict on an upload under the settings that are kept with it. Accepted, its rows stand in the run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ebb.bucket.run_folder import DATASET, SETTINGS, Kept, RunFolder
from ebb.datasets.prepare import prepare
from ebb.environment import StartTrainingSettings
from ebb.errors import WaitError
from ebb.problems import RefusedError, summary
from ebb.settings.model_settings import ModelSettings
from ebb.start_training.instance_types import GIB, matrix_problem
from ebb.start_training.run_files import RunRows
from ebb.start_training.upload_source import S3Source


@dataclass(frozen=True)
class Attempt:
    """At a verdict. `kept`: settings.json; `over`: the verdict under other settings that this one replaces."""

    folder: RunFolder
    kept: Kept
    over: Kept | None

    def rows(self) -> RunRows:
        return RunRows(self.folder, self._check)

    def _check(self) -> None:
        """The last word before the rows appear: no other attempt has been quicker.

        Settings are replaced only where there is a verdict to replace.
        """
        if self.folder.find(DATASET) != self.over or (self.over and self.folder.find(SETTINGS) != self.kept):
            raise WaitError(f"another attempt at {self.folder.prefix} was quicker")


def judge(source: S3Source, attempt: Attempt, limits: StartTrainingSettings) -> dict[str, Any]:
    """dataset.json, without what the run knows itself."""
    kept = attempt.kept.content
    if wrong := kept.get("problems"):
        return _refusal(source, wrong, kept["sentence"])
    try:
        return _accept(source, ModelSettings.from_json(kept), attempt.rows(), limits)
    except RefusedError as refused:
        told = _refusal(source, [problem.as_json() for problem in refused.problems], summary(refused.problems))
        return told | ({"model_toml": refused.model_toml} if refused.model_toml else {})


def _accept(source: S3Source, settings: ModelSettings, rows: RunRows, limits: StartTrainingSettings) -> dict[str, Any]:
    instance_type, allowed = settings.training.instance_type, limits.allowed_instance_types
    fits = partial(matrix_problem, instance_type=instance_type, allowed=allowed)
    dataset = prepare(source, settings, rows, max_bytes=limits.max_dataset_gb * GIB, fits=fits)
    return dataset.as_json() | {"bytes": rows.bytes}


def _refusal(source: S3Source, problems: Sequence[dict[str, Any]], reason: str) -> dict[str, Any]:
    sentence = f"{source.upload.key} was refused. {reason}"
    return {"schema": 1, "verdict": "refused", "sentence": sentence, "problems": problems, "warnings": []}
