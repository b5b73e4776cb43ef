"""Search, for endpoints and training jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from botocore.model import StructureShape

from local.sagemaker import listing, shapes, tags
from local.sagemaker.errors import Invalid
from local.sagemaker.state import Cloud, Record, World, shown

_MOST_CONDITIONS = 50
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": lambda value, bound: value > bound,
    "GreaterThanOrEqualTo": lambda value, bound: value >= bound,
    "LessThan": lambda value, bound: value < bound,
    "LessThanOrEqualTo": lambda value, bound: value <= bound,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda value, wanted: wanted in value,
    "In": lambda value, wanted: value in wanted.split(","),
}


def search(cloud: Cloud, world: World, request: Record) -> Record:
    """Resources with their tags; an endpoint with its config's name, which ListEndpoints does not show."""
    kind = request["Resource"]
    expression = request.get("SearchExpression")
    if expression is not None and _count(kind, expression) > _MOST_CONDITIONS:
        raise Invalid(f"A search expression can contain up to {_MOST_CONDITIONS} conditions.")
    with world.lock:
        records = [record for record in _records(world, kind) if expression is None or _fits(record, expression)]
    by = request.get("SortBy", "LastModifiedTime")
    _must_be_known(kind, by)
    descending = request.get("SortOrder", "Descending") == "Descending"

    def key(record: Record) -> list[Any]:
        value = next(_values(record, by.split(".")), None)
        return [value is not None, value if value is not None else "", record[f"{kind}Name"]]

    found, token = listing.cut(records, request, key, descending=descending)
    hits = {"TotalHits": {"Value": len(records), "Relation": "EqualTo"}}
    return listing.answer("Results", [{kind: record} for record in found], token) | hits


def _records(world: World, kind: str) -> Iterator[Record]:
    kept = {"Endpoint": world.endpoints, "TrainingJob": world.jobs}.get(kind)
    if kept is None:
        raise Invalid(f"The local SageMaker does not emulate Search for {kind}.")
    members = _shape(kind).members
    for record in kept.values():
        known = {name: value for name, value in shown(record).items() if name in members}
        yield known | {"Tags": tags.as_list(world.tags.get(record[f"{kind}Arn"], {}))}


def _shape(kind: str) -> StructureShape:
    shape = shapes.service_model().shape_for(kind)
    assert isinstance(shape, StructureShape)
    return shape


def _count(kind: str, expression: Record) -> int:
    """Its conditions, all of them with properties that there are."""
    filters, nested = expression.get("Filters", []), expression.get("NestedFilters", [])
    inner = [_count(kind, each) for each in expression.get("SubExpressions", [])]
    if not (filters or nested or inner):
        raise Invalid("A search expression needs at least one filter, nested filter or subexpression.")
    for name in [each["Name"] for each in filters] + [each["NestedPropertyName"] for each in nested]:
        _must_be_known(kind, name)
    return len(filters) + sum(len(each["Filters"]) for each in nested) + len(inner) + sum(inner)


def _fits(record: Record, expression: Record) -> bool:
    passed = [_passes(record, each) for each in expression.get("Filters", [])]
    passed += [_has_one(record, each) for each in expression.get("NestedFilters", [])]
    passed += [_fits(record, each) for each in expression.get("SubExpressions", [])]
    return any(passed) if expression.get("Operator") == "Or" else all(passed)


def _has_one(record: Record, nested: Record) -> bool:
    """A single object of the list satisfies all filters."""
    path = nested["NestedPropertyName"]
    inside = [{**each, "Name": each["Name"].removeprefix(f"{path}.")} for each in nested["Filters"]]
    objects = [value for value in _values(record, path.split(".")) if isinstance(value, dict)]
    return any(all(_passes(value, each) for each in inside) for value in objects)


def _passes(record: Record, condition: Record) -> bool:
    name, operator = condition["Name"], condition.get("Operator", "Equals")
    values = list(_values(record, _path(name)))
    if operator in ("Exists", "NotExists"):
        return bool(values) is (operator == "Exists")
    if "Value" not in condition:
        raise Invalid(f"The filter on {name} needs a Value for the operator {operator}.")
    if operator == "NotEquals":
        return not any(_compares(name, "Equals", value, condition["Value"]) for value in values)
    return any(_compares(name, operator, value, condition["Value"]) for value in values)


def _compares(name: str, operator: str, value: Any, wanted: str) -> bool:
    if operator in _TEXT:
        if not isinstance(value, str):
            raise Invalid(f"{operator} is only supported for text properties, and {name} is none.")
        return _TEXT[operator](value, wanted)
    found, bound = _comparable(name, value, wanted)
    if operator == "Equals":
        return bool(found == bound)
    if isinstance(found, str):
        raise Invalid(f"{operator} is not supported for text properties, and {name} is one.")
    return bool(_ORDERED[operator](found, bound))


def _comparable(name: str, value: Any, wanted: str) -> tuple[Any, Any]:
    """Both as text or both as numbers. A hyperparameter is a number when both sides read as one."""
    if isinstance(value, bool):
        return str(value).lower(), wanted.lower()
    if not isinstance(value, str):
        bound = _number(wanted)
        if bound is None:
            raise Invalid(f"{wanted!r} is neither a number nor a time, as {name} is.")
        return float(value), bound
    numbers = _number(value), _number(wanted)
    both = name.startswith("HyperParameters.") and None not in numbers
    return numbers if both else (value, wanted)


def _number(text: str) -> float | None:
    """A number, or the seconds of an ISO 8601 time."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp()


def _path(name: str) -> list[str]:
    """`Tags.<key>`, `HyperParameters.<name>` and `Metrics.<name>` are whole after the first dot."""
    first, dot, rest = name.partition(".")
    return [first, rest] if dot and first in ("Tags", "HyperParameters", "Metrics", "Environment") else name.split(".")


def _values(record: Record, path: list[str]) -> Iterator[Any]:
    """All values at the path; lists are looked through."""
    if path[0] == "Tags" and len(path) == 2:
        yield from (tag["Value"] for tag in record.get("Tags", []) if tag["Key"] == path[1])
        return
    if path[0] == "Metrics" and len(path) == 2:
        metrics = record.get("FinalMetricDataList", [])
        yield from (metric["Value"] for metric in metrics if metric["MetricName"] == path[1])
        return
    value = record.get(path[0])
    for item in value if isinstance(value, list) else [value]:
        if len(path) == 1 or not isinstance(item, dict):
            yield from [item] if item is not None and len(path) == 1 else []
        else:
            yield from _values(item, path[1:])


def _must_be_known(kind: str, name: str) -> None:
    first = name.partition(".")[0]
    if first not in _shape(kind).members and not (kind == "TrainingJob" and first == "Metrics"):
        raise Invalid(f"Unknown property name for resource {kind}: {name}")
