"""AddTags, ListTags, DeleteTags, on any resource that exists."""

from __future__ import annotations

from typing import Any

from local.sagemaker.errors import Invalid
from local.sagemaker.state import Cloud, Record, World


def add(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        world.add_tags(_existing(world, request), request["Tags"])
        return {"Tags": request["Tags"]}


def list_tags(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        tags = world.tags[_existing(world, request)]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def delete(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        tags = world.tags[_existing(world, request)]
        for key in request["TagKeys"]:
            tags.pop(key, None)
    return {}


def _existing(world: World, request: dict[str, Any]) -> str:
    arn: str = request["ResourceArn"]
    if arn not in world.tags:
        raise Invalid(f"Could not find resource {arn}.")
    return arn
