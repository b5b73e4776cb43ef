"""`model.toml`: what a data scientist may set, with its defaults and the template's limits."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ebb.environment import StartTrainingSettings
from ebb.errors import RefusedError
from ebb.problems import MAX_PROBLEMS, Code, Problem

MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
DEFAULT_HYPERPARAMETERS: dict[str, Any] = {
    "objective": "reg:squarederror",
    "num_round": 50,
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
}


@dataclass(frozen=True)
class Training:
    instance_type: str = "ml.m5.xlarge"
    volume_gb: int = 10
    max_runtime_minutes: int = 60


@dataclass(frozen=True)
class Endpoint:
    memory_mb: int = 2048
    max_concurrency: int = 1
    provisioned_concurrency: int = 0


@dataclass(frozen=True)
class ModelSettings:
    """One run's settings; kept beside it as settings.json, so that a retry never sees a newer file."""

    validation: float = 0.2
    hyperparameters: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_HYPERPARAMETERS))
    training: Training = field(default_factory=Training)
    endpoint: Endpoint = field(default_factory=Endpoint)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> ModelSettings:
        return cls(
            validation=kept["validation"],
            hyperparameters=kept["hyperparameters"],
            training=Training(**kept["training"]),
            endpoint=Endpoint(**kept["endpoint"]),
        )


def read_settings(text: str, limits: StartTrainingSettings) -> ModelSettings:
    """RefusedError names every mistake at once."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        problem = Problem(Code.WRONG_SETTING, f"model.toml is not TOML: {broken}.", "Correct it and upload it again.")
        raise RefusedError([problem]) from broken
    problems: list[Problem] = []
    settings = ModelSettings(
        validation=_number(given, "validation", 0.2, 0, 0.5, problems),
        hyperparameters=_hyperparameters(given, problems),
        training=_training(_table(given, "training", Training, problems), limits, problems),
        endpoint=_endpoint(_table(given, "endpoint", Endpoint, problems), limits, problems),
    )
    known = ("validation", "hyperparameters", "training", "endpoint")
    problems += [_wrong(key, None, f"is not a setting; known are {', '.join(known)}") for key in given if key not in known]
    if problems:
        raise RefusedError(problems[:MAX_PROBLEMS])
    return settings


def _table(given: dict[str, Any], name: str, kind: type, problems: list[Problem]) -> dict[str, Any]:
    table = given.get(name, {})
    if not isinstance(table, dict):
        problems.append(_wrong(name, table, f"must be a table: [{name}]"))
        return {}
    known = kind.__dataclass_fields__
    problems += [
        _wrong(f"{name}.{key}", None, f"is not a setting; known are {', '.join(known)}") for key in table if key not in known
    ]
    return {key: value for key, value in table.items() if key in known}


def _training(table: dict[str, Any], limits: StartTrainingSettings, problems: list[Problem]) -> Training:
    allowed = limits.allowed_instance_types.split(",")
    instance_type = table.get("instance_type", Training.instance_type)
    if not isinstance(instance_type, str) or not any(fnmatchcase(instance_type, pattern) for pattern in allowed):
        problems.append(_wrong("training.instance_type", instance_type, f"must be one of {', '.join(allowed)}"))
    return Training(
        str(instance_type),
        _whole(table, "training.volume_gb", Training.volume_gb, 1, 1024, problems),
        _whole(table, "training.max_runtime_minutes", 60, 1, limits.max_training_minutes, problems),
    )


def _endpoint(table: dict[str, Any], limits: StartTrainingSettings, problems: list[Problem]) -> Endpoint:
    memory = table.get("memory_mb", Endpoint.memory_mb)
    if memory not in MEMORY_SIZES or isinstance(memory, (bool, float)):
        problems.append(_wrong("endpoint.memory_mb", memory, f"must be one of {', '.join(map(str, MEMORY_SIZES))}"))
    most = _whole(table, "endpoint.max_concurrency", Endpoint.max_concurrency, 1, 200, problems)
    provisioned_most = min(most, limits.max_provisioned_concurrency)
    provisioned = _whole(table, "endpoint.provisioned_concurrency", 0, 0, provisioned_most, problems)
    return Endpoint(memory, most, provisioned)


def _hyperparameters(given: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Names and ranges are the algorithm's own business: a job that does not like them says which one."""
    table = given.get("hyperparameters", {})
    if not isinstance(table, dict):
        problems.append(_wrong("hyperparameters", table, "must be a table: [hyperparameters]"))
        return {}
    for name, value in table.items():
        if not isinstance(value, (int, float, str)):
            problems.append(_wrong(f"hyperparameters.{name}", value, "must be a number, a text, or true or false"))
    return DEFAULT_HYPERPARAMETERS | table


def _number(table: dict[str, Any], name: str, default: float, least: float, most: float, problems: list[Problem]) -> float:
    value = table.get(name.rpartition(".")[2], default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        problems.append(_wrong(name, value, f"must be a number from {least} to {most}"))
        return default
    return float(value)


def _whole(table: dict[str, Any], name: str, default: int, least: int, most: int, problems: list[Problem]) -> int:
    value = table.get(name.rpartition(".")[2], default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        problems.append(_wrong(name, value, f"must be a whole number from {least} to {most}"))
        return default
    return value


def _wrong(name: str, value: Any, rule: str) -> Problem:
    shown = "" if value is None else f" = {value!r}"
    return Problem(
        Code.WRONG_SETTING,
        f"model.toml: {name}{shown} {rule}.",
        "Correct it and upload the dataset again.",
        value=None if value is None else str(value),
    )
