"""The notebook that Ebb comes from, with the SageMaker Python SDK 2.x, pointed here by environment variables alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from tests.end_to_end.clients.conftest import HERE, ROW, Desk

PUBLISHED_FIRST, PUBLISHED_LAST = 8.09, 1.558  # of the notebook's own run, on rows that are not public
# The second one waits as the SDK does by itself: 10 to 30 s between two looks.
PATIENCE = [False, pytest.param(True, marks=pytest.mark.soak)]


@pytest.mark.parametrize("patient", PATIENCE, ids=["impatient", "patient"])
def test_the_notebook_runs_from_its_first_cell_to_its_last(
    desk: Desk, sdk: Path, plain: Callable[..., Any], *, patient: bool
) -> None:
    printed = desk.run(
        *(sdk, HERE / "notebook.py", desk.csv, "1.7-1", desk.execution_role),
        patient=patient,
        SAGEMAKER_USER_CONFIG_OVERRIDE=str(HERE / "sdk-config.yaml"),
        SAGEMAKER_SUPPRESS_V2_WARNING="1",
    )
    booster, curve = plain(desk.csv, 50)

    streamed = [float(value) for value in re.findall(r"^\[\d+\]#011train-rmse:([\d.]+)$", printed, re.MULTILINE)]
    assert streamed == [round(value, 5) for value in curve]
    assert abs(streamed[0] - PUBLISHED_FIRST) < 0.2
    assert abs(streamed[-1] - PUBLISHED_LAST) < 0.2
    assert re.search(r"WARNING.* trains 1\.7-1 with the installed xgboost 3\.2\.0", printed)

    # Not from the start of a line: the SDK ends its row of dashes, one a look at the endpoint, without a newline.
    answers = re.findall(r"(sdk|boto3) (cold|warm) (b'.*') after [\d.]+ ms$", printed, re.MULTILINE)
    assert [(client, warmth) for client, warmth, _ in answers] == [
        (client, warmth) for client in ("sdk", "boto3") for warmth in ("cold", "warm")
    ]
    assert {answer for _, _, answer in answers} == {repr(f"{prediction(booster)!r}\n".encode())}
    assert left_over(desk) == []


def prediction(booster: xgboost.Booster) -> float:
    row = np.array([[float(cell) for cell in ROW.split(",")]], dtype=np.float32)
    return float(booster.predict(xgboost.DMatrix(row))[0])


def left_over(desk: Desk) -> list[Any]:
    """Endpoints, configs and models that were made for this execution role and are still there."""
    sagemaker = desk.cloud.admin.client("sagemaker")
    models = [model["ModelName"] for model in sagemaker.list_models(MaxResults=100)["Models"]]
    mine = [
        name for name in models if sagemaker.describe_model(ModelName=name)["ExecutionRoleArn"] == desk.execution_role
    ]
    named = {"NameContains": "xgboost-"}
    endpoints: list[Any] = sagemaker.list_endpoints(**named)["Endpoints"]
    configs: list[Any] = sagemaker.list_endpoint_configs(**named)["EndpointConfigs"]
    return [*mine, *endpoints, *configs]
