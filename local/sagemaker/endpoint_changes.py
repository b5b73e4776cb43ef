"""What becomes of an endpoint after Create, Update and Delete have answered, and under AWS's own maintenance."""

from __future__ import annotations

import time

from local.sagemaker import events
from local.sagemaker.errors import SageMakerError
from local.sagemaker.hosting import Host, HostingFailedError, prepare
from local.sagemaker.production_variants import with_images
from local.sagemaker.quotas import VARIANTS
from local.sagemaker.state import Cloud, Record, World

HOST = "_host"  # the running side of an endpoint's record
_REASON_LENGTH = 1024
_ORDERED_FAILURE = "The local SageMaker was told to let this fail."


def finish_creation(cloud: Cloud, world: World, endpoint: Record) -> None:
    """InService, or Failed with the reason. A stuck one stays Creating for as long as that is ordered."""
    if not cloud.wait(cloud.settings.endpoint_seconds):
        return
    while cloud.misbehaviour.get("stuck_creating"):
        if not cloud.wait(0.05):
            return
    ordered = cloud.misbehaviour.get("fail_creation")
    reason = _ORDERED_FAILURE if ordered is True else ordered
    try:
        host = _hosted(cloud, world, endpoint, endpoint["EndpointConfigName"], reason)
    except HostingFailedError as failed:
        _change(cloud, world, endpoint, {"EndpointStatus": "Failed", "FailureReason": str(failed)[:_REASON_LENGTH]})
        return
    _change(cloud, world, endpoint, _in_service(world, host, endpoint[VARIANTS]))


def finish_update(cloud: Cloud, world: World, endpoint: Record, wanted: list[Record]) -> None:
    """A failed update rolls back: InService on the old config, as a rule with the reason."""
    if not cloud.wait(cloud.settings.endpoint_seconds):
        return
    config = endpoint["PendingDeploymentSummary"]["EndpointConfigName"]
    reason = _ORDERED_FAILURE if cloud.misbehaviour.get("fail_update") else None
    try:
        host = _hosted(cloud, world, endpoint, config, reason)
    except HostingFailedError as failed:
        _roll_back(cloud, world, endpoint, str(failed)[:_REASON_LENGTH])
        return
    old: Host | None = endpoint.get(HOST)
    change = {"EndpointConfigName": config, VARIANTS: wanted, **_in_service(world, host, wanted)}
    _change(cloud, world, endpoint, change)
    if old:
        old.close()


def _roll_back(cloud: Cloud, world: World, endpoint: Record, reason: str) -> None:
    _change(cloud, world, endpoint, {"EndpointStatus": "RollingBack"})
    if not cloud.wait(cloud.settings.endpoint_seconds / 2):
        return
    how = cloud.misbehaviour.get("fail_update")
    status = "UpdateRollbackFailed" if how == "rollback_failed" else "InService"
    said = {} if how == "silent" else {"FailureReason": reason}
    _change(cloud, world, endpoint, {"EndpointStatus": status, **said})


def finish_deletion(cloud: Cloud, world: World, endpoint: Record) -> None:
    if HOST in endpoint:
        endpoint[HOST].close()
    if not cloud.wait(cloud.settings.delete_seconds):
        return
    with world.lock:
        del world.endpoints[endpoint["EndpointName"]]
        world.tags.pop(endpoint["EndpointArn"], None)


def maintain(cloud: Cloud) -> None:
    """SystemUpdating begins and ends as ordered."""
    for world in list(cloud.worlds.values()):
        for endpoint in list(world.endpoints.values()):
            ordered = cloud.misbehaviour.get("system_updating") == endpoint["EndpointName"]
            before, after = ("InService", "SystemUpdating") if ordered else ("SystemUpdating", "InService")
            with world.lock:
                if endpoint["EndpointStatus"] != before:
                    continue
                endpoint |= {"EndpointStatus": after, "LastModifiedTime": time.time()}
            events.endpoint_changed(cloud, world, endpoint)


def _hosted(cloud: Cloud, world: World, endpoint: Record, config: str, ordered: str | None) -> Host:
    """Whatever goes wrong is an endpoint's failure, never an endpoint that stays Creating for ever."""
    if ordered:
        raise HostingFailedError(ordered)
    try:
        return prepare(cloud, world, endpoint["EndpointName"], config)
    except HostingFailedError:
        raise
    except SageMakerError as gone:
        raise HostingFailedError(gone.message) from gone
    except Exception as error:
        raise HostingFailedError(f"InternalServerError: {error}") from error


def _in_service(world: World, host: Host, held: list[Record]) -> Record:
    with world.lock:
        summaries = with_images(host.summaries(), held, world.models)
    return {"EndpointStatus": "InService", HOST: host, "ProductionVariants": summaries}


def _change(cloud: Cloud, world: World, endpoint: Record, change: Record) -> None:
    with world.lock:
        endpoint.pop("PendingDeploymentSummary", None)
        endpoint |= {**change, "LastModifiedTime": time.time()}
    events.endpoint_changed(cloud, world, endpoint)
