"""What the runs' models answer, and artifacts of other models in their places."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost as xgb

from tests.end_to_end.deployment.evidence import ROWS
from tests.end_to_end.deployment.orders import open_to_the_administrator
from tests.end_to_end.test_tide import downloaded_model
from tests.end_to_end.tide import Tide

# Threads of several test workers spin against each other: seconds for a job of milliseconds.
xgboost_threads = {"nthread": 1}
ASKED = "\n".join(row.partition(",")[2] for row in ROWS[:3])


def answers_of(tide: Tide, model: str, run: str) -> str:
    """What the run's own artifact says of the rows ASKED."""
    with tempfile.TemporaryDirectory() as folder:
        booster = downloaded_model(tide, model, run, Path(folder))
    booster.set_param(xgboost_threads)
    return "".join(f"{float(value)!r}\n" for value in booster.predict(_matrix(ASKED.splitlines())))


def plant(tide: Tide, model: str, run: str, artifact: bytes) -> None:
    """In place of what the run's job has written."""
    with open_to_the_administrator(tide):
        tide.s3.put_object(Bucket=tide.bucket, Key=f"runs/{model}/{run}/output/model.tar.gz", Body=artifact)


def trained_on(labels: Sequence[float]) -> bytes:
    """The artifact of a model that learned these labels for the first rows of the abalones."""
    rows = [row.partition(",")[2] for row in ROWS[: len(labels)]]
    matrix = _matrix(rows)
    matrix.set_label(np.array(labels, dtype=np.float32))
    booster = xgb.train({"max_depth": 3, **xgboost_threads}, matrix, num_boost_round=10)
    return _packed(bytes(booster.save_raw("ubj")))


def _matrix(rows: Sequence[str]) -> xgb.DMatrix:
    return xgb.DMatrix(
        np.array([[float(cell) for cell in row.split(",")] for row in rows], dtype=np.float32), nthread=1
    )


def _packed(model: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(model)
        tar.addfile(entry, io.BytesIO(model))
    return buffer.getvalue()
