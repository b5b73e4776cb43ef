"""What a key below `datasets/` stands for."""

from __future__ import annotations

from ebb.errors import RefusedError
from ebb.names import MODEL_RULE, ModelName, is_model_name
from ebb.problems import Code, Problem

SETTINGS_NAME = "model.toml"
_RULE = "Upload to datasets/<model>/<name>.csv."


def is_ignored(key: str) -> bool:
    """Folder markers and settings are not datasets."""
    return key.endswith("/") or (key.count("/") == 2 and key.endswith(f"/{SETTINGS_NAME}"))


def model_of_key(key: str) -> ModelName:
    """The model of `datasets/<model>/<name>.csv`; RefusedError for anything else."""
    parts = key.split("/")
    if len(parts) != 3:
        problem = f"The key {key!r} has {'no model folder' if len(parts) < 3 else 'folders below the model'}."
        raise RefusedError([Problem(Code.WRONG_KEY, problem, _RULE, value=key)])
    if not is_model_name(parts[1]):
        problem = f"{parts[1]!r} is not a model name."
        remedy = f"Choose another folder name: {MODEL_RULE}."
        raise RefusedError([Problem(Code.WRONG_MODEL_NAME, problem, remedy, value=parts[1])])
    if not parts[2].endswith(".csv"):
        problem = f"{parts[2]!r} does not end in .csv."
        remedy = "Save the table as plain comma-separated text with the ending .csv."
        raise RefusedError([Problem(Code.WRONG_ENDING, problem, remedy, value=parts[2])])
    return ModelName(parts[1])
