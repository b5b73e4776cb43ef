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
    top = _Table("", given, problems)
    settings = ModelSettings(
        validation=top.number("validation", 0.2, 0, 0.5),
        hyperparameters=_hyperparameters(top.table("hyperparameters")),
        training=_training(top.table("training"), limits),
        endpoint=_endpoint(top.table("endpoint"), limits),
    )
    top.refuse_unknown("validation", "hyperparameters", "training", "endpoint")
    if problems:
        raise RefusedError(problems[:MAX_PROBLEMS])
    return settings


def _hyperparameters(table: _Table) -> dict[str, Any]:
    """Names and ranges are the algorithm's own business: a job that does not like them says which one."""
    for name, value in table.given.items():
        if not isinstance(value, (int, float, str)):
            table.refuse(name, value, "must be a number, a text, or true or false")
    return DEFAULT_HYPERPARAMETERS | table.given


def _training(table: _Table, limits: StartTrainingSettings) -> Training:
    table.refuse_unknown(*Training.__dataclass_fields__)
    allowed = limits.allowed_instance_types.split(",")
    usual_minutes = min(Training.max_runtime_minutes, limits.max_training_minutes)
    instance_type = table.given.get("instance_type", Training.instance_type)
    if not isinstance(instance_type, str) or not any(fnmatchcase(instance_type, pattern) for pattern in allowed):
        table.refuse("instance_type", instance_type, f"must be one of {', '.join(allowed)}")
    return Training(
        str(instance_type),
        table.whole("volume_gb", Training.volume_gb, 1, 1024),
        table.whole("max_runtime_minutes", usual_minutes, 1, limits.max_training_minutes),
    )


def _endpoint(table: _Table, limits: StartTrainingSettings) -> Endpoint:
    table.refuse_unknown(*Endpoint.__dataclass_fields__)
    memory = table.given.get("memory_mb", Endpoint.memory_mb)
    if not isinstance(memory, int) or memory not in MEMORY_SIZES:
        table.refuse("memory_mb", memory, f"must be one of {', '.join(map(str, MEMORY_SIZES))}")
    most = table.whole("max_concurrency", Endpoint.max_concurrency, 1, 200)
    provisioned_most = min(most, limits.max_provisioned_concurrency)
    return Endpoint(memory, most, table.whole("provisioned_concurrency", 0, 0, provisioned_most))


@dataclass(frozen=True)
class _Table:
    """One table of the file; what is wrong in it goes to the list that all tables share."""

    name: str
    given: dict[str, Any]
    problems: list[Problem]

    def table(self, name: str) -> _Table:
        inside = self.given.get(name, {})
        if not isinstance(inside, dict):
            self.refuse(name, inside, f"must be a table: [{name}]")
            inside = {}
        return _Table(name, inside, self.problems)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self.given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            self.refuse(name, value, f"must be a number from {least} to {most}")
            return default
        return float(value)

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(name, value, f"must be a whole number from {least} to {most}")
            return default
        return value

    def refuse_unknown(self, *known: str) -> None:
        for name in self.given:
            if name not in known:
                self.refuse(name, None, f"is not a setting; known are {', '.join(known)}")

    def refuse(self, name: str, value: Any, rule: str) -> None:
        place = f"{self.name}.{name}" if self.name else name
        shown = "" if value is None else f" = {value!r}"
        problem = f"model.toml: {place}{shown} {rule}."
        remedy = "Correct it and upload the dataset again."
        self.problems.append(Problem(Code.WRONG_SETTING, problem, remedy, value=None if value is None else str(value)))
