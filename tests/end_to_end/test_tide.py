"""The main job: a CSV becomes an endpoint that answers rightly."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb

from tests.end_to_end.tide import ABALONE, Tide

ROWS = ABALONE.read_text().splitlines()


def test_the_endpoint_answers_what_xgboost_says_to_the_last_digit(tide: Tide, tmp_path: Path) -> None:
    tide.upload("digits", ABALONE.read_bytes())
    run = tide.in_service("digits")["EndpointConfigName"]
    features = [row.partition(",")[2] for row in ROWS[:20]]

    answer = tide.invoke("digits", "\n".join(features))

    model = downloaded_model(tide, "digits", run, tmp_path)
    matrix = xgb.DMatrix(np.array([[float(cell) for cell in row.split(",")] for row in features], dtype=np.float32))
    expected = "".join(f"{float(value)!r}\n" for value in model.predict(matrix))
    assert answer.decode() == expected


def downloaded_model(tide: Tide, model: str, run: str, folder: Path) -> xgb.Booster:
    archive = tide.s3.get_object(Bucket=tide.bucket, Key=f"runs/{model}/{run}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["xgboost-model"]
        tar.extractall(folder, filter="data")
    # With its ending xgboost need not guess the format.
    return xgb.Booster(model_file=str((folder / "xgboost-model").rename(folder / "model.ubj")))


def test_the_run_folder_holds_what_the_contract_names(tide: Tide) -> None:
    tide.upload("folder", ABALONE.read_bytes())
    run = tide.in_service("folder")["EndpointConfigName"]

    listed = tide.s3.list_objects_v2(Bucket=tide.bucket, Prefix=f"runs/folder/{run}/")["Contents"]

    names = {entry["Key"].removeprefix(f"runs/folder/{run}/") for entry in listed}
    expected = {"settings.json", "train.csv", "validation.csv", "smoke.csv", "dataset.json", "output/model.tar.gz"}
    assert names == expected


def test_retraining_updates_the_endpoint_in_place(tide: Tide) -> None:
    tide.upload("again", ABALONE.read_bytes())
    old = tide.live("again")
    first = tide.in_service("again")
    tide.cloud.advance("2s")  # upload times have whole seconds

    new = tide.live("again", tide.run("again", tide.upload("again", "\n".join(ROWS[:3000]))))
    second = tide.in_service("again", new)

    assert second["EndpointArn"] == first["EndpointArn"]
    assert second["CreationTime"] == first["CreationTime"]
    assert sorted(tide.jobs("again")) == [old, new]
    tide.hears("again", *["TrainingStarted", "EndpointLive"] * 2)
    assert tide.announced("again")[-1]["detail"]["replaced"] == old
