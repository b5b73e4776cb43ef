"""Each function's settings, read once from its environment; everything that is missing is named at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from ebb.errors import ConfigurationError
from ebb.settings.training_and_endpoint import SettingsLimits


@dataclass(frozen=True)
class FunctionSettings:
    """What every function knows. A field `max_wait_hours` is read from `MAX_WAIT_HOURS`."""

    stack: str
    prefix: str
    bucket: str
    ledger_table: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        names = [(field.name, field.name.upper(), field.type) for field in fields(cls)]
        missing = [variable for _, variable, _ in names if not environment.get(variable)]
        if missing:
            raise ConfigurationError(f"not set in the environment: {', '.join(missing)}")
        return cls(**{name: _read(variable, environment[variable], kind) for name, variable, kind in names})


def _read(variable: str, text: str, kind: Any) -> Any:
    try:
        return int(text) if kind in (int, "int") else text
    except ValueError as error:
        raise ConfigurationError(f"{variable}: {text!r} is not a whole number") from error


@dataclass(frozen=True)
class LimitingSettings(FunctionSettings):
    """Of a function that reads a model.toml."""

    training_image: str
    allowed_instance_types: str
    max_training_minutes: int
    max_provisioned_concurrency: int

    @property
    def image_version(self) -> str:
        """`3.2-0`: the image's tag."""
        return self.training_image.rpartition(":")[2]

    @property
    def limits(self) -> SettingsLimits:
        """How much a model.toml may ask of this stack."""
        return SettingsLimits(
            self.allowed_instance_types,
            self.max_training_minutes,
            self.max_provisioned_concurrency,
            self.image_version,
        )


@dataclass(frozen=True)
class DeploymentSettings(FunctionSettings):
    """Of a function that asks deploy_endpoint for changes, and confirm_endpoint to look."""

    deploy_queue_url: str
    confirm_queue_url: str


@dataclass(frozen=True)
class StartTrainingSettings(LimitingSettings):
    training_role_arn: str
    max_dataset_gb: int
    intake_queue_url: str
    max_wait_hours: int


@dataclass(frozen=True)
class DeployEndpointSettings(LimitingSettings, DeploymentSettings):
    serving_role_arn: str
    max_wait_hours: int


@dataclass(frozen=True)
class ConfirmEndpointSettings(DeploymentSettings):
    max_wait_hours: int
    log_retention_days: int


@dataclass(frozen=True)
class TearDownIdleSettings(DeploymentSettings):
    intake_queue_url: str
    idle_after_minutes: int
    idle_margin_minutes: int
    tear_down_mode: str
    purge_after_days: int
    max_tear_downs_per_run: int
    max_tear_down_percent: int
    journal_log_group: str
    image_patches_until: str

    @property
    def only_reports(self) -> bool:
        return self.tear_down_mode != "enforce"


@dataclass(frozen=True)
class PredictSettings(FunctionSettings):
    idle_after_minutes: int
    idle_margin_minutes: int
