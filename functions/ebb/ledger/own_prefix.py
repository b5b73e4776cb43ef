"""The prefix that a ledger belongs to: under another one every endpoint it knows would be looked for in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebb.environment import FunctionSettings
from ebb.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY: Any = {"model": {"S": "-"}, "record": {"S": "prefix"}}


@dataclass
class OwnPrefix:
    """Asked once in the life of a function's process: nobody changes it under a running one."""

    certain: bool = False

    def must_be_the_ledgers(self, dynamodb: DynamoDBClient, settings: FunctionSettings, *, claim: bool = True) -> None:
        """ConfigurationError under another prefix. `claim`: what is not said yet is said now."""
        if self.certain:
            return
        table, prefix = settings.ledger_table, settings.prefix
        known = _known(dynamodb, table) or (_claimed(dynamodb, table, prefix) if claim else "")
        if known and known != prefix:
            raise ConfigurationError(
                f"This stack's ledger belongs to the prefix {known!r}, but its parameter Prefix is now "
                f"{prefix!r}. Prefix never changes: deploy the stack with Prefix={known} again. Until then nothing "
                "is done, because every endpoint would be looked for under a name that it does not have."
            )
        self.certain = bool(known)


def _known(dynamodb: DynamoDBClient, table: str) -> str:
    found = dynamodb.get_item(TableName=table, Key=_KEY, ConsistentRead=True).get("Item", {})
    return str(found.get("prefix", {}).get("S", ""))


def _claimed(dynamodb: DynamoDBClient, table: str, prefix: str) -> str:
    """The first one's: two functions may begin at once."""
    dynamodb.update_item(
        TableName=table,
        Key=_KEY,
        UpdateExpression="SET #prefix = if_not_exists(#prefix, :ours)",
        ExpressionAttributeNames={"#prefix": "prefix"},
        ExpressionAttributeValues={":ours": {"S": prefix}},
    )
    return _known(dynamodb, table)
