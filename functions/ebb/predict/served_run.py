"""A run behind a config, as predict needs it: what its rows look like and what its answers mean. Neither changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ebb.bucket.config_settings import ConfigSettings
from ebb.bucket.run_folder import DATASET
from ebb.context import Context
from ebb.environment import PredictSettings
from ebb.evaluation.inference import MAX_BYTES
from ebb.names import run_of_config
from ebb.predict.row_table import RowTable
from ebb.settings.model_settings import ModelSettings

MOST_KEPT = 8


@dataclass(frozen=True)
class ServedRun:
    """`name`: the run's. `variant`: the name of whatever answers in its encoding."""

    name: str
    config: str
    variant: str
    table: RowTable
    label: Mapping[str, Any]
    settings: ModelSettings

    @classmethod
    def of(cls, config: str, dataset: Mapping[str, Any], settings: ModelSettings) -> Self:
        variant, table = f"v-{dataset['encoding']}", RowTable.of(dataset)
        return cls(run_of_config(config), config, variant, table, dataset["label"], settings.of_run(dataset))

    @property
    def outputs(self) -> list[str]:
        """What the container was set to answer in place of the model's own answer."""
        chosen = self.settings.endpoint.environment.get("SAGEMAKER_INFERENCE_OUTPUT", "")
        return chosen.replace(" ", "").split(",") if chosen else []

    @property
    def most_bytes(self) -> int:
        return min(MAX_BYTES, int(self.settings.endpoint.environment.get("MAX_CONTENT_LENGTH", MAX_BYTES)))


@dataclass
class ServedRuns:
    """Those asked for last, as long as the process lives."""

    _kept: dict[str, ServedRun] = field(default_factory=dict)

    def of(self, context: Context[PredictSettings], model: str, config: str) -> ServedRun:
        run = self._kept.pop(config, None) or _read(context, model, config)
        self._kept[config] = run
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return run


def _read(context: Context[PredictSettings], model: str, config: str) -> ServedRun:
    folder = context.folder(model, config)
    return ServedRun.of(config, folder.require(DATASET), ConfigSettings(folder, config).settings())
