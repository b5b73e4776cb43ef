"""DynamoDB as the ledger uses it, in memory: thousands of ticks take seconds. Held to moto by test_fake_dynamodb."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]
Names = Mapping[str, str]
PAGE = 4  # few, so that paging shows
MOST_IN_ONE_TRANSACTION = 100
_TERM = re.compile(
    r"attribute_not_exists\((?P<absent>#\w+)\)"
    r"|NOT (?P<other>#\w+) IN \((?P<values>[:\w, ]+)\)"
    r"|(?P<name>#\w+) (?P<compared>=|<=) (?P<value>:\w+)"
)
_CHANGE = re.compile(r"SET (?P<set>.+)")


class ConditionalCheckFailedException(ClientError):
    pass


class TransactionCanceledException(ClientError):
    pass


@dataclass
class FakeDynamoDB:
    """One table. `exceptions`: as boto3's clients have them."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(
            ConditionalCheckFailedException=ConditionalCheckFailedException,
            TransactionCanceledException=TransactionCanceledException,
        )
    )

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        found = self.items.get(_key(Key))
        return {} if found is None else {"Item": dict(found)}

    def update_item(self, *, ReturnValues: str = "NONE", **update: Any) -> dict[str, Any]:  # noqa: N803
        before = self.items.get(_key(update["Key"]), {})
        changed = _changed(before, update)
        if changed is None:
            raise _error(ConditionalCheckFailedException, "The conditional request failed", "UpdateItem")
        self.items[_key(update["Key"])] = changed
        return {"Attributes": before} if ReturnValues == "ALL_OLD" and before else {}

    def put_item(self, **put: Any) -> dict[str, Any]:
        if not _may_be_put(self.items.get(_key(put["Item"]), {}), put):
            raise _error(ConditionalCheckFailedException, "The conditional request failed", "PutItem")
        self.items[_key(put["Item"])] = dict(put["Item"])
        return {}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """All of them, or none."""
        puts = [item["Put"] for item in TransactItems]
        keys = [_key(put["Item"]) for put in puts]
        if not 1 <= len(keys) <= MOST_IN_ONE_TRANSACTION:
            raise _invalid("Member must have length less than or equal to 100, and not be empty")
        if len(set(keys)) < len(keys):
            raise _invalid("Transaction request cannot include multiple operations on one item")
        allowed = [_may_be_put(self.items.get(key, {}), put) for key, put in zip(keys, puts, strict=True)]
        if not all(allowed):
            error = _error(TransactionCanceledException, "Transaction cancelled", "TransactWriteItems")
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in allowed]
            response: Any = error.response
            response["CancellationReasons"] = reasons
            raise error
        self.items |= {key: dict(put["Item"]) for key, put in zip(keys, puts, strict=True)}
        return {}

    def query(self, **asked: Any) -> dict[str, Any]:
        """The index `due`, or the records of one model that begin alike."""
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        if asked.get("IndexName") == "due":
            assert asked["KeyConditionExpression"] == "#record = :endpoint", asked
            rows = [item for (_, record), item in self.items.items() if record == values[":endpoint"] and "due" in item]
            rows.sort(key=lambda item: (item["due"]["S"], item["model"]["S"]))
        else:
            assert asked["KeyConditionExpression"] == "#model = :model AND begins_with(#record, :run)", asked
            keys = sorted(self.items)
            rows = [self.items[key] for key in keys if key[0] == values[":model"] and key[1].startswith(values[":run"])]
        return {"Items": [dict(row) for row in rows]}

    def get_paginator(self, operation: str) -> FakePaginator:
        assert operation == "query", operation
        return FakePaginator(self)


@dataclass(frozen=True)
class FakePaginator:
    client: FakeDynamoDB

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        items = self.client.query(**asked)["Items"]
        for start in range(0, max(1, len(items)), PAGE):
            yield {"Items": items[start : start + PAGE]}


def _key(key: Item) -> tuple[str, str]:
    return key["model"]["S"], key["record"]["S"]


def _changed(before: Item, update: Mapping[str, Any]) -> Item | None:
    """None: the condition does not hold."""
    names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
    condition, expression = update.get("ConditionExpression", ""), update["UpdateExpression"]
    _must_be_used(f"{condition} {expression}", names, values)
    if condition and not any(_holds(before, term, names, values) for term in condition.split(" OR ")):
        return None
    parts = _CHANGE.fullmatch(expression)
    if parts is None:
        raise _invalid(f"Invalid UpdateExpression: {expression}")
    pairs = [pair.split(" = ") for pair in parts["set"].split(", ")]
    set_to: Item = {names[name]: values[value] for name, value in pairs}
    return before | set_to | dict(update["Key"])


def _may_be_put(before: Item, put: Mapping[str, Any]) -> bool:
    names, values = put["ExpressionAttributeNames"], put.get("ExpressionAttributeValues", {})
    _must_be_used(put["ConditionExpression"], names, values)
    return _holds(before, put["ConditionExpression"], names, values)


def _holds(item: Item, term: str, names: Names, values: Mapping[str, Any]) -> bool:
    found = _TERM.fullmatch(term)
    if found is None:
        raise _invalid(f"Invalid ConditionExpression: {term}")
    if found["absent"]:
        return names[found["absent"]] not in item
    if found["other"]:
        return item.get(names[found["other"]]) not in [values[name] for name in found["values"].split(", ")]
    there, wanted = item.get(names[found["name"]]), values[found["value"]]
    if there is None or there.keys() != wanted.keys():
        return False
    if found["compared"] == "=":
        return bool(there == wanted)
    assert "S" in there, "only texts are ordered here"
    return bool(there["S"] <= wanted["S"])


def _must_be_used(expressions: str, names: Names, values: Mapping[str, Any]) -> None:
    used = set(re.findall(r"[#:]\w+", expressions))
    if used != {*names, *values}:
        raise _invalid(f"Value provided unused in expressions, or not defined: {sorted(used ^ {*names, *values})}")


def _error(kind: type[ClientError], message: str, operation: str) -> ClientError:
    return kind({"Error": {"Code": kind.__name__, "Message": message}}, operation)


def _invalid(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Update")
