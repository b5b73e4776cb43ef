"""Each file below tests/data/settings has its verdict; the published schema refuses nothing that the check takes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ebb.problems import Code, Problem, RefusedError
from ebb.settings.model_settings import ModelSettings, read_settings
from ebb.settings.training_and_endpoint import SettingsLimits

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "tests/data/settings"
INDEX: list[dict[str, Any]] = tomllib.loads((FOLDER / "index.toml").read_text())["file"]
VALIDATOR = Draft202012Validator(json.loads((ROOT / "docs/model.schema.json").read_text()))


def each(files: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", [pytest.param(file, id=file["name"]) for file in files])


def text_of(file: dict[str, Any]) -> str:
    return (FOLDER / str(file["name"])).read_bytes().decode()


@each(INDEX)
def test_a_file_is_taken_or_refused_at_its_keys_and_lines(file: dict[str, Any]) -> None:
    try:
        read_settings(text_of(file), SettingsLimits())
        refused: tuple[Problem, ...] = ()
    except RefusedError as error:
        refused = error.problems
    assert [[_key(problem.problem), problem.line] for problem in refused] == file["problems"]
    assert all(problem.code is Code.WRONG_SETTING for problem in refused)


def _key(sentence: str) -> str:
    """The full name that a sentence begins with; none where the whole text is no TOML."""
    return "" if "is not TOML" in sentence else sentence.removeprefix("model.toml: ").split(" ")[0]


@each([file for file in INDEX if file.get("toml", True)])
def test_the_schema_and_the_check_agree(file: dict[str, Any]) -> None:
    taken = VALIDATOR.is_valid(tomllib.loads(text_of(file)))
    assert taken is (not file["problems"] or file.get("beyond", False))


@each([file for file in INDEX if not file["problems"]])
def test_what_is_taken_is_kept_and_read_as_it_was(file: dict[str, Any]) -> None:
    settings = read_settings(text_of(file), SettingsLimits())
    assert ModelSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings


def test_every_file_is_in_the_index_once() -> None:
    names = [file["name"] for file in INDEX]
    assert sorted(names) == sorted(path.name for path in FOLDER.glob("*.toml") if path.name != "index.toml")
    assert len(names) >= 60
