"""Every touch of ministack's internals, one file per gap between it and AWS.

ministack's version is pinned. After an upgrade, `install` names the internal that moved instead of failing later
and elsewhere; each file says which behaviour of AWS it restores.
"""

from local.adapters import (
    administrator,
    clock_skew,
    function_metrics,
    function_processes,
    log_targets,
    permissions,
    s3_events,
    sagemaker_route,
    schedules,
)
from local.adapters.sagemaker_route import SageMakerHandler
from local.clock import Clock
from local.settings import Settings


def install(settings: Settings, clock: Clock, sagemaker: SageMakerHandler) -> None:
    """Close the gaps. To be called once, after the environment is set and before the server starts."""
    administrator.install(settings)
    sagemaker_route.install(sagemaker)
    s3_events.install()
    permissions.install()
    function_processes.install(settings, clock)
    function_metrics.install()
    clock_skew.install(clock)
    log_targets.install()
    schedules.install()
