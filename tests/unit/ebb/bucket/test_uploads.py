"""A key below `datasets/` is a dataset, nothing at all, or refused with the rule."""

import pytest

from ebb.bucket.uploads import is_ignored, model_of_key, model_of_settings
from ebb.problems import Code, RefusedError


@pytest.mark.parametrize(
    ("key", "model"),
    [
        ("datasets/abalone/abalone.csv", "abalone"),
        ("datasets/a/März 100% + more.csv", "a"),
        ("datasets/house-prices/.csv", "house-prices"),
        ("datasets/abalone/model.toml.csv", "abalone"),
        ("datasets/abalone/abalone.csv.gz", "abalone"),
    ],
)
def test_a_csv_in_a_models_folder_is_a_dataset_of_that_model(key: str, model: str) -> None:
    assert not is_ignored(key)
    assert model_of_key(key) == model
    assert model_of_settings(key) is None


@pytest.mark.parametrize("key", ["datasets/", "datasets/abalone/", "datasets/abalone/2026/", "datasets/A_1/model.toml"])
def test_folder_markers_and_settings_of_no_model_are_ignored(key: str) -> None:
    assert is_ignored(key)
    assert model_of_settings(key) is None


def test_a_model_toml_is_the_settings_of_its_folders_model() -> None:
    assert model_of_settings("datasets/house-prices/model.toml") == "house-prices"
    assert not is_ignored("datasets/house-prices/model.toml")


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
        ("datasets/abalone/abalone.gz", Code.WRONG_ENDING, "abalone.gz"),
        ("datasets/abalone/abalone.csv.zip", Code.WRONG_ENDING, "abalone.csv.zip"),
        ("datasets/abalone/2026/model.toml", Code.WRONG_KEY, "datasets/abalone/2026/model.toml"),
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


@pytest.mark.parametrize(
    ("name", "renamed"), [("Abalone.CSV", "Abalone.csv"), ("a.Csv.GZ", "a.csv.gz"), ("a.CSV.csv.gZ", "a.CSV.csv.gz")]
)
def test_an_ending_in_capitals_is_told_its_name_in_lower_case(name: str, renamed: str) -> None:
    with pytest.raises(RefusedError) as refused:
        model_of_key(f"datasets/abalone/{name}")
    assert f"Rename it to {renamed} and upload it again" in refused.value.problems[0].remedy
