"""From SageMaker's strings to checked values, in the order and the words of the container."""

from collections.abc import Mapping

from local.container.errors import AlgorithmError, NotEmulatedError, UserError
from local.container.hyperparameter_rules import RULES
from local.container.hyperparameter_table import ALIASES, REQUIRED, Hyperparameter, Value
from local.container.versions import NEWEST, ImageVersion


def checked(given: Mapping[str, str], version: ImageVersion = NEWEST) -> dict[str, Value]:
    """Return the values that training may use, or raise the error that the container would."""
    _refuse_script_mode(given)
    texts = {ALIASES.get(name, name): text for name, text in given.items()}
    _check_required(texts)
    table = version.hyperparameters
    values = {name: _parsed(table, name, text) for name, text in texts.items()}
    for name, value in values.items():
        _check_range(table[name], value)
    for name, rule in RULES.items():
        if name in values:
            rule(values)
    _refuse_the_rest(values)
    return values


def _check_required(texts: Mapping[str, str]) -> None:
    if REQUIRED not in texts:
        raise UserError(f"Missing required hyperparameter: {REQUIRED}")


def _parsed(table: Mapping[str, Hyperparameter], name: str, text: str) -> Value:
    if name not in table:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    try:
        return table[name].parse(text)
    except ValueError as error:
        raise UserError(f"Hyperparameter {name}: could not parse value", caused_by=error) from error


def _check_range(row: Hyperparameter, value: Value) -> None:
    try:
        inside = _is_inside(row, value)
    except TypeError as error:
        raise AlgorithmError(
            f"Hyperparameter {row.name}: unexpected failure when validating {value}", caused_by=error
        ) from error
    if not inside:
        wording = "is not in" if row.elements is None else "not in range"
        subject = value if row.elements is None else f"value {value}"
        raise UserError(f"Hyperparameter {row.name}: {subject} {wording} {row.range}")


def _is_inside(row: Hyperparameter, value: Value) -> bool:
    if row.elements is None:
        return value in row.range
    return all(element in row.range for element in row.elements(value))


def _refuse_script_mode(given: Mapping[str, str]) -> None:
    for name in ("sagemaker_program", "sagemaker_submit_directory"):
        if name in given:
            raise NotEmulatedError(f"script mode ({name})")


def _refuse_the_rest(values: Mapping[str, Value]) -> None:
    for name in ("_kfold", "_num_cv_round"):
        if name in values:
            raise NotEmulatedError(f"cross validation ({name})")
    if values.get("use_dask_gpu_training") == "true":
        raise NotEmulatedError("training on GPUs (use_dask_gpu_training)")
