"""The kinds of files that people have: what becomes of each, and of no one a model that nobody meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ebb.datasets.dataset import Dataset
from ebb.datasets.prepare import prepare
from ebb.datasets.source import GB, FileSource
from ebb.datasets.split import NoSink
from ebb.problems import RefusedError
from ebb.settings.model_settings import read_settings
from ebb.settings.training_and_endpoint import SettingsLimits

FIELD = Path(__file__).parents[3] / "data" / "field"


@dataclass(frozen=True)
class Came:
    """What came of it. `classes` None: a quantity."""

    label: str | int
    classes: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()
    header: bool = True


def classes(label: str, objective: str, num_class: int | None = None) -> str:
    number = f"\nnum_class = {num_class}" if num_class else ""
    return f"label = {label}\n[hyperparameters]\nobjective = '{objective}'{number}"


BY_THE_NAME_OF_Y = {
    *("category_none", "classes_1_2", "classes_minus1_1", "no_num_class", "r_write_table", "bug_labels_1_to_10"),
    *("dates_few", "percent"),  # whose other columns are read as categories
}
ROW_NAMES, NOT_HELD = ("row_names",), "class_not_held_out"
TEN = tuple(map(str, range(1, 11)))
ACCEPTED = {
    "pandas_index": ("", Came("y", None, ROW_NAMES)),
    "r_rownames": ("", Came("y", None, ROW_NAMES)),
    "r_write_table": ("label = 'y'", Came("y", None, ROW_NAMES)),
    "header_named_Na": (classes("-1", "multi:softmax", 3), Came("Type", ("0", "1", "2"))),
    "header_with_years": ("label = 'gdp'", Came("gdp")),
    "trailing_delimiter_default": ("", Came("y")),
    "rows_trailing_delimiter": ("", Came("y")),
    "header_trailing_comma": (classes("'diagnosis'", "binary:logistic"), Came("diagnosis", ("B", "M"))),
    "bug_index_as_label": ("", Came("target", ("0", "1"))),
    "counter_as_feature_leak": (
        classes("'species'", "multi:softmax", 3),
        Came("species", ("a", "b", "c"), ("counts_rows", NOT_HELD)),
    ),
    "classes_1_2": (classes("'y'", "binary:logistic"), Came("y", ("1", "2"))),
    "classes_minus1_1": (classes("'y'", "binary:logistic"), Came("y", ("-1", "1"))),
    "bug_labels_1_to_10": (classes("0", "multi:softmax", 10), Came("y", TEN)),
    "no_num_class": (classes("'y'", "multi:softmax"), Came("y", ("a", "b", "c"))),
    "class_called_none": (classes("'disorder'", "multi:softmax", 3), Came("disorder", ("Apnea", "Insomnia", "None"))),
    "category_none": ("label = 'y'", Came("y")),
    "label_text_default": ("label = 'species'", Came("species", ("a", "b", "c"))),
    "booleans_first_row": (
        "",
        Came(0, ("False", "True"), ("constant_column", "constant_column"), header=False),
    ),
    "tsv": ("", Came("y")),
}
REFUSED = {
    "pandas_index_line1_removed_as_told": ("", "no_label", "column 0 counts the rows"),
    "counter_as_label": ("", "no_label", "label = 'SalePrice'"),
    "year_as_label": ("", "no_label", "label = 'price'"),
    "header_with_years": ("", "no_label", "no column is called label"),
    "label_text_default": ("", "no_label", "'species'"),
    "label_wrong_case": ("label = 'saleprice'", "unknown_column", "Did you mean 'SalePrice'?"),
}


def read(name: str, settings: str) -> Dataset:
    read_as = read_settings(settings, SettingsLimits())
    return prepare(FileSource(FIELD / f"{name}.csv"), read_as, NoSink(), max_bytes=GB)


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted_as_it_is_meant(name: str) -> None:
    settings, came = ACCEPTED[name]
    told: dict[str, Any] = read(name, settings).as_json()
    label = told["label"]
    assert (label["position"] if label["name"] is None else label["name"]) == came.label
    assert label["classes"] == (None if came.classes is None else list(came.classes))
    assert tuple(warning["code"] for warning in told["warnings"]) == came.warnings
    assert told["format"]["header"] is came.header


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_line_to_write(name: str) -> None:
    settings, code, said = REFUSED[name]
    with pytest.raises(RefusedError) as refused:
        read(name, settings)
    (problem,) = refused.value.problems
    assert str(problem.code) == code
    assert said in problem.sentence()
    if code == "no_label":
        read(name, refused.value.model_toml)  # and what is written there gets it accepted


def verdict(name: str, settings: str) -> Dataset | RefusedError:
    try:
        return read(name, settings)
    except RefusedError as refused:
        return refused


def test_no_file_is_accepted_with_a_label_that_nobody_named_and_that_counts() -> None:
    found = {path.stem: verdict(path.stem, "") for path in FIELD.glob("*.csv")}
    taken = {name: came for name, came in found.items() if isinstance(came, Dataset)}
    without_a_word = {name for name, (settings, _) in ACCEPTED.items() if not settings}
    assert set(taken) == without_a_word | BY_THE_NAME_OF_Y
    assert all(came.label["chosen"] != "named" for came in taken.values())
    assert all(problem.remedy for came in found.values() if isinstance(came, RefusedError) for problem in came.problems)
