"""The loaded models and what they predict together."""

import json
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from local.container.model_files import Model, load_models
from local.container.versions import NEWEST, ImageVersion

Predictions = NDArray[np.float32]
_VOTING_OBJECTIVES = ("multi:softmax", "binary:hinge")


class Scoring:
    """Loads the models at the first question, once; a load that failed is tried again at the next."""

    def __init__(self, folder: Path, *, ensemble: bool, version: ImageVersion = NEWEST) -> None:
        self._folder, self._ensemble, self._version = folder, ensemble, version
        self._models: list[Model] = []
        self._lock = Lock()
        self.objective = ""
        self.number_of_classes = 0

    def load(self) -> None:
        """Make sure that the models are there."""
        with self._lock:
            if not self._models:
                models = load_models(self._folder, ensemble=self._ensemble, version=self._version)
                self._read_configuration(models[0].booster)
                self._models = models

    def predict(self, rows: xgboost.DMatrix) -> Predictions:
        """Return one prediction a row, or one a row and class."""
        with self._lock:
            _check_features_of_pickled_model(self._models[0], rows)
            each = [model.booster.predict(rows, validate_features=False) for model in self._models]
        if len(each) == 1:
            return each[0]
        if self.objective in _VOTING_OBJECTIVES:
            return _vote_on_first_row(each)
        return np.asarray(np.mean(each, axis=0))

    def _read_configuration(self, booster: xgboost.Booster) -> None:
        learner: dict[str, Any] = json.loads(booster.save_config())["learner"]
        self.objective = learner["objective"]["name"]
        self.number_of_classes = int(learner["learner_model_param"]["num_class"])


def _vote_on_first_row(each: list[Predictions]) -> Predictions:
    """Return what image 3.2-0 makes of a vote: one number instead of one a row, which then no answer can hold.

    It still indexes the result of `scipy.stats.mode` as before scipy 1.11, so that every such call ends in status 500.
    """
    values, counts = np.unique([predictions[0] for predictions in each], return_counts=True)
    return np.asarray(values[np.argmax(counts)])


def _check_features_of_pickled_model(model: Model, rows: xgboost.DMatrix) -> None:
    if not model.pickled:
        return
    trained, given = model.booster.num_features(), rows.num_col()
    if given not in (trained, trained + 1):
        raise ValueError(
            f"Feature size of csv inference data {given} is not consistent "
            f"with feature size of trained model {trained}."
        )
