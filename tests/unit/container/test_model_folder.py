"""Every plain file in the model folder is a model."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost

from local.container.answers import Answer
from local.container.invocations import Container, Request
from local.container.model_files import ModelLoadError, load_models
from local.container.scoring import Scoring
from local.container.serving_settings import ServingSettings

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
Train = Callable[..., xgboost.Booster]
ROW = np.array([[1.0, 2.0, 3.0]])


def predicted(folder: Path, *, ensemble: bool = True) -> list[float]:
    scoring = Scoring(folder, ensemble=ensemble)
    scoring.load()
    values: list[float] = scoring.predict(xgboost.DMatrix(ROW)).tolist()
    return values


def alone(booster: xgboost.Booster) -> float:
    return float(booster.predict(xgboost.DMatrix(ROW))[0])


@pytest.mark.parametrize("name", ["xgboost-model", "xgboost-model.json", "model.ubj", "anything"])
def test_the_name_of_a_model_does_not_matter(tmp_path: Path, trained: Train, name: str) -> None:
    trained().save_model(tmp_path / name)
    assert predicted(tmp_path) == [alone(trained())]


def test_dot_files_and_folders_are_ignored(tmp_path: Path, trained: Train) -> None:
    trained().save_model(tmp_path / "model.ubj")
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text("x")
    assert len(load_models(tmp_path, ensemble=True)) == 1


def test_a_file_that_is_no_model_spoils_the_folder(tmp_path: Path, trained: Train) -> None:
    trained().save_model(tmp_path / "xgboost-model")
    (tmp_path / "metadata.json").write_text('{"rows": 1}')
    with pytest.raises(ModelLoadError) as refusal:
        load_models(tmp_path, ensemble=True)
    first, second, third = str(refusal.value).split("\n")[:3]
    assert first == "Model /opt/ml/model/metadata.json cannot be loaded:"
    assert second.startswith("Pickle load error=")
    assert third.startswith("XGB load model error=")


def test_an_empty_folder_has_no_first_model(tmp_path: Path) -> None:
    with pytest.raises(IndexError, match=r"^list index out of range$"):
        load_models(tmp_path, ensemble=True)


def test_several_models_are_averaged(tmp_path: Path, trained: Train) -> None:
    boosters = [trained(seed=1), trained(seed=2)]
    for number, booster in enumerate(boosters):
        booster.save_model(tmp_path / f"{number}.ubj")
    assert predicted(tmp_path) == [float(np.mean([np.float32(alone(booster)) for booster in boosters]))]
    assert predicted(tmp_path, ensemble=False)[0] in [alone(booster) for booster in boosters]


def test_a_vote_of_several_models_is_broken_as_in_the_container(tmp_path: Path, trained: Train) -> None:
    for number in (1, 2):
        trained("multi:softmax", 3, seed=number).save_model(tmp_path / f"{number}.ubj")
    container = Container(Scoring(tmp_path, ensemble=True), ServingSettings())
    assert container.answer(Request("POST", "/invocations", b"1,2,3", "text/csv")).status == 500


@pytest.fixture
def pickled(tmp_path: Path, trained: Train) -> Callable[[bytes], Answer]:
    """Ask a pickled model."""
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(trained()))
    container = Container(Scoring(tmp_path, ensemble=True), ServingSettings())
    return lambda body: container.answer(Request("POST", "/invocations", body, "text/csv"))


@pytest.mark.parametrize(("body", "status"), [(b"1,2,3", 200), (b"1,2", 400), (b"1,2,3,4", 400), (b"1,2,3,4,5", 400)])
def test_a_pickled_model_counts_its_features(pickled: Callable[[bytes], Answer], body: bytes, status: int) -> None:
    assert pickled(body).status == status


def test_a_pickled_model_says_how_many_features_it_has(pickled: Callable[[bytes], Answer]) -> None:
    assert pickled(b"1,2").body.decode() == (
        "Unable to evaluate payload provided: "
        "Feature size of csv inference data 2 is not consistent with feature size of trained model 3."
    )


def test_a_pickle_of_anything_else_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(print))
    with pytest.raises(ModelLoadError, match=r"builtins\.print is no part of a booster"):
        load_models(tmp_path, ensemble=True)
