"""The datapoints that a call leaves behind, and none without a call."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from local.adapters import services
from local.sagemaker.hosted_variant import Variant
from local.sagemaker.serverless_pool import Lease
from local.sagemaker.state import World

Datapoint = tuple[str, float, str]
# The first two writers of a series would otherwise each begin it, and one datapoint would be lost.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Call:
    """What happened, as far as it is counted. `lease` is None when no instance could be started."""

    status: int
    total_seconds: float
    model_seconds: float
    lease: Lease | None


def record(world: World, endpoint_name: str, variant: Variant, call: Call) -> None:
    """Under both dimensions, latencies in microseconds."""
    dimensions = {"EndpointName": endpoint_name, "VariantName": variant.name}
    with _one_at_a_time:
        for name, value, unit in [*_of_every_call(call), *_of_serverless(variant, call.lease)]:
            services.put_metric(world.scope, name, value, unit, dimensions)


def _of_every_call(call: Call) -> list[Datapoint]:
    """Both error counts have a datapoint for each request, zero for one that succeeded."""
    server_error = call.status >= 500 or call.status == 0
    return [
        ("Invocations", 1, "None"),
        ("Invocation4XXErrors", int(400 <= call.status < 500), "None"),
        ("Invocation5XXErrors", int(server_error), "None"),
        ("ModelLatency", call.model_seconds * 1e6, "Microseconds"),
        ("OverheadLatency", (call.total_seconds - call.model_seconds) * 1e6, "Microseconds"),
    ]


def _of_serverless(variant: Variant, lease: Lease | None) -> list[Datapoint]:
    if lease is None or variant.serverless is None:
        return []
    found: list[Datapoint] = [
        ("ServerlessConcurrentExecutionsUtilization", lease.executing / variant.serverless["MaxConcurrency"], "None")
    ]
    if lease.setup_seconds is not None:
        found.append(("ModelSetupTime", lease.setup_seconds * 1e6, "Microseconds"))
    if provisioned := variant.serverless.get("ProvisionedConcurrency"):
        found += _of_provisioned(lease.executing, provisioned)
    return found


def _of_provisioned(executing: int, provisioned: int) -> list[Datapoint]:
    """A call beyond what is provisioned is served on demand, and counted as spilled over."""
    inside = executing <= provisioned
    return [
        ("ServerlessProvisionedConcurrencyExecutions", min(executing, provisioned), "None"),
        ("ServerlessProvisionedConcurrencyUtilization", min(executing, provisioned) / provisioned, "None"),
        ("ServerlessProvisionedConcurrencyInvocations", int(inside), "None"),
        ("ServerlessProvisionedConcurrencySpilloverInvocations", int(not inside), "None"),
    ]
