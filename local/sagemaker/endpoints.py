"""CreateEndpoint, UpdateEndpoint, DescribeEndpoint, ListEndpoints, DeleteEndpoint and the states in between."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

from local.sagemaker import events, listing
from local.sagemaker.authorization import arn_of
from local.sagemaker.errors import Invalid
from local.sagemaker.hosting import Host, HostingFailedError, prepare
from local.sagemaker.models import CONFIG
from local.sagemaker.state import Cloud, Record, World

_CHANGEABLE = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")
HOST = "_host"  # the running side of an endpoint's record, never shown


def create(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    name = request["EndpointName"]
    arn = arn_of(world, "endpoint", name)
    with world.lock:
        CONFIG.existing(world, request["EndpointConfigName"])
        if any(name.lower() == taken.lower() for taken in world.endpoints):
            raise Invalid(f'Cannot create already existing endpoint "{arn}".')
        world.add_tags(arn, request.get("Tags", []))
        now = time.time()
        endpoint: Record = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        world.endpoints[name] = endpoint
    events.endpoint_changed(world, endpoint)
    _later(name, _finish_creation, cloud, world, endpoint)
    return {"EndpointArn": arn}


def _finish_creation(cloud: Cloud, world: World, endpoint: Record) -> None:
    if not cloud.wait(cloud.settings.endpoint_seconds):
        return
    try:
        host = prepare(cloud, world, endpoint["EndpointName"], endpoint["EndpointConfigName"])
        change: Record = {"EndpointStatus": "InService", HOST: host, "ProductionVariants": host.summaries()}
    except HostingFailedError as failed:
        change = {"EndpointStatus": "Failed", "FailureReason": str(failed)}
    _change(world, endpoint, change)


def update(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        endpoint = _existing(world, request["EndpointName"])
        _must_be_changeable(endpoint)
        if endpoint["EndpointStatus"] == "Failed":
            raise Invalid(f'Could not update failed endpoint "{endpoint["EndpointArn"]}".')
        CONFIG.existing(world, request["EndpointConfigName"])
        endpoint.pop("FailureReason", None)
        now = time.time()
        pending = {"EndpointConfigName": request["EndpointConfigName"], "StartTime": now}
        endpoint |= {"EndpointStatus": "Updating", "LastModifiedTime": now, "PendingDeploymentSummary": pending}
    events.endpoint_changed(world, endpoint)
    _later(endpoint["EndpointName"], _finish_update, cloud, world, endpoint)
    return {"EndpointArn": endpoint["EndpointArn"]}


def _finish_update(cloud: Cloud, world: World, endpoint: Record) -> None:
    """A failed update goes back to InService on the old config, with the reason."""
    if not cloud.wait(cloud.settings.endpoint_seconds):
        return
    wanted = endpoint["PendingDeploymentSummary"]["EndpointConfigName"]
    old: Host = endpoint[HOST]
    try:
        host = prepare(cloud, world, endpoint["EndpointName"], wanted)
    except HostingFailedError as failed:
        _change(world, endpoint, {"EndpointStatus": "InService", "FailureReason": str(failed)})
        return
    change = {"EndpointConfigName": wanted, HOST: host, "ProductionVariants": host.summaries()}
    _change(world, endpoint, {"EndpointStatus": "InService", **change})
    old.close()


def delete(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        endpoint = _existing(world, request["EndpointName"])
        _must_be_changeable(endpoint)
        endpoint |= {"EndpointStatus": "Deleting", "LastModifiedTime": time.time()}
    events.endpoint_changed(world, endpoint)
    _later(endpoint["EndpointName"], _finish_deletion, cloud, world, endpoint)
    return {}


def _finish_deletion(cloud: Cloud, world: World, endpoint: Record) -> None:
    if HOST in endpoint:
        endpoint[HOST].close()
    if not cloud.wait(cloud.settings.delete_seconds):
        return
    with world.lock:
        del world.endpoints[endpoint["EndpointName"]]
        world.tags.pop(endpoint["EndpointArn"], None)


def describe(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        endpoint = _existing(world, request["EndpointName"])
        return {key: value for key, value in endpoint.items() if key != HOST}


def list_endpoints(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    members = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    with world.lock:
        shown, token = listing.page(
            world.endpoints.values(),
            request,
            name="EndpointName",
            status="EndpointStatus",
            summary=lambda endpoint: {member: endpoint[member] for member in members},
        )
    return {"Endpoints": shown} | ({"NextToken": token} if token else {})


def _existing(world: World, name: str) -> Record:
    endpoint = world.endpoints.get(name)
    if endpoint is None:
        raise Invalid(f'Could not find endpoint "{arn_of(world, "endpoint", name)}".')
    return endpoint


def _must_be_changeable(endpoint: Record) -> None:
    if endpoint["EndpointStatus"] not in _CHANGEABLE:
        raise Invalid(f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')


def _change(world: World, endpoint: Record, change: Record) -> None:
    with world.lock:
        endpoint.pop("PendingDeploymentSummary", None)
        endpoint |= {**change, "LastModifiedTime": time.time()}
    events.endpoint_changed(world, endpoint)


def _later(name: str, finish: Callable[..., None], *args: Any) -> None:
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(finish, *args), name=f"endpoint {name}", daemon=True).start()
