"""The published schemas are what the code says."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from docs.generate import MODEL_SCHEMA, model_schema_text


def test_the_schema_of_model_toml_is_up_to_date() -> None:
    assert MODEL_SCHEMA.read_text() == model_schema_text(), "run `make docs`"


def test_the_schema_of_model_toml_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(MODEL_SCHEMA.read_text()))


def test_every_key_says_what_it_is_for() -> None:
    unsaid = []
    tables = [("", json.loads(MODEL_SCHEMA.read_text()))]
    while tables:
        place, table = tables.pop()
        assert table["additionalProperties"] is False, place
        unsaid += [f"{place}{name}" for name, key in table["properties"].items() if not key.get("description")]
        tables += [(f"{place}{name}.", key) for name, key in table["properties"].items() if "properties" in key]
    assert unsaid == []
