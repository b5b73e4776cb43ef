"""Every touch of ministack's internals, one file per gap between it and AWS.

ministack's version is pinned. After an upgrade, `install` names the internal that moved instead of failing later
and elsewhere; each file says which behaviour of AWS it restores.

Not restored: lifecycle rules arrive on the bucket, but nothing expires. The metrics that AWS keeps beside the ones
named in `function_metrics`, `alarms` and `dead_letters` do not exist.
"""

from local.adapters import fault_points, loop_stop, request_bodies, sagemaker_route, stack_names, stack_resources
from local.adapters.cloudwatch import alarms, metric_data, metric_lists, metric_points
from local.adapters.events import event_delivery, schedules
from local.adapters.iam import administrator, batch_actions, clock_skew, permissions, table_permissions
from local.adapters.lambda_ import event_sources, function_limits, function_metrics, function_processes, function_urls
from local.adapters.logs import log_batches, log_permissions, log_searches, log_targets
from local.adapters.s3 import checksums, large_answers, large_objects, part_sizes, s3_events, version_reads
from local.adapters.sagemaker_route import SageMakerHandler
from local.adapters.sqs import queue_limits, queue_moves
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
    batch_actions.install()
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
    stack_names.install()
    request_bodies.install()
    fault_points.install(faults)  # last: around all that stands around a handler
