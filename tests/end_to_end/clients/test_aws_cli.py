"""The same by the AWS CLI, with an image whose answers are one line of commas (1.2-1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost

from tests.end_to_end.clients.conftest import HERE, Desk


@pytest.mark.soak
def test_the_aws_cli_trains_serves_and_removes_a_model(desk: Desk, plain: Callable[..., Any]) -> None:
    printed = desk.run("sh", HERE / "aws_cli.sh", CSV=str(desk.csv), BUCKET="cli-bucket", ROLE=desk.execution_role)
    booster, curve = plain(desk.csv, 50)

    assert re.search(r"^Completed\ttrain:rmse$", printed, re.MULTILINE)
    streamed = re.findall(r"^\[\d+\]#011train-rmse:([\d.]+)$", printed, re.MULTILINE)
    assert [float(value) for value in streamed] == [round(value, 5) for value in curve]
    assert re.search(r"trains 1\.2-1 with the installed xgboost 3\.2\.0", printed)
    assert re.search(r"^calls\t2(\.0)?$", printed, re.MULTILINE), "both calls are counted"

    expected = ",".join(map(repr, predictions(booster, (desk.home / "rows.csv").read_text())))
    assert [(desk.home / f"{call}.csv").read_bytes() for call in ("cold", "warm")] == [expected.encode()] * 2
    sagemaker = desk.cloud.admin.client("sagemaker")
    assert sagemaker.list_endpoints(NameContains="abalone-cli")["Endpoints"] == []
    assert sagemaker.list_models(NameContains="abalone-cli")["Models"] == []


def predictions(booster: xgboost.Booster, text: str) -> list[float]:
    rows = [[float(cell) for cell in line.split(",")] for line in text.splitlines()]
    found: list[float] = booster.predict(xgboost.DMatrix(np.array(rows, dtype=np.float32))).tolist()
    return found
