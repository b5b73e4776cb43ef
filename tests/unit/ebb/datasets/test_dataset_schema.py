"""dataset.json is what its published schema says, for every file of the corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs.generate import DATASET_SCHEMA, dataset_schema_text
from ebb.datasets.prepare import prepare
from ebb.datasets.source import GB, FileSource
from ebb.datasets.split import NoSink
from ebb.datasets.warnings import MAX_WARNINGS
from ebb.problems import RefusedError, summary
from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits
from tests.unit.ebb.datasets.corpus import CORPUS, GROUPS, index, settings_of

FILES = [(CORPUS / group / name, entry) for group in GROUPS for name, entry in index(group).items()]
SCHEMA = Draft202012Validator(
    json.loads(DATASET_SCHEMA.read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
)


def dataset_of(path: Path, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        return prepare(FileSource(path), settings_of(entry), NoSink(), max_bytes=entry.get("max_bytes", GB)).as_json()
    except RefusedError as refused:
        problems = [problem.as_json() for problem in refused.problems]
        sentence = summary(refused.problems)
        told = {"schema": 1, "verdict": "refused", "sentence": sentence, "problems": problems, "warnings": []}
        return told | ({"model_toml": refused.model_toml} if refused.model_toml else {})


def test_the_published_schema_is_up_to_date() -> None:
    assert DATASET_SCHEMA.read_text() == dataset_schema_text(), "run `make docs`"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("group", ["good", "odd", "bad"])
def test_every_file_of_the_corpus_gives_what_the_schema_says(group: str) -> None:
    found = [(path, dataset_of(path, entry)) for path, entry in FILES if path.parent.name == group]
    assert {dataset["verdict"] for _, dataset in found} == {"refused" if group == "bad" else "accepted"}
    wrong = [(path.name, error.message) for path, dataset in found for error in SCHEMA.iter_errors(dataset)]
    assert wrong == []


@pytest.mark.parametrize("key", ["label", "features", "encoding", "rows", "verdict"])
def test_a_dataset_that_lacks_something_is_not_one(key: str) -> None:
    path, entry = next(found for found in FILES if found[0].parent.name == "good")
    dataset = dataset_of(path, entry)
    del dataset[key]
    assert not SCHEMA.is_valid(dataset)
    assert not SCHEMA.is_valid(dataset | {key: None, "another": 1})


def test_a_table_of_odd_columns_has_a_hundred_warnings_at_most(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("".join(f"{row},{','.join(['7'] * 300)}\n" for row in range(20)))
    dataset = prepare(FileSource(path), read_settings("label = 0", SettingsLimits()), NoSink(), max_bytes=GB)
    assert len(dataset.warnings) == MAX_WARNINGS == 100
