"""The log groups of a stack's endpoints, which SageMaker makes without tags and without an end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

from cli.uninstall.removal import Done, Removal
from ebb.names import model_of_endpoint

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_GROUPS = "/aws/sagemaker/Endpoints/"


def delete_logs(
    logs: CloudWatchLogsClient, prefix: str, models: Collection[str], foreign: Collection[str], removal: Removal
) -> None:
    """Only those of the stack's own models, and of no endpoint that is somebody else's."""
    for group in removal.find("log group", lambda: list(_groups(logs, prefix))) or []:
        endpoint = group.removeprefix(_GROUPS)
        if endpoint in foreign or model_of_endpoint(prefix, endpoint) not in models:
            removal.note("log group", group, "deleted", Done.LEFT, "no model of this stack goes by its name")
        else:
            removal.do("log group", group, "deleted", partial(logs.delete_log_group, logGroupName=group))


def _groups(logs: CloudWatchLogsClient, prefix: str) -> Iterator[str]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{_GROUPS}{prefix}-")
    for page in pages:
        for group in page["logGroups"]:
            yield group["logGroupName"]
