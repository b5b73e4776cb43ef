"""What is left of a tide, for whoever looks at the account."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ebb.ledger.endpoint_row import EndpointRow
from ebb.names import ModelName, model_of_endpoint
from tests.end_to_end.passing_time import (
    DEADLINE_SECONDS,
    STEP_SECONDS,
    dead_letters,
    eventually_moved,
    until_all_is_quiet,
)
from tests.end_to_end.tide import ABALONE, Tide

ROWS = ABALONE.read_text().splitlines()
FIRST, SECOND = "\n".join(ROWS[:3000]), "\n".join(ROWS[1000:])


def at_rest(tide: Tide, seconds: float = DEADLINE_SECONDS, step: int = STEP_SECONDS) -> None:
    """Nothing waits for ever, and nothing was given up."""
    until_all_is_quiet(tide.cloud, seconds, step)
    assert dead_letters(tide.cloud) == {}


def endpoint_row(tide: Tide, model: str) -> EndpointRow:
    return tide.ledger.endpoint(ModelName(model))


def stage(tide: Tide, model: str, run: str) -> str:
    """Empty while nothing is known of the run."""
    return str(tide.ledger.run(model, run).get("stage", ""))


def until_it_is(tide: Tide, model: str, run: str, became: str) -> None:
    eventually_moved(tide.cloud, lambda: stage(tide, model, run) == became, f"{run} {became}")


def has_ended(tide: Tide, run: str) -> bool:
    found = tide.sagemaker.list_training_jobs(NameContains=run, StatusEquals="Completed")
    return bool(found["TrainingJobSummaries"])


def endpoints(tide: Tide, model: str) -> dict[str, str]:
    """The config behind each endpoint of the model, candidates included, but for what is just being deleted."""
    pages = tide.sagemaker.get_paginator("list_endpoints").paginate(NameContains=f"ebb-{model}")
    found = [endpoint for page in pages for endpoint in page["Endpoints"] if endpoint["EndpointStatus"] != "Deleting"]
    own = [each["EndpointName"] for each in found if model_of_endpoint("ebb", each["EndpointName"]) == model]
    configs = {}
    for name in own:
        with suppress(tide.sagemaker.exceptions.ClientError):  # it has gone since it was listed
            configs[name] = tide.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    return configs


def told(tide: Tide, model: str, run: str) -> list[dict[str, Any]]:
    """The journal's events of a run, oldest first."""
    return [event for event in tide.announced(model) if event["detail"]["run"] == run]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["detail-type"] for event in events]


def ending(tide: Tide, model: str, run: str) -> dict[str, Any]:
    """The detail of the one announcement after TrainingStarted, with its kind."""
    started, *ended = told(tide, model, run)
    assert (started["detail-type"], len(ended)) == ("TrainingStarted", 1), kinds(ended)
    return {"kind": ended[0]["detail-type"], **ended[0]["detail"]}
