"""A key below `datasets/` is a dataset, nothing at all, or refused with the rule."""

import pytest

from ebb.errors import RefusedError
from ebb.problems import Code
from ebb.uploads import is_ignored, model_of_key


@pytest.mark.parametrize(
    ("key", "model"),
    [
        ("datasets/abalone/abalone.csv", "abalone"),
        ("datasets/a/März 100% + more.csv", "a"),
        ("datasets/house-prices/.csv", "house-prices"),
        ("datasets/abalone/model.toml.csv", "abalone"),
    ],
)
def test_a_csv_in_a_models_folder_is_a_dataset_of_that_model(key: str, model: str) -> None:
    assert not is_ignored(key)
    assert model_of_key(key) == model


@pytest.mark.parametrize("key", ["datasets/", "datasets/abalone/", "datasets/abalone/2026/", "datasets/a/model.toml"])
def test_folder_markers_and_settings_are_ignored(key: str) -> None:
    assert is_ignored(key)


@pytest.mark.parametrize(
    ("key", "code", "value"),
    [
        ("datasets/abalone.csv", Code.WRONG_KEY, "datasets/abalone.csv"),
        ("datasets/model.toml", Code.WRONG_KEY, "datasets/model.toml"),
        ("datasets/abalone/2026/november.csv", Code.WRONG_KEY, "datasets/abalone/2026/november.csv"),
        ("datasets/Abalone_2/data.csv", Code.WRONG_MODEL_NAME, "Abalone_2"),
        ("datasets//data.csv", Code.WRONG_MODEL_NAME, ""),
        ("datasets/abalone/abalone.xlsx", Code.WRONG_ENDING, "abalone.xlsx"),
        ("datasets/abalone/abalone.CSV", Code.WRONG_ENDING, "abalone.CSV"),
        ("datasets/abalone/csv", Code.WRONG_ENDING, "csv"),
    ],
)
def test_any_other_key_is_refused_by_name_with_a_remedy(key: str, code: Code, value: str) -> None:
    assert not is_ignored(key)
    with pytest.raises(RefusedError) as refused:
        model_of_key(key)
    (problem,) = refused.value.problems
    assert (problem.code, problem.value) == (code, value)
    assert problem.remedy.endswith(".")


def test_a_wrong_model_name_is_told_the_rule() -> None:
    with pytest.raises(RefusedError) as refused:
        model_of_key("datasets/Abalone/data.csv")
    assert "28 lower-case letters and digits" in refused.value.problems[0].remedy
