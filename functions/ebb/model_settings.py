"""`model.toml`: what a data scientist may set, with its defaults and the template's limits."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ebb.environment import StartTrainingSettings
from ebb.errors import RefusedError
from ebb.problems import MAX_PROBLEMS, Code, Problem, quoted

_REMEDY = "Correct it and upload the dataset again."
_CONSTRAINTS = ("monotone_constraints", "interaction_constraints")
_GRAMMAR = re.compile(r"[\d\s,()\[\]+-]*")
MAX_FILE_BYTES = 64 * 1024
MAX_HYPERPARAMETERS, MAX_NAME_LENGTH, MAX_VALUE_LENGTH = 90, 256, 2500  # SageMaker's, with room for the defaults
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
    except (ValueError, RecursionError) as broken:  # numbers of thousands of digits, brackets of thousands of levels
        problem = Problem(Code.WRONG_SETTING, f"model.toml is not TOML: {quoted(str(broken))}.", _REMEDY)
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
        elif not 0 < len(name) <= MAX_NAME_LENGTH or len(str(value)) > MAX_VALUE_LENGTH:
            table.refuse(name, value, f"must have a name, and at most {MAX_VALUE_LENGTH} characters")
        elif name in _CONSTRAINTS and not _GRAMMAR.fullmatch(str(value)):
            # The container evaluates these as Python.
            table.refuse(name, value, "may hold numbers, commas, parentheses and brackets only")
    if len(table.given) > MAX_HYPERPARAMETERS:
        table.refuse("*", len(table.given), f"must be at most {MAX_HYPERPARAMETERS} entries")
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
        shown = "" if value is None else f" = {_short(value)}"
        problem = f"model.toml: {quoted(place)[1:-1]}{shown} {rule}."
        self.problems.append(Problem(Code.WRONG_SETTING, problem, _REMEDY, value=None if value is None else str(value)))


def _short(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else quoted(str(value))[1:-1]
