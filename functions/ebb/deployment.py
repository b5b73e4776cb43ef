"""What to do with a finished run and the endpoint as it stands: pure decisions, and the requests that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ebb.names import run_order
from ebb.settings.model_settings import Endpoint

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Decision(Enum):
    DONE = "it is there already"
    UPDATE = "update the endpoint"
    WAIT = "the endpoint is being changed"
    REPLACE_FAILED = "the endpoint's creation failed: delete it, then create it anew"
    SUPERSEDED = "a newer run is there"


@dataclass(frozen=True)
class EndpointState:
    """DescribeEndpoint, as far as it matters. While Updating, only `pending` shows the new config."""

    status: str
    config: str
    pending: str | None = None

    @classmethod
    def of(cls, described: dict[str, Any]) -> EndpointState:
        pending = described.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        return cls(described["EndpointStatus"], described["EndpointConfigName"], pending)


def decide(run: str, endpoint: EndpointState) -> Decision:
    """For an endpoint that exists; `run` is the config that is wanted."""
    if endpoint.status == "Deleting":
        return Decision.WAIT
    if endpoint.status == "Failed":
        return Decision.REPLACE_FAILED
    target = endpoint.pending or endpoint.config
    if target == run:
        return Decision.DONE
    if is_newer(target, run):
        return Decision.SUPERSEDED
    return Decision.UPDATE if endpoint.status == "InService" else Decision.WAIT


def is_newer(config: str, run: str) -> bool:
    """Whether a config belongs to a newer run than this one. What is not one of our names is not newer."""
    theirs, ours = run_order(config), run_order(run)
    return theirs is not None and ours is not None and theirs > ours


def model_request(
    run: str, job: dict[str, Any], role_arn: str, tags: list[dict[str, str]], environment: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """CreateModel. Served by the very image that trained it: other versions answer wrongly without an error."""
    return {
        "ModelName": run,
        "ExecutionRoleArn": role_arn,
        "PrimaryContainer": {
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            # One worker: each holds a copy of the model, and a serverless instance has little memory.
            "Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"} | dict(environment),
        },
        "Tags": tags,
    }


def config_request(run: str, settings: Endpoint, encoding: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """CreateEndpointConfig for one serverless variant, whose name tells which encoding its answers belong to."""
    serverless = {"MemorySizeInMB": settings.memory_mb, "MaxConcurrency": settings.max_concurrency}
    if settings.provisioned_concurrency:
        serverless["ProvisionedConcurrency"] = settings.provisioned_concurrency
    variant = {"VariantName": f"v-{encoding}", "ModelName": run, "ServerlessConfig": serverless}
    return {"EndpointConfigName": run, "ProductionVariants": [variant], "Tags": tags}
