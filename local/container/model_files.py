"""The model folder: every plain file in it is a model, whatever its name."""

import io
import pickle
from dataclasses import dataclass
from pathlib import Path

import xgboost

from local.container.model_formats import UnreadableFormatError, as_read_by
from local.container.versions import NEWEST, ImageVersion

_PICKLED_NAMES = {("xgboost.core", "Booster"), ("builtins", "bytearray")}


class ModelLoadError(Exception):
    """A file in the model folder is no model."""


@dataclass(frozen=True)
class Model:
    """One booster and whether it came out of a pickle, as models of image 1.2 and older do."""

    booster: xgboost.Booster
    pickled: bool


class _BoosterUnpickler(pickle.Unpickler):
    """Reads a pickled booster and nothing else; the container would run whatever the file says."""

    def find_class(self, module_name: str, global_name: str) -> object:
        """Return one of the few things a pickled booster is made of."""
        if (module_name, global_name) not in _PICKLED_NAMES:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of a booster")
        return super().find_class(module_name, global_name)


def load_models(folder: Path, *, ensemble: bool, version: ImageVersion = NEWEST) -> list[Model]:
    """Return all models of the folder, or only the first one the file system lists."""
    paths = [path for path in folder.iterdir() if _is_model(path)]
    models = [_load(path, version) for path in (paths if ensemble else paths[:1])]
    if not models:
        raise IndexError("list index out of range")
    return models


def _is_model(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _load(path: Path, version: ImageVersion) -> Model:
    try:
        model = Model(_unpickled(path), pickled=True)
    except Exception as pickle_error:  # noqa: BLE001  (bytes that are no pickle raise anything at all)
        model = Model(_loaded_by_xgboost(path, pickle_error), pickled=False)
    try:
        as_read_by(version, model.booster)
    except UnreadableFormatError as error:
        raise _cannot_be_loaded(path, "unpickling stack underflow", error) from error
    model.booster.set_param({"nthread": 1})
    return model


def _unpickled(path: Path) -> xgboost.Booster:
    booster = _BoosterUnpickler(io.BytesIO(path.read_bytes())).load()
    if not isinstance(booster, xgboost.Booster):
        raise pickle.UnpicklingError(f"a {type(booster).__name__} is no booster")
    return booster


def _loaded_by_xgboost(path: Path, pickle_error: Exception) -> xgboost.Booster:
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
    except Exception as error:
        raise _cannot_be_loaded(path, pickle_error, error) from error
    return booster


def _cannot_be_loaded(path: Path, pickle_error: object, error: Exception) -> ModelLoadError:
    return ModelLoadError(
        f"Model /opt/ml/model/{path.name} cannot be loaded:"
        f"\nPickle load error={pickle_error}\nXGB load model error={error}"
    )
