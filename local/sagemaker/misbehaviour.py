"""What the local SageMaker does wrongly on order: every key of `Cloud.misbehaviour`, and what it takes.

An entry holds until it is taken back (`Cloud.misbehave(name, None)`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Misbehaviour = dict[str, Any]


@dataclass(frozen=True)
class _Order:
    takes: str
    fits: Callable[[Any], bool]
    does: str


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _are_quotas(value: Any) -> bool:
    """Whatever is not named keeps its setting."""
    if not isinstance(value, dict) or not value.keys() <= {"training", "hosting", "endpoints", "concurrency"}:
        return False
    counts = [value[name] for name in ("endpoints", "concurrency") if name in value]
    for name in ("training", "hosting"):
        by_type = value.get(name, {})
        if not isinstance(by_type, dict):
            return False
        counts += by_type.values()
    return all(map(_is_count, counts))


def _one_of(*words: object) -> Callable[[Any], bool]:
    return lambda value: any(value is word or (isinstance(value, str) and value == word) for word in words)


ORDERS: dict[str, _Order] = {
    "endpoint_events": _Order(
        '"off"', _one_of("off"), "no endpoint state change reaches the bus, as may be so for serverless endpoints"
    ),
    "events": _Order('"twice"', _one_of("twice"), "every state change is announced twice"),
    "fail_update": _Order(
        '"reason", "silent" or "rollback_failed"',
        _one_of("reason", "silent", "rollback_failed"),
        "an update ends InService on the old config, with or without a FailureReason, or as UpdateRollbackFailed",
    ),
    "fail_creation": _Order(
        "true, or the FailureReason",
        lambda value: value is True or (isinstance(value, str) and bool(value)),
        "an endpoint that is being created ends as Failed",
    ),
    "stuck_creating": _Order(
        "true", _one_of(True), "an endpoint that is being created stays so, and cannot be deleted"
    ),
    "system_updating": _Order(
        "an endpoint's name",
        lambda value: isinstance(value, str) and bool(value),
        "that endpoint is SystemUpdating whenever it would be InService: it serves, but is not changed or deleted",
    ),
    "quotas": _Order(
        '{"training": {instance type: n}, "hosting": {instance type: n}, "endpoints": n, "concurrency": n}',
        _are_quotas,
        "instances at work in jobs and in endpoints, serverless endpoints, their MaxConcurrency in all",
    ),
    "model_delay": _Order(
        "seconds",
        _is_duration,
        "CreateEndpointConfig does not yet see a model this young",
    ),
    "final_metrics_delay": _Order(
        "seconds",
        _is_duration,
        "DescribeTrainingJob shows no FinalMetricDataList of a job that ended less long ago",
    ),
    "config_delay": _Order(
        "seconds",
        _is_duration,
        "CreateEndpoint and UpdateEndpoint do not yet see a config this young: they read eventually consistently",
    ),
    "role_delay": _Order(
        "seconds",
        _is_duration,
        "jobs, models and endpoints cannot assume a role this young: IAM is eventually consistent",
    ),
}


def checked(name: str, value: Any) -> Any:
    """The value, or a ValueError that says what the order takes."""
    order = ORDERS.get(name)
    if order is None:
        raise ValueError(f"the local SageMaker knows no misbehaviour {name!r}; it knows {', '.join(ORDERS)}")
    if not order.fits(value):
        raise ValueError(f"{name} takes {order.takes}, not {value!r}: {order.does}")
    return value
