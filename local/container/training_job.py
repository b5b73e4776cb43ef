"""One training job, from its configuration files to the saved model."""

import logging
from typing import Any, cast

import xgboost
from xgboost.callback import EvaluationMonitor, TrainingCallback

from local.container.channels import check_channels
from local.container.csv_training import first_part, load_channel
from local.container.data_files import total_size, warn_of_same_files
from local.container.errors import AlgorithmError, NotEmulatedError, UserError
from local.container.evaluation import Evaluation, early_stopping
from local.container.hyperparameter_table import Value
from local.container.hyperparameters import checked
from local.container.metrics import custom_metric
from local.container.ml_folder import MlFolder
from local.container.model_formats import write_model
from local.container.termination import MODEL_NAME, SavedOnTermination
from local.container.versions import NEWEST, ImageVersion

_log = logging.getLogger("sagemaker-xgboost-container")

Matrices = dict[str, xgboost.DMatrix]
_NO_PARAMETERS_OF_XGBOOST = (
    "num_round",
    "eval_metric",
    "early_stopping_rounds",
    "save_model_on_termination",
    "_tuning_objective_metric",
    "use_dask_gpu_training",
    "silent",
    "single_precision_histogram",
)

# Parts of messages by which the container tells its user's errors; several no longer match what xgboost 3.2 says.
_USER_ERRORS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)


def run(ml: MlFolder, version: ImageVersion = NEWEST) -> None:
    """Check everything that can be checked first, train, save the model."""
    if warning := version.warning("trains"):
        _log.warning(warning)
    values = checked(ml.hyperparameters(), version)
    check_channels(ml.channels(), version)
    _refuse_what_is_not_emulated(ml)
    for name in _data_channels(ml):
        if total_size(ml.channel(name)) == 0:
            raise UserError(f"No data in {'training' if name == 'train' else name} channel path {ml.channel(name)}")
    matrices = _load(ml, weights=values.get("csv_weights") == 1)
    ml.model.mkdir(parents=True, exist_ok=True)
    if not version.estimates_base_score:
        values.setdefault("base_score", 0.5)
    booster = _train(values, matrices, _termination(values, ml, version))
    write_model(booster, ml.model / MODEL_NAME, version)


def _refuse_what_is_not_emulated(ml: MlFolder) -> None:
    if len(ml.hosts()) > 1:
        raise NotEmulatedError(f"training on {len(ml.hosts())} instances")
    if ml.has_checkpoints():
        raise NotEmulatedError("checkpoints")


def _data_channels(ml: MlFolder) -> list[str]:
    return [name for name in ("train", "validation") if name in ml.channels()]


def _load(ml: MlFolder, *, weights: bool) -> Matrices:
    matrices: Matrices = {name: load_channel(ml.channel(name), weights=weights) for name in _data_channels(ml)}
    _log.info("Single node training.")
    _log.info("Train matrix has %s rows and %s columns", matrices["train"].num_row(), matrices["train"].num_col())
    if "validation" in matrices:
        warn_of_same_files(ml.channel("train"), ml.channel("validation"))
        _log.info("Validation matrix has %s rows", matrices["validation"].num_row())
    return matrices


def _termination(values: dict[str, Value], ml: MlFolder, version: ImageVersion) -> list[TrainingCallback]:
    if values.get("save_model_on_termination") != "true":
        return []
    saved = SavedOnTermination(ml.model, version)
    saved.listen()
    return [saved]


def _train(values: dict[str, Value], matrices: Matrices, callbacks: list[TrainingCallback]) -> xgboost.Booster:
    evaluation = Evaluation.of(values)
    stopping = early_stopping(
        values.get("early_stopping_rounds"), evaluation.stopping_metric, has_validation="validation" in matrices
    )
    try:
        return xgboost.train(
            _parameters(values, evaluation),
            matrices["train"],
            num_boost_round=values["num_round"],
            evals=[(matrix, name) for name, matrix in matrices.items()],
            # xgboost also takes a list of results, which its annotation leaves out.
            custom_metric=cast("Any", custom_metric(evaluation.custom)) if evaluation.custom else None,
            callbacks=[EvaluationMonitor(logger=_print_round), *callbacks, *stopping],
            verbose_eval=False,
        )
    except Exception as error:
        if any(part in str(error) for part in _USER_ERRORS):
            raise UserError(first_part(error)) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {first_part(error)}") from error


def _parameters(values: dict[str, Value], evaluation: Evaluation) -> dict[str, Value]:
    parameters = {name: value for name, value in values.items() if name not in _NO_PARAMETERS_OF_XGBOOST}
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    if evaluation.built_in:
        parameters["eval_metric"] = evaluation.built_in
    return parameters


def _print_round(line: str) -> None:
    print(line.rstrip("\n"), flush=True)
