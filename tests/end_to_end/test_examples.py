"""The same abalones as published, with a header, and as numbers only: each trains, and answers what xgboost says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from tests.end_to_end.test_tide import downloaded_model
from tests.end_to_end.tide import Tide

EXAMPLES = Path(__file__).parents[2] / "examples"
SEXES = "MIF"  # by frequency: 1,528 males, 1,342 infants, 1,307 females
FILES = {"raw": EXAMPLES / "raw/abalone.data", "header": EXAMPLES / "header/abalone.csv"}


def encoded(line: str, kind: str) -> list[float]:
    """A published line as numbers: the sex as three, then the measurements, without the rings."""
    sex, *cells = line.split(",")
    measurements = cells[:7] if kind == "raw" else [*cells[:5], *cells[6:7]]
    return [*(float(sex == each) for each in SEXES), *map(float, measurements)]


def served(tide: Tide, kind: str) -> tuple[str, str]:
    """The model, and the run that its endpoint serves."""
    model, path = f"abalone-{kind}", FILES[kind]
    if tide.endpoint(model) is None:
        tide.upload(model, path.read_bytes(), "abalone.csv", settings=(path.parent / "model.toml").read_text())
    return model, tide.in_service(model)["EndpointConfigName"]


@pytest.mark.parametrize("kind", FILES)
def test_letters_and_names_train_and_predict_rightly(tide: Tide, tmp_path: Path, kind: str) -> None:
    model, run = served(tide, kind)
    rows = [encoded(line, kind) for line in FILES["raw"].read_text().splitlines()[:50]]

    answer = tide.invoke(model, "\n".join(",".join(map(str, row)) for row in rows))

    booster = downloaded_model(tide, model, run, tmp_path)
    expected = booster.predict(xgb.DMatrix(np.array(rows, dtype=np.float32)))
    assert answer.decode().splitlines() == [repr(float(value)) for value in expected]


@pytest.mark.parametrize("kind", FILES)
def test_the_run_says_how_a_raw_row_is_encoded(tide: Tide, kind: str) -> None:
    model, run = served(tide, kind)

    kept = tide.s3.get_object(Bucket=tide.bucket, Key=f"runs/{model}/{run}/dataset.json")
    dataset = json.load(kept["Body"])

    names = FILES["header"].read_text().splitlines()[0].split(",")
    sex = "sex" if kind == "header" else "0"
    assert dataset["features"][:3] == [f"{sex}={each}" for each in SEXES]
    assert [column["name"] for column in dataset["columns"]] == (names if kind == "header" else [None] * 9)
    assert [column["role"] for column in dataset["columns"]].count("dropped") == (1 if kind == "header" else 0)
    assert (dataset["label"]["position"], dataset["rows"]["all"]) == (8, 4177)
