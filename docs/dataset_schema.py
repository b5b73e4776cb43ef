"""The schema of `dataset.json`: what a run was made of, or why it was refused."""

from __future__ import annotations

from typing import Any

from ebb.datasets.dataset import SCHEMA
from ebb.datasets.delimiter import DELIMITERS
from ebb.datasets.label_rule import How
from ebb.problems import MAX_NAME_LENGTH, MAX_PROBLEMS, MAX_VALUE_LENGTH, Code

Schema = dict[str, Any]
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}


def dataset_schema() -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dataset.json of Ebb",
        "description": "Written last into runs/<model>/<run>/. Positions count from 0, physical lines from 1.",
        "oneOf": [{"$ref": "#/$defs/accepted"}, {"$ref": "#/$defs/refused"}],
        "$defs": {
            "accepted": _accepted(),
            "refused": _refused(),
            "source": _source(),
            "label": _label(),
            "column": _column(),
            "problem": _problem(),
        },
    }


def _object(properties: dict[str, Schema], description: str, optional: tuple[str, ...] = ()) -> Schema:
    """Closed: every property but the optional ones is always there, and nothing else."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(items: Schema, description: str, most: int | None = None) -> Schema:
    return {"type": "array", "items": items, "description": description} | ({"maxItems": most} if most else {})


def _verdict(verdict: str) -> dict[str, Schema]:
    return {
        "schema": {"const": SCHEMA, "description": "The version of this schema."},
        "verdict": {"const": verdict},
        "run": _TEXT | {"description": "The run's id; absent in the answer of `ebb check`."},
        "model_toml_version": {
            "type": ["string", "null"],
            "description": "S3 version of model.toml; null without one.",
        },
        "source": {"$ref": "#/$defs/source"},
    }


def _accepted() -> Schema:
    compression = {"enum": [None, "gzip"]}
    layout: dict[str, Schema] = {
        "delimiter": {"enum": [delimiter.decode() for delimiter in DELIMITERS]},
        "header": {"type": "boolean"},
        "compression": compression,
    }
    rows = dict.fromkeys(("all", "train", "validation", "smoke"), _COUNT)
    properties = _verdict("accepted") | {
        "format": _object(layout, "How the file is written, as found."),
        "objective": _TEXT | {"description": "XGBoost's learning task, as it was named or found."},
        "num_class": {"type": ["integer", "null"], "minimum": 2, "description": "Null unless a multi: objective."},
        "label": {"$ref": "#/$defs/label"},
        "columns": _list({"$ref": "#/$defs/column"}, "Every column of the file, in its order."),
        "features": _list(_TEXT, "The names of the encoded features, in the order in which they are sent."),
        "encoding": {"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "Equal for equal encodings."},
        "rows": _object(rows, "How many rows there are, and how many in each file of the run."),
        "bytes": _object({"train": _COUNT, "validation": _COUNT}, "How large the files of the run are."),
        "validation": {"type": "number", "minimum": 0, "maximum": 0.5, "description": "The share that was asked for."},
        "warnings": _list({"$ref": "#/$defs/problem"}, "What is odd, but usable."),
        "problems": _list({}, "None.", 0) | {"maxItems": 0},
    }
    return _object(properties, "A table that was prepared.", ("run", "model_toml_version", "bytes"))


def _refused() -> Schema:
    properties = _verdict("refused") | {
        "sentence": _TEXT | {"description": "The first problem, and how many more there are, for people."},
        "problems": _list({"$ref": "#/$defs/problem"}, "What is wrong.", MAX_PROBLEMS) | {"minItems": 1},
        "warnings": _list({}, "None."),
        "model_toml": _TEXT | {"description": "A finished model.toml, where nobody said what is to be predicted."},
    }
    optional = ("run", "model_toml_version", "source", "model_toml")
    return _object(properties, "A table that was not prepared.", optional)


def _source() -> Schema:
    properties = {
        "bucket": _TEXT,
        "key": _TEXT,
        "version_id": _TEXT | {"description": "The version of the object that was read."},
        "uploaded_at": _TEXT | {"format": "date-time"},
        "bytes": _COUNT | {"description": "As it is stored, compressed or not."},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of the bytes as they are stored."},
    }
    return _object(properties, "The upload. `ebb check` knows only its digest.", tuple(properties))


def _label() -> Schema:
    properties = {
        "position": _COUNT,
        "name": {"type": ["string", "null"]},
        "chosen": {"enum": [how.value for how in How], "description": "By what it was found to be the label."},
        "kind": {"enum": ["number", "class"]},
        "classes": {
            "type": ["array", "null"],
            "items": _TEXT,
            "description": "As the file spells them: the model's answer is a position in this list; of two the second "
            "is the positive one. Null where a number is predicted.",
        },
        "minimum": _NUMBER_OR_NULL,
        "maximum": _NUMBER_OR_NULL,
    }
    return _object(properties, "What the model learns, and how its answers are read.")


def _column() -> Schema:
    category = {"value": _TEXT, "rows": _COUNT}
    properties = {
        "position": _COUNT,
        "name": {"type": ["string", "null"], "description": "From the header; null without one."},
        "role": {"enum": ["feature", "label", "dropped"]},
        "kind": {
            "enum": ["number", "boolean", "category", "class", None],
            "description": "number: as it is, but 0 where it is nearer to zero than 1.1754944e-38. "
            "boolean: true and yes are 1. category: a feature a value. Null: dropped.",
        },
        "missing": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "Share of the rows."},
        "minimum": _NUMBER_OR_NULL,
        "maximum": _NUMBER_OR_NULL,
        "categories": {
            "type": ["array", "null"],
            "items": _object(category, "A value, as it is in the file."),
            "description": "By frequency: in the order of their features. For a boolean its values as written.",
        },
        "features": _list(_COUNT, "Positions among the encoded features."),
    }
    return _object(properties, "A column of the file, and what becomes of it.")


def _problem() -> Schema:
    place: dict[str, Schema] = {"position": _COUNT, "name": {"type": ["string", "null"], "maxLength": MAX_NAME_LENGTH}}
    properties: dict[str, Schema] = {
        "code": {"enum": [code.value for code in Code]},
        "line": {"type": ["integer", "null"], "minimum": 1},
        "column": {"anyOf": [_object(place, "Where in the line."), {"type": "null"}]},
        "value": {"type": ["string", "null"], "maxLength": MAX_VALUE_LENGTH},
        "problem": _TEXT,
        "remedy": _TEXT,
    }
    return _object(properties, "What is wrong, where, and what to do about it.")
