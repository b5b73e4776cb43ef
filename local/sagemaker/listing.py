"""Paging, filters and sort orders of the List operations."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any

from local.sagemaker.errors import Invalid
from local.sagemaker.state import Record

DEFAULT_PAGE = 10


def page(
    records: Iterable[Record],
    request: dict[str, Any],
    *,
    name: str,
    status: str | None = None,
    default_order: str = "Descending",
    summary: Callable[[Record], Record],
) -> tuple[list[Record], str | None]:
    """One page of summaries and the token of the next.

    The status filter is applied after the page was cut, as AWS does for ListTrainingJobs, only where
    the caller leaves `status` to `after_page`; here it is applied before.
    """
    chosen = [record for record in records if _passes(record, request, name, status)]
    chosen.sort(key=_sort_key(request, name, status), reverse=_order(request, default_order) == "Descending")
    start = _offset(request.get("NextToken"))
    end = start + request.get("MaxResults", DEFAULT_PAGE)
    token = base64.urlsafe_b64encode(f"from:{end}".encode()).decode() if end < len(chosen) else None
    return [summary(record) for record in chosen[start:end]], token


def _passes(record: Record, request: dict[str, Any], name: str, status: str | None) -> bool:
    if request.get("NameContains", "") not in record[name]:
        return False
    for member, bound in (("CreationTime", "CreationTime"), ("LastModifiedTime", "LastModifiedTime")):
        value = record.get(member, record["CreationTime"])
        if f"{bound}After" in request and value < request[f"{bound}After"]:
            return False
        if f"{bound}Before" in request and value > request[f"{bound}Before"]:
            return False
    return not (status and "StatusEquals" in request and record[status] != request["StatusEquals"])


def _sort_key(request: dict[str, Any], name: str, status: str | None) -> Callable[[Record], Any]:
    by = request.get("SortBy", "CreationTime")
    member = {"Name": name, "Status": status or name}.get(by, "CreationTime")
    return lambda record: (record[member], record[name])


def _order(request: dict[str, Any], default: str) -> str:
    return str(request.get("SortOrder", request.get("OrderKey", default)))


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except ValueError as broken:
        raise Invalid("The provided NextToken is not valid") from broken
