"""What a removal leaves, and what of it costs money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cli.stack.deployed_stack import DeployedStack
from cli.stack.known_model import ledger_of
from cli.uninstall.removal import Removal
from ebb.names import ADOPTED

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_STORAGE = "StandardStorage"
_GB, _MB = 1e9, 1e6
_LATE = dt.timedelta(days=3)  # S3 measures its buckets once a day


@dataclass(frozen=True)
class Staying:
    what: str
    name: str
    why: str


def retained(stack: DeployedStack, prefix: str, removal: Removal, journal: str, now: dt.datetime) -> Sequence[Staying]:
    """`journal`: where it was written."""
    bucket, table = stack.output("DataBucketName"), stack.output("LedgerTableName")
    size = removal.find("size of the bucket", partial(_size, stack.clients.cloudwatch, bucket, now))
    measured = f", {_amount(size)}" if size is not None else ""
    rows = removal.find("adopted endpoint", lambda: [row for row in ledger_of(stack).endpoints() if row.is_adopted])
    return [
        Staying("bucket", bucket, f"costs money: uploads, runs and artifacts{measured}, all versions counted"),
        Staying("table", table, "costs next to nothing: what is known of each run"),
        *([Staying("journal", journal, "is in the bucket: what was said and decided")] if journal else []),
        Staying(
            "training jobs", f"{prefix}-…", "stay in SageMaker's list, and cost nothing: sleeping models need them"
        ),
        Staying("bucket", "aws-sam-cli-managed-default-…", "is SAM's own: it holds the zips of each deployment"),
        Staying("log group", "/aws/sagemaker/TrainingJobs", "is the account's: it holds other people's jobs, too"),
        *(
            Staying("endpoint", row.model.removeprefix(ADOPTED), "was adopted: not touched, and watched no longer")
            for row in rows or []
        ),
    ]


def _amount(size: float) -> str:
    return f"{size / _GB:,.1f} GB" if size >= _GB else f"{size / _MB:,.1f} MB"


def _size(cloudwatch: CloudWatchClient, bucket: str, now: dt.datetime) -> float | None:
    """As S3 measured it last; None for a young bucket."""
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/S3",
        MetricName="BucketSizeBytes",
        Dimensions=[{"Name": "BucketName", "Value": bucket}, {"Name": "StorageType", "Value": _STORAGE}],
        StartTime=now - _LATE,
        EndTime=now,
        Period=86400,
        Statistics=["Average"],
    )["Datapoints"]
    return max(found, key=lambda point: point["Timestamp"])["Average"] if found else None
