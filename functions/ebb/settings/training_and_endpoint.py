"""`[training]` and `[endpoint]`: what a run may use, within the caps of the stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ebb.settings.container_environment import read_environment
from ebb.settings.toml_table import SettingsTable
from ebb.settings.value_kinds import Whole


@dataclass(frozen=True)
class SettingsLimits:
    """The stack's parameters; the defaults are the template's."""

    allowed_instance_types: str = "ml.m5.*,ml.m6i.*,ml.c5.*"
    max_training_minutes: int = 240
    max_provisioned_concurrency: int = 0
    image_version: str = "3.2-0"


MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
INSTANCE_TYPE = r"ml\.[a-z0-9-]+\.[a-z0-9-]+"
VOLUME, CONCURRENCY = Whole(1, 1024), Whole(1, 200)
NO_SETTINGS = {
    "instance_count": "is not a setting: every run trains on one instance",
    "spot": "is not a setting: a spot instance may be taken away or never come, and the upload waits for it",
}


@dataclass(frozen=True)
class Training:
    """`volume_is_set`: by the user, so that it is not raised when the data need more."""

    instance_type: str = "ml.m5.xlarge"
    volume_gb: int = 10
    max_runtime_minutes: int = 60
    volume_is_set: bool = False


@dataclass(frozen=True)
class Endpoint:
    memory_mb: int = 2048
    max_concurrency: int = 1
    provisioned_concurrency: int = 0
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MemoryKind:
    rule: str = f"must be one of {', '.join(map(str, MEMORY_SIZES))}"

    def read(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value not in MEMORY_SIZES:
            raise ValueError(self.rule)
        return value


@dataclass(frozen=True)
class InstanceKind:
    """Types that a stack allows: patterns, separated by commas."""

    allowed: str

    @property
    def rule(self) -> str:
        return f"must be one of {self.allowed.replace(',', ', ')}, the stack's AllowedInstanceTypes"

    def read(self, value: Any) -> str:
        patterns = self.allowed.split(",")
        if not isinstance(value, str) or not re.fullmatch(INSTANCE_TYPE, value):
            raise ValueError(self.rule)
        if not any(fnmatchcase(value, pattern.strip()) for pattern in patterns):
            raise ValueError(self.rule)
        return value


def read_training(table: SettingsTable, limits: SettingsLimits, homes: Mapping[str, str]) -> Training:
    table.refuse_unknown(("instance_type", "volume_gb", "max_runtime_minutes"), NO_SETTINGS, homes)
    kind, most = InstanceKind(limits.allowed_instance_types), limits.max_training_minutes
    instance_type = table.read("instance_type", kind, None)
    if "instance_type" not in table.given:
        instance_type = Training.instance_type
        if not any(fnmatchcase(instance_type, pattern.strip()) for pattern in kind.allowed.split(",")):
            table.refuse("instance_type", f"{kind.rule}; the default, {instance_type}, is not")
    return Training(
        instance_type or Training.instance_type,
        table.read("volume_gb", VOLUME, Training.volume_gb),
        table.read("max_runtime_minutes", Whole(1, most), min(Training.max_runtime_minutes, most)),
        "volume_gb" in table.given,
    )


def read_endpoint(table: SettingsTable, limits: SettingsLimits, homes: Mapping[str, str]) -> Endpoint:
    known = ("memory_mb", "max_concurrency", "provisioned_concurrency", "environment")
    table.refuse_unknown(known, NO_SETTINGS, homes)
    most = table.read("max_concurrency", CONCURRENCY, Endpoint.max_concurrency)
    provisioned = Whole(0, min(most, limits.max_provisioned_concurrency))
    return Endpoint(
        table.read("memory_mb", MemoryKind(), Endpoint.memory_mb),
        most,
        table.read("provisioned_concurrency", provisioned, Endpoint.provisioned_concurrency),
        read_environment(table.table("environment")),
    )
