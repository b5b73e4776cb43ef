"""DynamoDB as the ledger uses it: a sparse index, transactions, and what IAM is asked for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.test_gaps_functions import allow

ROWS, WATCHED = 200, 100
TABLE = {
    "TableName": "rows",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("model", "record", "due")],
    "KeySchema": [{"AttributeName": "model", "KeyType": "HASH"}, {"AttributeName": "record", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [{"AttributeName": "record", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
BY_DUE = {
    "TableName": "rows",
    "IndexName": "due",
    "KeyConditionExpression": "#record = :record AND due <= :now",
    "ExpressionAttributeNames": {"#record": "record"},
    "ExpressionAttributeValues": {":record": {"S": "endpoint"}, ":now": {"S": "0099"}},
}


@dataclass(frozen=True)
class Rows:
    account: Account
    arn: str

    @property
    def client(self) -> Any:
        return self.account.client("dynamodb")

    def version(self, number: int) -> int:
        found = self.client.get_item(TableName="rows", Key=key(number), ConsistentRead=True)["Item"]
        return int(found.get("version", {"N": "0"})["N"])


@pytest.fixture(scope="module")
def rows(account: Account) -> Rows:
    """200 rows of 12 kB; the first 100 have a `due`."""
    cloudformation = account.client("cloudformation")
    template = {"Resources": {"Rows": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE}}}
    cloudformation.create_stack(StackName="rows", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="rows", WaiterConfig={"Delay": 1})
    for number in range(ROWS):
        due = {"due": {"S": f"{number:04}"}} if number < WATCHED else {}
        text = {"text": {"S": "x" * 12_000}}
        account.client("dynamodb").put_item(TableName="rows", Item={**key(number), **due, **text})
    return Rows(account, f"arn:aws:dynamodb:eu-central-1:{account.id}:table/rows")


def key(number: int) -> dict[str, Any]:
    return {"model": {"S": f"m{number:03}"}, "record": {"S": "endpoint"}}


def update(number: int, to: int) -> dict[str, Any]:
    """On condition that nobody has been there since."""
    return {
        "TableName": "rows",
        "Key": key(number),
        "UpdateExpression": "SET version = :to",
        "ConditionExpression": "attribute_not_exists(version) OR version = :before",
        "ExpressionAttributeValues": {":to": {"N": str(to)}, ":before": {"N": str(to - 1)}},
    }


def put(number: int, to: int) -> dict[str, Any]:
    """The same, with the whole row."""
    before = {"ExpressionAttributeValues": {":before": {"N": str(to - 1)}}}
    condition = "attribute_not_exists(version) OR version = :before"
    item = {**key(number), "version": {"N": str(to)}}
    return {"TableName": "rows", "Item": item, "ConditionExpression": condition, **before}


Change = Callable[[int, int], dict[str, Any]]
CHANGES = pytest.mark.parametrize(("kind", "change"), [("Update", update), ("Put", put)])


def test_an_index_holds_the_rows_that_have_its_keys_in_pages_of_a_megabyte(rows: Rows) -> None:
    pages = list(rows.client.get_paginator("query").paginate(**BY_DUE))

    found = [item["due"]["S"] for page in pages for item in page["Items"]]
    assert len(pages) == 2
    assert found == [f"{number:04}" for number in range(WATCHED)]
    assert "text" in pages[0]["Items"][0]


def test_an_index_has_an_arn_of_its_own(rows: Rows) -> None:
    """AWS documents: a policy for a query of an index names the index."""
    table = rows.account.acting_as("table-only", allow(rows.arn, "dynamodb:Query"))("dynamodb")
    index = rows.account.acting_as("index-only", allow(f"{rows.arn}/index/due", "dynamodb:Query"))("dynamodb")

    with pytest.raises(ClientError, match="AccessDenied"):
        table.query(**BY_DUE)
    assert index.query(**BY_DUE)["Count"]


@CHANGES
def test_a_transaction_is_done_whole_or_not_at_all(rows: Rows, kind: str, change: Change) -> None:
    numbers = range(WATCHED, WATCHED + 100)
    before = [rows.version(number) for number in numbers]
    changes = [{kind: change(number, version + 1)} for number, version in zip(numbers, before, strict=True)]
    rows.client.transact_write_items(TransactItems=changes)
    changes = [{kind: change(number, version + 2)} for number, version in zip(numbers, before, strict=True)]
    changes[40] = {kind: change(numbers[40], 9)}

    with pytest.raises(ClientError, match="TransactionCanceledException") as canceled:
        rows.client.transact_write_items(TransactItems=changes)

    reasons = [reason["Code"] for reason in canceled.value.response["CancellationReasons"]]
    assert reasons == ["None"] * 40 + ["ConditionalCheckFailed"] + ["None"] * 59
    assert [rows.version(number) for number in numbers] == [version + 1 for version in before]


@CHANGES
def test_a_transaction_is_what_it_does_to_each_item(rows: Rows, kind: str, change: Change) -> None:
    """AWS documents: there is no permission for a transaction, only those for what is in it."""
    changes = [{kind: change(149, rows.version(149) + 1)}]
    named = rows.account.acting_as(f"by-its-name-{kind}", allow(rows.arn, "dynamodb:TransactWriteItems"))("dynamodb")
    doer = rows.account.acting_as(f"by-its-work-{kind}", allow(rows.arn, f"dynamodb:{kind}Item"))("dynamodb")

    with pytest.raises(ClientError, match=f"dynamodb:{kind}Item"):
        named.transact_write_items(TransactItems=changes)
    assert doer.transact_write_items(TransactItems=changes)


def test_leading_keys_limit_a_role_to_some_partitions(rows: Rows) -> None:
    actions = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:BatchGetItem"]
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["m10*"]}}
    client = rows.account.acting_as("some-rows", {**allow(rows.arn, *actions), "Condition": condition})("dynamodb")

    def attempts(number: int) -> dict[str, Any]:
        values = {":model": key(number)["model"]}
        query = {"KeyConditionExpression": "model = :model", "ExpressionAttributeValues": values}
        batch = {"rows": {"Keys": [key(101), key(number)] if number != 101 else [key(101)]}}
        change = update(number, rows.version(number) + 1)
        return {
            "get_item": {"TableName": "rows", "Key": key(number)},
            "query": {"TableName": "rows", **query},
            "batch_get_item": {"RequestItems": batch},
            "transact_write_items": {"TransactItems": [{"Update": change}]},
        }

    for operation, request in attempts(101).items():
        getattr(client, operation)(**request)
    for operation, request in attempts(111).items():
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(client, operation)(**request)


def test_attributes_limit_a_role_to_rows_of_one_kind(rows: Rows) -> None:
    """AWS documents: attributes that a request names, in its key, its update or its condition."""
    condition = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["model", "record", "version"]}}
    client = rows.account.acting_as("some-kind", {**allow(rows.arn, "dynamodb:UpdateItem"), "Condition": condition})(
        "dynamodb"
    )

    client.update_item(**update(148, rows.version(148) + 1))
    changes = update(148, rows.version(148) + 1)
    for expression in ("SET version = :to, due = :before", "SET version = if_not_exists(due, :to)", "REMOVE #text"):
        names = {"ExpressionAttributeNames": {"#text": "text"}} if "#" in expression else {}
        with pytest.raises(ClientError, match="AccessDenied"):
            client.update_item(**{**changes, "UpdateExpression": expression, **names})
