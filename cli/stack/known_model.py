"""What a stack knows of a model: the row of its endpoint, and what was last said of its newest run."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cli.outcome import CommandError, ExitCode
from cli.stack.deployed_stack import DeployedStack
from ebb.aws.client_errors import is_missing_object
from ebb.ledger.endpoint_row import EndpointRow
from ebb.ledger.ledger import Ledger
from ebb.names import MODEL_RULE, is_model_name

_FOLDER = "runs/"
_MOST_NAMED = 3


@dataclass(frozen=True)
class KnownModel:
    """`latest`: what runs/<model>/latest.json says; empty as long as nothing was said."""

    name: str
    row: EndpointRow
    latest: dict[str, Any]

    @property
    def sentence(self) -> str:
        return str(self.latest.get("sentence", ""))


def known_model(stack: DeployedStack, name: str) -> KnownModel:
    """CommandError names models that are spelled like it."""
    if not is_model_name(name):
        raise CommandError(ExitCode.NOT_FOUND, f"'{name}' is no model: {MODEL_RULE}.")
    latest, row = latest_of(stack, name), ledger_of(stack).endpoint(name)
    if latest is None and not row.version:
        raise CommandError(ExitCode.NOT_FOUND, _unknown(stack, name))
    return KnownModel(name, row, latest or {})


def ledger_of(stack: DeployedStack) -> Ledger:
    return Ledger(stack.clients.dynamodb, stack.output("LedgerTableName"))


def latest_of(stack: DeployedStack, name: str) -> dict[str, Any] | None:
    """None when there is none: nothing was ever uploaded for it."""
    try:
        found = stack.clients.s3.get_object(Bucket=stack.output("DataBucketName"), Key=f"{_FOLDER}{name}/latest.json")
    except ClientError as error:
        if is_missing_object(error):
            return None
        raise
    return dict(json.loads(found["Body"].read()))


def model_names(stack: DeployedStack) -> Iterator[str]:
    """Of every model that ever had an upload."""
    pages = stack.clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=stack.output("DataBucketName"), Prefix=_FOLDER, Delimiter="/"
    )
    for page in pages:
        for folder in page.get("CommonPrefixes", []):
            name = folder["Prefix"].removeprefix(_FOLDER).rstrip("/")
            if is_model_name(name):
                yield name


def _unknown(stack: DeployedStack, name: str) -> str:
    said = f"The stack {stack.name} knows no model {name}."
    near = difflib.get_close_matches(name, model_names(stack), _MOST_NAMED)
    if near:
        return f"{said} Did you mean {' or '.join(near)}?"
    return f"{said} Upload a file to s3://{stack.output('DataBucketName')}/datasets/{name}/ to make it one."
