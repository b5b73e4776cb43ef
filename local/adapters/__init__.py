"""Every touch of ministack's internals, one file per gap between it and AWS.

ministack's version is pinned. After an upgrade, `install` names the internal that moved instead of failing later
and elsewhere; each file says which behaviour of AWS it restores.

Not restored: lifecycle rules arrive on the bucket, but nothing expires. The metrics that AWS keeps beside the ones
named in `function_metrics`, `alarms` and `dead_letters` do not exist.
"""

from local.adapters import (
    administrator,
    alarms,
    checksums,
    clock_skew,
    event_delivery,
    event_sources,
    fault_points,
    function_limits,
    function_metrics,
    function_processes,
    function_urls,
    large_answers,
    large_objects,
    log_batches,
    log_permissions,
    log_searches,
    log_targets,
    loop_stop,
    metric_data,
    metric_lists,
    metric_points,
    part_sizes,
    permissions,
    queue_limits,
    queue_moves,
    request_bodies,
    s3_events,
    sagemaker_route,
    schedules,
    stack_resources,
    table_permissions,
    version_reads,
)
from local.adapters.sagemaker_route import SageMakerHandler
from local.clock import Clock
from local.faults import Faults
from local.settings import Settings


def install(settings: Settings, clock: Clock, faults: Faults, sagemaker: SageMakerHandler) -> None:
    """Close the gaps. To be called once, after the environment is set and before the server starts."""
    administrator.install(settings)
    sagemaker_route.install(sagemaker)
    s3_events.install(settings)
    version_reads.install()
    part_sizes.install()
    large_objects.install()
    large_answers.install()
    checksums.install()
    permissions.install()
    table_permissions.install()
    log_permissions.install()
    function_processes.install(settings, clock)
    function_limits.install()
    function_metrics.install()
    function_urls.install()
    clock_skew.install(clock)
    schedules.install()
    log_searches.install()
    log_batches.install()
    log_targets.install()
    event_delivery.install(clock, faults)
    event_sources.install()
    loop_stop.install()
    queue_limits.install()
    queue_moves.install()
    metric_points.install()
    metric_data.install()
    metric_lists.install()
    alarms.install()
    stack_resources.install()
    request_bodies.install()
    fault_points.install(faults)  # last: around all that stands around a handler
