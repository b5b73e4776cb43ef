"""How much a model.toml may ask of a stack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SettingsLimits:
    """The stack's parameters; the defaults are the template's."""

    allowed_instance_types: str = "ml.m5.*,ml.m6i.*,ml.c5.*"
    max_training_minutes: int = 240
    max_provisioned_concurrency: int = 0
    image_version: str = "3.2-0"
