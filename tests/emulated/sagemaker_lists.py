"""The fake SageMaker's List operations and Search: filters, sort orders and pages as AWS has them."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

PAGE = 10  # AWS's default
_LISTED = {
    "Endpoint": "Endpoints",
    "EndpointConfig": "EndpointConfigs",
    "Model": "Models",
    "TrainingJob": "TrainingJobSummaries",
}
_COMMON = {"NameContains", "CreationTimeAfter", "CreationTimeBefore", "SortBy", "SortOrder", "MaxResults", "NextToken"}
_CHANGING = {"LastModifiedTimeAfter", "LastModifiedTimeBefore", "StatusEquals"}
Resource = dict[str, Any]


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def page(kind: str, shelf: dict[str, Resource], asked: Resource) -> Resource:
    """One page. Models and configs never change, so they have neither status nor time of change."""
    changing = kind in ("Endpoint", "TrainingJob")
    unknown = asked.keys() - _COMMON - (_CHANGING if changing else set())
    if unknown:
        raise TypeError(f"not a parameter of the list of {kind}: {', '.join(sorted(unknown))}")
    if asked.get("NameContains") == "":
        told = "Value '' at 'nameContains' failed to satisfy constraint: Member must satisfy regular expression pattern"
        raise ClientError({"Error": {"Code": "ValidationException", "Message": told}}, f"List{kind}s")
    members = [f"{kind}Name", f"{kind}Arn", "CreationTime"]
    members += ["LastModifiedTime", f"{kind}Status"] if changing else []
    members += ["TrainingEndTime"] if kind == "TrainingJob" else []
    found = [record for record in shelf.values() if _passes(record, kind, asked)]
    by = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(asked.get("SortBy", "CreationTime"), "CreationTime")
    order = asked.get("SortOrder", "Ascending" if kind == "TrainingJob" else "Descending")
    found.sort(key=lambda record: (record[by], record[f"{kind}Name"]), reverse=order == "Descending")
    cut, token = _cut(found, asked)
    # Jobs are filtered by status after the page was cut, so that a page can be empty and have a next one.
    wanted = asked.get("StatusEquals")
    shown = [record for record in cut if wanted in (None, record.get(f"{kind}Status"))]
    return {_LISTED[kind]: [{name: record[name] for name in members if name in record} for record in shown]} | token


def search(shelf: dict[str, Resource], tags: dict[str, dict[str, str]], asked: Resource) -> Resource:
    """Resources with their tags; an endpoint with the name of its config."""
    kind, expression = asked["Resource"], asked.get("SearchExpression", {})
    records = [record | {"Tags": tag_list(tags.get(record[f"{kind}Arn"], {}))} for record in shelf.values()]
    found = [record for record in records if _fits(record, expression)]
    cut, token = _cut(found, asked)
    return {"Results": [{kind: record} for record in cut]} | token


@dataclass(frozen=True)
class Paginator:
    """`most`: on a page, whatever page size is asked for."""

    operation: Callable[..., Resource]
    most: int

    def paginate(self, *, PaginationConfig: Resource | None = None, **asked: Any) -> Iterator[Resource]:  # noqa: N803
        if self.operation.__name__ == "list_tags":
            yield self.operation(**asked)
            return
        token: Resource = {}
        size = min(self.most, (PaginationConfig or {}).get("PageSize", PAGE))
        while True:
            answer = self.operation(**asked, MaxResults=size, **token)
            yield answer
            if "NextToken" not in answer:
                return
            token = {"NextToken": answer["NextToken"]}


def _cut(found: list[Resource], asked: Resource) -> tuple[list[Resource], Resource]:
    start, size = int(asked.get("NextToken", 0)), asked.get("MaxResults", PAGE)
    return found[start : start + size], {"NextToken": str(start + size)} if start + size < len(found) else {}


def _passes(record: Resource, kind: str, asked: Resource) -> bool:
    if asked.get("NameContains", "") not in record[f"{kind}Name"]:
        return False
    for member in ("CreationTime", "LastModifiedTime"):
        at: dt.datetime = record[member]
        if at < asked.get(f"{member}After", at) or not at < asked.get(f"{member}Before", at + dt.timedelta(1)):
            return False
    return kind == "TrainingJob" or asked.get("StatusEquals") in (None, record.get(f"{kind}Status"))


def _fits(record: Resource, expression: Resource) -> bool:
    passed = [_matches(record, each) for each in expression.get("Filters", [])]
    passed += [_fits(record, each) for each in expression.get("SubExpressions", [])]
    return any(passed) if expression.get("Operator") == "Or" else all(passed)


def _matches(record: Resource, condition: Resource) -> bool:
    name, operator, wanted = condition["Name"], condition.get("Operator", "Equals"), str(condition.get("Value", ""))
    first, _, key = name.partition(".")
    tagged: dict[str, str] = {tag["Key"]: tag["Value"] for tag in record["Tags"]}
    value: str | None = tagged.get(key) if first == "Tags" and key else record.get(name)
    if operator in ("Exists", "NotExists"):
        return (value is not None) is (operator == "Exists")
    if operator == "NotEquals":
        return bool(value != wanted)
    if operator == "Contains":
        return wanted in (value or "")
    if operator == "In":
        return value in wanted.split(",")
    assert operator == "Equals", operator
    return bool(value == wanted)
