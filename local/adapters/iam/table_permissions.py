"""The condition keys `dynamodb:LeadingKeys` and `dynamodb:Attributes`: the partition keys and attributes of a request.

ministack never supplies the first, and the second for what is read only. A `ForAllValues` condition on a key that is
not there holds: such a policy would allow everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions
from ministack.services import dynamodb

from local.adapters.replacing import replace

_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")
# Neither after a colon, which makes a value of it, nor after a dot: attributes of the top level.
_NAME = re.compile(r"(?<![:.#\w])#?[A-Za-z_]\w*")
_WORD = re.compile(
    "set|remove|add|delete|and|or|not|in|between|attribute_exists|attribute_not_exists|attribute_type|begins_with"
    "|contains|size|if_not_exists|list_append",
    re.IGNORECASE,
)
_EXPRESSIONS = ("UpdateExpression", "ConditionExpression", "KeyConditionExpression", "FilterExpression")
_ONE_ITEM = ("Put", "Update", "Delete", "ConditionCheck", "Get")
Item = dict[str, Any]


def install() -> None:
    replace(iam_actions, "dynamodb_service_context", _with_items)


def _with_items(context_of: Any) -> Any:
    def context(body: bytes) -> dict[str, Any]:
        found, request = dict(context_of(body)), json.loads(body or b"{}")
        attributes = {*found.get("dynamodb:Attributes", []), *_attributes(request)}
        keys = {*_keys(request)}
        for name, values in (("dynamodb:LeadingKeys", keys), ("dynamodb:Attributes", attributes)):
            found |= {name: sorted(values)} if values else {}
        return found

    return context


def _attributes(request: dict[str, Any]) -> Iterator[str]:
    """AWS documents: those of the key are among them."""
    for part in _parts(request):
        yield from _attributes(part)
    yield from request.get("Key") or request.get("Item") or {}
    names = request.get("ExpressionAttributeNames") or {}
    for expression in _EXPRESSIONS:
        found = _NAME.findall(request.get(expression) or "")
        yield from (names.get(name, name) for name in found if not _WORD.fullmatch(name))


def _parts(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of a transaction."""
    for part in request.get("TransactItems") or []:
        yield from (part[each] for each in _ONE_ITEM if part.get(each))


def _keys(request: dict[str, Any]) -> Iterator[str]:
    """Of a transaction or a batch, those of all its items."""
    for part in _parts(request):
        yield from _keys(part)
    for table, asked in (request.get("RequestItems") or {}).items():
        for item in _batched(asked):
            yield from _of_item(table, item)
    if table := request.get("TableName"):
        yield from _of_item(table, request.get("Key") or request.get("Item") or {})
        yield from _of_query(table, request)


def _batched(asked: Any) -> Iterator[Item]:
    """BatchGetItem has keys, BatchWriteItem has requests to put and to delete."""
    if isinstance(asked, dict):
        yield from asked.get("Keys") or []
        return
    for each in asked:
        yield (each.get("PutRequest") or {}).get("Item") or (each.get("DeleteRequest") or {}).get("Key") or {}


def _of_item(table: str, item: Item) -> Iterator[str]:
    value = item.get(_partition_key(table, None))
    yield from _texts(value)


def _of_query(table: str, request: dict[str, Any]) -> Iterator[str]:
    names, values = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
    wanted = _partition_key(table, request.get("IndexName"))
    for name, value in _EQUALS.findall(request.get("KeyConditionExpression") or ""):
        if names.get(name, name) == wanted:
            yield from _texts(values.get(value))


def _texts(value: dict[str, str] | None) -> Iterator[str]:
    yield from (value or {}).values()


def _partition_key(table: str, index: str | None) -> str:
    """Empty for a table that is not there, which the operation itself will say."""
    known = dynamodb._tables.get(dynamodb._normalize_table_name(table)) or {}
    name, _, _ = dynamodb._resolve_index_keys(known, index) if known else ("", "", False)
    return str(name)
