"""Callers with chosen permissions, what they were denied, and an account for them to work in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local.stack import REGION
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.local_cloud.sagemaker_room import Room

numbers = itertools.count(1)


def owning_room(account: Account, prefix: str) -> Room:
    """An endpoint with its model and config, and a job: all of the prefix's name, all tagged team=red."""
    room, red = Room(account, prefix), [{"Key": "team", "Value": "red"}]
    room.model(prefix, Tags=red)
    room.config(prefix, prefix, Tags=red)
    room.sagemaker.create_endpoint(EndpointName=prefix, EndpointConfigName=prefix, Tags=red)
    room.sagemaker.create_training_job(**room.job(prefix, Tags=red))
    room.endpoint_in(prefix, "InService")
    room.job_ended(prefix)
    return room


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    """Operators with a colon are written with two underscores."""
    conditions = {operator.replace("__", ":"): keys for operator, keys in condition.items()}
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": conditions} if conditions else {})


def arn(room: Room, resource: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{room.account.id}:{resource}"


def caller(room: Room, *statements: dict[str, Any], service: str = "sagemaker") -> Any:
    trust = {"Effect": "Allow", "Principal": {"AWS": room.account.id}, "Action": "sts:AssumeRole"}
    return room.acting_as(room.account.role(f"caller-{next(numbers)}", *statements, trust=trust), service)


def denied(call: Callable[..., Any], **arguments: Any) -> str | None:
    """The action and resource that were not allowed; None when all were."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            message = error.response["Error"]["Message"]
            return message.partition("to perform: ")[2].partition(" because")[0]
    return None
