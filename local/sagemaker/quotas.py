"""Quotas of the account: how much is at work, and AWS's sentence when a request would go beyond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from local.sagemaker.errors import LimitExceeded
from local.sagemaker.state import Cloud, Record, World

VARIANTS = "_variants"  # of an endpoint's record: the variants it holds, even when its config is gone
_AT_WORK = ("InProgress", "Stopping")


def must_have_room_for_job(cloud: Cloud, world: World, job: Record) -> None:
    """Instances of one type at work in all jobs; spot instances have a quota of their own."""
    instance, spot = job["ResourceConfig"]["InstanceType"], job["EnableManagedSpotTraining"]
    used = sum(
        other["ResourceConfig"]["InstanceCount"]
        for other in world.jobs.values()
        if other["TrainingJobStatus"] in _AT_WORK
        and other["ResourceConfig"]["InstanceType"] == instance
        and other["EnableManagedSpotTraining"] == spot
    )
    limit = _ordered(cloud, "training").get(instance, cloud.settings.training_instances)
    words = f"{instance} for {'spot ' if spot else ''}training job usage"
    _must_fit(words, limit, used, job["ResourceConfig"]["InstanceCount"], "Instances")


def must_have_room_for_endpoint(
    cloud: Cloud, world: World, wanted: list[Record], replaced: Iterable[Record] = ()
) -> None:
    """What an endpoint with these variants would take beyond those that it replaces."""
    held = _taken_by(variant for endpoint in world.endpoints.values() for variant in endpoint[VARIANTS])
    more = _taken_by(wanted)
    more.subtract(_taken_by(replaced))
    for (words, unit), delta in more.items():
        if delta > 0:
            _must_fit(words, _endpoint_limit(cloud, words), held[words, unit], delta, unit)


_SERVERLESS = "Maximum number of serverless endpoints"
_CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
_HOSTING = " for endpoint usage"


def _taken_by(variants: Iterable[Record]) -> Counter[tuple[str, str]]:
    taken: Counter[tuple[str, str]] = Counter()
    for variant in variants:
        if serverless := variant.get("ServerlessConfig"):
            taken[_SERVERLESS, "None"] += 1
            taken[_CONCURRENCY, "None"] += serverless["MaxConcurrency"]
        else:
            taken[variant["InstanceType"] + _HOSTING, "Instances"] += variant["InitialInstanceCount"]
    return taken


def _endpoint_limit(cloud: Cloud, words: str) -> int:
    ordered = cloud.misbehaviour.get("quotas", {})
    if words == _SERVERLESS:
        return int(ordered.get("endpoints", cloud.settings.serverless_endpoints))
    if words == _CONCURRENCY:
        return int(ordered.get("concurrency", cloud.settings.serverless_concurrency))
    return int(_ordered(cloud, "hosting").get(words.removesuffix(_HOSTING), cloud.settings.hosting_instances))


def _ordered(cloud: Cloud, by_type: str) -> dict[str, Any]:
    return dict(cloud.misbehaviour.get("quotas", {}).get(by_type, {}))


def _must_fit(words: str, limit: int, used: int, delta: int, unit: str) -> None:
    if used + delta > limit:
        raise LimitExceeded(
            f"The account-level service limit '{words}' is {limit} {unit}, with current utilization of {used} {unit} "
            f"and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase for this "
            "quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota."
        )
