"""Default pages, tokens and sort orders of each List operation, on more resources than one page holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.local_cloud.stage import Stage, make_stage

COUNT = 12
LISTED = {
    "ListEndpoints": ("Endpoints", "EndpointName", "Descending"),
    "ListModels": ("Models", "ModelName", "Descending"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName", "Descending"),
    "ListTrainingJobs": ("TrainingJobSummaries", "TrainingJobName", "Ascending"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Twelve of each, made in an order that is not that of their names."""
    with pytest.MonkeyPatch.context() as patch:
        stage = make_stage(patch, Path(tmp_path_factory.mktemp("pages")))
        for name in names():
            stage.call("CreateTrainingJob", **stage.job(name))
            stage.endpoint(name, stage.config(name))
        stage.world.endpoints["n-03"]["EndpointStatus"] = "Failed"
        stage.world.jobs["n-03"]["TrainingJobStatus"] = "Failed"
        yield stage
        stage.jobs_may_end.set()
        stage.cloud.stopping.set()


def names() -> list[str]:
    return [f"n-{number * 5 % COUNT:02}" for number in range(COUNT)]


def listed(stage: Stage, operation: str, **request: Any) -> tuple[list[str], str | None]:
    member, name, _ = LISTED[operation]
    answer = stage.call(operation, **request)
    return [record[name] for record in answer[member]], answer.get("NextToken")


def made(stage: Stage, operation: str) -> list[str]:
    """In the order of creation; models have names of their own."""
    return [f"model-{number}" for number in range(COUNT)] if operation == "ListModels" else names()


@pytest.mark.parametrize("operation", LISTED)
def test_a_page_has_ten_and_the_token_leads_to_the_rest(stage: Stage, operation: str) -> None:
    """By time of creation: newest first, but training jobs oldest first."""
    expected = made(stage, operation)
    if LISTED[operation][2] == "Descending":
        expected.reverse()

    first, token = listed(stage, operation)
    assert (first, token is not None) == (expected[:10], True)
    assert listed(stage, operation, NextToken=token) == (expected[10:], None)
    assert listed(stage, operation, MaxResults=COUNT) == (expected, None)


@pytest.mark.parametrize("operation", LISTED)
def test_by_name(stage: Stage, operation: str) -> None:
    ordered = sorted(made(stage, operation))

    assert listed(stage, operation, SortBy="Name", SortOrder="Ascending", MaxResults=COUNT)[0] == ordered
    assert listed(stage, operation, SortBy="Name", SortOrder="Descending")[0] == ordered[::-1][:10]
    by_default = ordered if LISTED[operation][2] == "Ascending" else ordered[::-1]
    assert listed(stage, operation, SortBy="Name", MaxResults=3)[0] == by_default[:3]


@pytest.mark.parametrize(("operation", "others"), [("ListEndpoints", "InService"), ("ListTrainingJobs", "InProgress")])
def test_by_status(stage: Stage, operation: str, others: str) -> None:
    found, token = listed(stage, operation, SortBy="Status", SortOrder="Ascending", MaxResults=5)
    rest, end = listed(stage, operation, SortBy="Status", SortOrder="Ascending", MaxResults=10, NextToken=token)

    assert found[0] == "n-03"
    assert [*found, *rest] == ["n-03", *sorted({*names()} - {"n-03"})]
    assert end is None
    assert listed(stage, operation, SortBy="Status", SortOrder="Descending", MaxResults=COUNT)[0][-1] == "n-03"
    assert set(listed(stage, operation, StatusEquals=others, MaxResults=COUNT)[0]) == {*names()} - {"n-03"}


def test_endpoints_are_filtered_before_the_page_is_cut_and_training_jobs_after(stage: Stage) -> None:
    assert listed(stage, "ListEndpoints", StatusEquals="Failed", MaxResults=1) == (["n-03"], None)
    first, token = listed(stage, "ListTrainingJobs", StatusEquals="Failed", MaxResults=1)
    assert (first, token is not None) == ([], True)
