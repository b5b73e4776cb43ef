"""What is ordered of the cloud for the length of a block."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.local_cloud.doorbell import knock, order
from tests.end_to_end.tide import Tide


@contextmanager
def misbehaving(tide: Tide, name: str, value: Any) -> Iterator[None]:
    tide.cloud.door("misbehave", {"name": name, "value": value})
    try:
        yield
    finally:
        tide.cloud.door("misbehave", {"name": name, "value": None})


@contextmanager
def held_up(tide: Tide, operation: str) -> Iterator[None]:
    """SageMaker answers that a limit is reached, which is for a message to wait for."""
    with _fault(tide, operation, "fail", code="ResourceLimitExceeded"):
        yield


@contextmanager
def slowed(tide: Tide, operation: str, seconds: float) -> Iterator[None]:
    with _fault(tide, operation, "delay", seconds=seconds):
        yield


@contextmanager
def _fault(tide: Tide, operation: str, do: str, **more: Any) -> Iterator[None]:
    fault = order(tide.cloud, "sagemaker", operation, do, **more)
    try:
        yield
    finally:
        knock(tide.cloud, "DELETE", f"faults/{fault}")


@contextmanager
def open_to_the_administrator(tide: Tide) -> Iterator[None]:
    """Run folders may be written, which the bucket's policy denies everybody but Ebb's own roles."""
    policy = tide.s3.get_bucket_policy(Bucket=tide.bucket)["Policy"]
    tide.s3.delete_bucket_policy(Bucket=tide.bucket)
    try:
        yield
    finally:
        tide.s3.put_bucket_policy(Bucket=tide.bucket, Policy=policy)
        assert json.loads(tide.s3.get_bucket_policy(Bucket=tide.bucket)["Policy"]) == json.loads(policy)
