"""The tags by which a resource of SageMaker is told to be ours, and what a person says of an endpoint with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebb.names import ModelName, RunId

STACK_TAG = "ebb:stack"
ROLE_TAG = "ebb:role"  # "candidate"; the model's own endpoint has none
LIVE_TAG = "ebb:live"  # of a config: when it was confirmed
KEEP_TAG = "ebb:keep"
IDLE_AFTER_TAG = "ebb:idle-after"  # minutes; of an endpoint that is not ours it says that we are to look after it


def tags_of(facts: Mapping[str, str]) -> list[Any]:
    """As the API takes them: `{"keep": "true"}` is the tag ebb:keep."""
    return [{"Key": f"ebb:{name}", "Value": value} for name, value in facts.items()]


def tags_of_run(stack: str, model: ModelName, run: RunId) -> list[Any]:
    """On its job, its model and its configs."""
    return tags_of({"stack": stack, "model": model, "run": run})
