"""Many uploads at once under a training quota of eight: one job for each, and the newest of each model is live."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ebb.names import run_order
from tests.end_to_end.deployment.evidence import ROWS, at_rest, endpoint_row, endpoints, stage
from tests.end_to_end.deployment.orders import misbehaving
from tests.end_to_end.tide import Tide

AT_ONCE = 8
QUOTAS = {"training": {"ml.m5.xlarge": AT_ONCE}, "endpoints": 50}
ROWS_EACH = 300
STEP_SECONDS = 300  # many wait for long: more of them come back at once, and a move costs each function a cold start
# Few rounds: what is measured here is how the uploads meet, not how a model is trained.
SETTINGS = "[hyperparameters]\nnum_round = 5\n"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("models", "uploads", "seconds"), [(2, 2, 500), pytest.param(30, 10, 1700, marks=pytest.mark.soak)]
)
def test_of_many_uploads_at_once_the_newest_of_each_model_is_live(
    tide: Tide, models: int, uploads: int, seconds: float
) -> None:
    began, names = time.monotonic(), [f"many-{models}-{number}" for number in range(models)]
    for name in names:
        tide.s3.put_object(Bucket=tide.bucket, Key=f"datasets/{name}/model.toml", Body=SETTINGS.encode())

    with misbehaving(tide, "quotas", QUOTAS):
        runs = dropped_at_once(tide, names, uploads)
        at_rest(tide, seconds, STEP_SECONDS)
    print(f"{models * uploads} uploads for {models} models: {time.monotonic() - began:.0f} s")  # noqa: T201

    for name in names:
        assert sorted(tide.jobs(name)) == sorted(runs[name])
        newest = newest_of(runs[name])
        assert endpoints(tide, name) == {f"ebb-{name}": newest}
        assert tide.in_service(name)["EndpointConfigName"] == newest
        row = endpoint_row(tide, name)
        assert (row.state, row.live_run, row.candidate, row.wanted) == ("live", newest, "", None)
        assert {stage(tide, name, run) for run in runs[name] if run != newest} == {"superseded"}
        kept = {newest, row.previous_run} - {""}
        assert models_left(tide, name) == kept


def dropped_at_once(tide: Tide, names: list[str], uploads: int) -> dict[str, list[str]]:
    """The runs of each model."""

    def drop(number: int, name: str) -> str:
        # Each upload has rows of its own.
        return tide.run(name, tide.upload(name, "\n".join(ROWS[number : number + ROWS_EACH])))

    with ThreadPoolExecutor(8) as threads:
        dropped = {name: [threads.submit(drop, number, name) for number in range(uploads)] for name in names}
        return {name: [upload.result() for upload in dropped[name]] for name in names}


def newest_of(runs: Iterable[str]) -> str:
    return max(runs, key=lambda run: run_order(run) or run)


def models_left(tide: Tide, name: str) -> set[str]:
    pages = tide.sagemaker.get_paginator("list_models").paginate(NameContains=f"ebb-{name}-2")
    return {model["ModelName"] for page in pages for model in page["Models"]}
