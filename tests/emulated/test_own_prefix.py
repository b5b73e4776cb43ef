"""A stack whose Prefix was changed does nothing, and says why: it would orphan every endpoint that it has."""

from __future__ import annotations

import pytest

from ebb.environment import FunctionSettings
from ebb.errors import ConfigurationError
from ebb.ledger.own_prefix import OwnPrefix
from tests.emulated.stack import BUCKET, TABLE, Stack


def checked(stack: Stack, prefix: str, *, claim: bool = True, known: OwnPrefix | None = None) -> None:
    settings = FunctionSettings("ebb", prefix, BUCKET, TABLE)
    (known or OwnPrefix()).must_be_the_ledgers(stack.clients.dynamodb, settings, claim=claim)


def test_the_first_prefix_is_kept_and_any_other_refused_by_name(stack: Stack) -> None:
    checked(stack, "ebb")
    checked(stack, "ebb")
    with pytest.raises(ConfigurationError, match="belongs to the prefix 'ebb', but its parameter Prefix is now 'sea'"):
        checked(stack, "sea")
    with pytest.raises(ConfigurationError, match="Prefix=ebb again"):
        checked(stack, "sea", claim=False)


def test_who_only_reads_claims_nothing(stack: Stack) -> None:
    checked(stack, "sea", claim=False)
    checked(stack, "ebb")


def test_it_is_asked_once_in_the_life_of_a_process(stack: Stack) -> None:
    known = OwnPrefix()
    checked(stack, "ebb", known=known)
    stack.clients.dynamodb.delete_table(TableName=TABLE)
    checked(stack, "ebb", known=known)
