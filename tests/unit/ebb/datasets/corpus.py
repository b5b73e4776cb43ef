"""The files of tests/data/datasets, and the settings that each is read with."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from ebb.settings.model_settings import ModelSettings, read_settings
from ebb.settings.toml_writing import toml_value
from ebb.settings.training_and_endpoint import SettingsLimits

CORPUS = Path(__file__).parents[3] / "data" / "datasets"
GROUPS = ("bad", "odd", "good")


@cache
def index(group: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((CORPUS / f"{group}.toml").read_text("utf-8"))


def settings_of(entry: dict[str, Any]) -> ModelSettings:
    """Column 0 is a quantity to be learned, so that each file shows one thing; unless its entry is to be `found`."""
    return read_settings(text_of(entry), SettingsLimits())


def text_of(entry: dict[str, Any]) -> str:
    """The model.toml."""
    text: str = entry.get("settings", "")
    return text if entry.get("found") else _with_defaults(text)


def _with_defaults(text: str) -> str:
    given = tomllib.loads(text)
    top = "" if "label" in given else "label = 0\n"
    if "objective" in given.get("hyperparameters", {}):
        return top + text
    table = {"objective": "reg:squarederror"} | given.get("hyperparameters", {})
    rest = text.partition("[hyperparameters]")[0]
    lines = [f"{name} = {toml_value(value)}" for name, value in table.items()]
    return "\n".join([top + rest, "[hyperparameters]", *lines])
