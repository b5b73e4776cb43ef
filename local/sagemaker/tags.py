"""AddTags, ListTags, DeleteTags, on any resource that exists."""

from __future__ import annotations

from local.sagemaker.errors import Invalid
from local.sagemaker.state import Cloud, Record, World


def add(cloud: Cloud, world: World, request: Record) -> Record:
    with world.lock:
        world.add_tags(_existing(world, request), request["Tags"])
        return {"Tags": request["Tags"]}


def list_tags(cloud: Cloud, world: World, request: Record) -> Record:
    """All of them at once: a resource has no more than the smallest page holds."""
    with world.lock:
        return {"Tags": as_list(world.tags[_existing(world, request)])}


def delete(cloud: Cloud, world: World, request: Record) -> Record:
    with world.lock:
        tags = world.tags[_existing(world, request)]
        for key in request["TagKeys"]:
            tags.pop(key, None)
    return {}


def as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _existing(world: World, request: Record) -> str:
    arn: str = request["ResourceArn"]
    if arn not in world.tags:
        raise Invalid(f"Could not find resource {arn}.")
    return arn
