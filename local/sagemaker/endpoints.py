"""CreateEndpoint, UpdateEndpoint, DescribeEndpoint, ListEndpoints, DeleteEndpoint."""

from __future__ import annotations

import time

from local.sagemaker import endpoint_changes, events, listing
from local.sagemaker.authorization import arn_of
from local.sagemaker.background import later
from local.sagemaker.errors import Invalid
from local.sagemaker.models import CONFIG
from local.sagemaker.production_variants import are_serverless, pending
from local.sagemaker.quotas import VARIANTS, must_have_room_for_endpoint
from local.sagemaker.state import Cloud, Record, World, shown

HOST = endpoint_changes.HOST
_CHANGEABLE = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")


def create(cloud: Cloud, world: World, request: Record) -> Record:
    """Names that differ in capitals only are the same here, though not for InvokeEndpoint."""
    name = request["EndpointName"]
    arn = arn_of(world, "endpoint", name)
    with world.lock:
        config = _visible_config(cloud, world, request["EndpointConfigName"])
        if arn in world.tags:
            raise Invalid(f'Cannot create already existing endpoint "{arn}".')
        must_have_room_for_endpoint(cloud, world, config["ProductionVariants"])
        world.add_tags(arn, request.get("Tags", []))
        now = time.time()
        endpoint: Record = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
            "PendingDeploymentSummary": pending(config, now),
            VARIANTS: config["ProductionVariants"],
        }
        world.endpoints[name] = endpoint
    events.endpoint_changed(cloud, world, endpoint)
    later(f"endpoint {name}", endpoint_changes.finish_creation, cloud, world, endpoint)
    return {"EndpointArn": arn}


def update(cloud: Cloud, world: World, request: Record) -> Record:
    """Serverless to real-time is possible, real-time to serverless is not."""
    with world.lock:
        endpoint = _existing(world, request["EndpointName"])
        _must_be_changeable(endpoint)
        if endpoint["EndpointStatus"] == "Failed":
            raise Invalid(f'Could not update failed endpoint "{endpoint["EndpointArn"]}".')
        config = _visible_config(cloud, world, request["EndpointConfigName"])
        wanted = config["ProductionVariants"]
        if are_serverless(wanted) and not are_serverless(endpoint[VARIANTS]):
            raise Invalid(f'Cannot update real-time endpoint "{endpoint["EndpointArn"]}" to a serverless one.')
        if are_serverless(wanted) and "RollingUpdatePolicy" in request.get("DeploymentConfig", {}):
            raise Invalid("Serverless Inference does not support rolling deployments.")
        must_have_room_for_endpoint(cloud, world, wanted, replaced=endpoint[VARIANTS])
        endpoint.pop("FailureReason", None)
        now = time.time()
        endpoint |= {
            "EndpointStatus": "Updating",
            "LastModifiedTime": now,
            "PendingDeploymentSummary": pending(config, now),
        }
    events.endpoint_changed(cloud, world, endpoint)
    later(f"endpoint {endpoint['EndpointName']}", endpoint_changes.finish_update, cloud, world, endpoint, wanted)
    return {"EndpointArn": endpoint["EndpointArn"]}


def delete(cloud: Cloud, world: World, request: Record) -> Record:
    """Config and model stay; an endpoint in the middle of a change cannot be deleted."""
    with world.lock:
        endpoint = _existing(world, request["EndpointName"])
        _must_be_changeable(endpoint)
        endpoint |= {"EndpointStatus": "Deleting", "LastModifiedTime": time.time()}
    events.endpoint_changed(cloud, world, endpoint)
    later(f"endpoint {endpoint['EndpointName']}", endpoint_changes.finish_deletion, cloud, world, endpoint)
    return {}


def describe(cloud: Cloud, world: World, request: Record) -> Record:
    with world.lock:
        return shown(_existing(world, request["EndpointName"]))


def list_endpoints(cloud: Cloud, world: World, request: Record) -> Record:
    """Neither tags nor config."""
    members = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    with world.lock:
        found, token = listing.page(
            world.endpoints.values(),
            request,
            name="EndpointName",
            status="EndpointStatus",
            summary=lambda endpoint: {member: endpoint[member] for member in members},
        )
    return listing.answer("Endpoints", found, token)


def _visible_config(cloud: Cloud, world: World, name: str) -> Record:
    config = CONFIG.existing(world, name)
    if time.time() - config["CreationTime"] < cloud.misbehaviour.get("config_delay", 0):
        raise CONFIG.missing(world, name)
    return config


def _existing(world: World, name: str) -> Record:
    endpoint = world.endpoints.get(name)
    if endpoint is None:
        raise Invalid(f'Could not find endpoint "{arn_of(world, "endpoint", name)}".')
    return endpoint


def _must_be_changeable(endpoint: Record) -> None:
    if endpoint["EndpointStatus"] not in _CHANGEABLE:
        raise Invalid(f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')
