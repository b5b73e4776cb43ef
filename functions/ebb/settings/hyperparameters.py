"""`[hyperparameters]`: the algorithm's own names, checked against the container's table before any job starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebb.problems import Problem
from ebb.settings.eval_metrics import as_logged
from ebb.settings.hyperparameter_rules import RULES
from ebb.settings.hyperparameter_table import ALIASES, HYPERPARAMETERS, NOT_TAKEN
from ebb.settings.toml_table import SettingsTable, TomlLines
from ebb.settings.value_kinds import Kind, Real, Whole, Words, in_toml

AUTO = "auto"  # of the objective alone: found from the label
DEFAULTS: dict[str, Any] = {
    "objective": AUTO,
    "num_round": 50,
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
}
_OF_TREES = ("max_depth", "gamma", "min_child_weight", "subsample")
_SMALLEST = 1.2e-38  # of the numbers that XGBoost can read, which has 32 bits for each


def read_hyperparameters(
    table: SettingsTable, homes: Mapping[str, str], *, validation: float, version: str
) -> dict[str, Any]:
    """What CreateTrainingJob is sent, by the real names; an alias replaces Ebb's default of the real name."""
    table.refuse_unknown((*HYPERPARAMETERS, *ALIASES), NOT_TAKEN, homes)
    given: dict[str, Any] = {}
    written: dict[str, str] = {}
    for as_written in table.given:
        name = ALIASES.get(as_written, as_written)
        if name in given:
            table.refuse(as_written, f"is given twice: {written[name]} and {as_written} are one hyperparameter")
        elif name in HYPERPARAMETERS:
            given[name], written[name] = _read(table, name, as_written), as_written
    values = _defaults(given) | {name: value for name, value in given.items() if value is not None}
    broken = {name for name, value in given.items() if value is None}
    if values["objective"] == AUTO:
        broken.add("objective")  # what depends on it is judged when it is known
    for rule in RULES:
        if broken.isdisjoint(rule.names):
            for name, reason in rule.broken_by(values, given, validation, version):
                table.refuse(written.get(name, name), reason)
    return values


def for_objective(values: Mapping[str, Any], objective: str, num_class: int | None) -> dict[str, Any]:
    """The same with the task that was found; `num_class` where there are several classes."""
    classes = {} if num_class is None else {"num_class": num_class}
    return {**values, "objective": objective, **classes}


def refuse_unfit(values: Mapping[str, Any], validation: float, problems: list[Problem]) -> None:
    """By the rules that had to wait until the objective was known. None of those found depends on the image."""
    table = SettingsTable(("hyperparameters",), values, problems, TomlLines(""))
    for rule in RULES:
        if "objective" in rule.names:
            for name, reason in rule.broken_by(values, values, validation, ""):
                table.refuse(name, f"{reason} ({values['objective']} is what the label was found to be)")


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """The API takes texts only; the container wants `true`, not `True`."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def _defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """A linear model has no trees."""
    linear = given.get("booster") == "gblinear"
    return {name: value for name, value in DEFAULTS.items() if not linear or name not in _OF_TREES}


def _read(table: SettingsTable, name: str, as_written: str) -> Any:
    """None: refused."""
    row, value = HYPERPARAMETERS[name], table.given[as_written]
    if (name, value) == ("objective", AUTO):
        return AUTO
    for part in _parts(value):
        if part in row.refused:
            table.refuse(
                as_written, row.refused[part] if len(_parts(value)) == 1 else f"has {part}, which {row.refused[part]}"
            )
            return None
    try:
        return _of_kind(row.kind, value)
    except ValueError:
        rule = row.kind.rule.replace("must be one of ", f"must be {AUTO} or one of ") if name == "objective" else ""
        table.refuse(as_written, rule or row.kind.rule)
        return None


def _of_kind(kind: Kind, value: Any) -> Any:
    """A number may be written as a text, as the API has it."""
    if not isinstance(kind, (Whole, Real)):
        return as_logged(kind.read(value)) if isinstance(kind, Words) else kind.read(value)
    number = kind.read_text(value) if isinstance(value, str) else kind.read(value)
    if 0 < abs(number) < _SMALLEST:
        raise ValueError(kind.rule)
    return number


def _parts(value: Any) -> list[str]:
    """The words of a list; a single value is a list of one."""
    if isinstance(value, bool):
        return [str(value).lower()]
    words = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
    return [in_toml(word) if isinstance(word, int) else word.strip() for word in words if isinstance(word, (int, str))]
