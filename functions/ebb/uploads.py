"""What a key below `datasets/` stands for."""

from __future__ import annotations

from ebb.errors import RefusedError
from ebb.names import MODEL_RULE, ModelName, is_model_name
from ebb.problems import Code, Problem, quoted

FOLDER = "datasets/"
SETTINGS_NAME = "model.toml"
_RULE = "Upload to datasets/<model>/<name>.csv."


def is_ignored(key: str) -> bool:
    """Folder markers and settings are not datasets."""
    model, _, name = key.removeprefix(FOLDER).partition("/")
    return key.endswith("/") or (bool(model) and name == SETTINGS_NAME)


def model_of_key(key: str) -> ModelName:
    """The model of `datasets/<model>/<name>.csv`; RefusedError for anything else."""
    model, _, name = key.removeprefix(FOLDER).partition("/")
    if not name or "/" in name:
        problem = f"The key {quoted(key)} has {'folders below the model' if name else 'no model folder'}."
        raise RefusedError([Problem(Code.WRONG_KEY, problem, _RULE, value=key)], _if_valid(model if name else ""))
    if not is_model_name(model):
        problem, remedy = f"{quoted(model)} is not a model name.", f"Choose another folder name: {MODEL_RULE}."
        raise RefusedError([Problem(Code.WRONG_MODEL_NAME, problem, remedy, value=model)])
    if not name.endswith(".csv"):
        remedy = "Save the table as plain comma-separated text with the ending .csv."
        raise RefusedError(
            [Problem(Code.WRONG_ENDING, f"{quoted(name)} does not end in .csv.", remedy, value=name)], ModelName(model)
        )
    return ModelName(model)


def _if_valid(model: str) -> ModelName | None:
    return ModelName(model) if is_model_name(model) else None
