"""Paging, filters and sort orders of the List operations."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from local.sagemaker.errors import Invalid
from local.sagemaker.state import Record

DEFAULT_PAGE = 10
Key = Callable[[Record], list[Any]]


def page(
    records: Iterable[Record],
    request: Record,
    *,
    name: str,
    status: str | None = None,
    default_order: str = "Descending",
    summary: Callable[[Record], Record],
) -> tuple[list[Record], str | None]:
    """One page of summaries and the token of the next. With `status`, StatusEquals is a filter like the others."""
    chosen = [record for record in records if _passes(record, request, name, status)]
    member = {"Name": name, "Status": status or f"{name.removesuffix('Name')}Status"}.get(
        request.get("SortBy", "CreationTime"), "CreationTime"
    )
    descending = request.get("SortOrder", default_order) == "Descending"
    found, token = cut(chosen, request, lambda record: [record[member], record[name]], descending=descending)
    return [summary(record) for record in found], token


def cut(records: list[Record], request: Record, key: Key, *, descending: bool) -> tuple[list[Record], str | None]:
    """The page after the one that NextToken ended; what is deleted between two pages makes neither skip a record."""
    ordered = sorted(records, key=key, reverse=descending)
    if "NextToken" in request:
        last = _read(request["NextToken"])
        try:
            ordered = [record for record in ordered if (key(record) < last if descending else key(record) > last)]
        except TypeError as other_order:
            raise _invalid_token() from other_order
    size = request.get("MaxResults", DEFAULT_PAGE)
    token = _token(key(ordered[size - 1])) if len(ordered) > size else None
    return ordered[:size], token


def answer(listed: str, shown: list[Record], token: str | None) -> Record:
    """A List operation's answer: no token means no further page."""
    return {listed: shown} | ({"NextToken": token} if token else {})


def _passes(record: Record, request: Record, name: str, status: str | None) -> bool:
    if request.get("NameContains", "") not in record[name]:
        return False
    for member in ("CreationTime", "LastModifiedTime"):
        if f"{member}After" in request and record[member] < request[f"{member}After"]:
            return False
        if f"{member}Before" in request and record[member] >= request[f"{member}Before"]:
            return False
    return not (status and "StatusEquals" in request and record[status] != request["StatusEquals"])


def _token(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read(token: str) -> list[Any]:
    try:
        key = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, RecursionError) as broken:
        raise _invalid_token() from broken
    if not isinstance(key, list):
        raise _invalid_token()
    return key


def _invalid_token() -> Invalid:
    return Invalid("The provided NextToken is not valid for this request.")
