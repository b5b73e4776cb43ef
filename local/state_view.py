"""What `GET /_local/state` shows: everything that lives in this cloud, by account and region."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from local.adapters.iam import callers
from local.adapters.sqs.queue_depths import all_queues, depth
from local.sagemaker.state import Cloud, World


def state(cloud: Cloud) -> dict[str, Any]:
    places = {f"{scope.account}/{scope.region}": _sagemaker(world) for scope, world in cloud.worlds.items()}
    for account, region, name, queue in all_queues():
        found = depth(queue)
        counts = {"waiting": found.waiting, "in_flight": found.in_flight, "delayed": found.delayed}
        places.setdefault(f"{account}/{region}", {}).setdefault("queues", {})[name] = counts
    return {
        "offset_seconds": cloud.clock.offset,
        "function_processes": callers.function_processes(),
        "functions_at_work": callers.functions_at_work(),
        "child_processes": _children(),
        "places": places,
    }


def _children() -> list[int]:
    """Every process this one started and that is still there: functions, training jobs, containers."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # threads end at any time
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def _sagemaker(world: World) -> dict[str, Any]:
    return {
        "training_jobs": {name: job["TrainingJobStatus"] for name, job in list(world.jobs.items())},
        "models": sorted(world.models),
        "endpoint_configs": sorted(world.configs),
        "endpoints": {name: endpoint["EndpointStatus"] for name, endpoint in list(world.endpoints.items())},
    }
