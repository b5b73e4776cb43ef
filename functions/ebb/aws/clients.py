"""The AWS clients, made in one place and passed in everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_sqs import SQSClient

# A slow answer is never asked for again behind our back: it would count as another call.
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=70)
_PATIENT = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60)


@dataclass(frozen=True)
class Clients:
    """Made when first used: a function pays for the clients it needs."""

    session: boto3.session.Session

    @cached_property
    def s3(self) -> S3Client:
        return self.session.client("s3", config=_PATIENT)

    @cached_property
    def sagemaker(self) -> SageMakerClient:
        return self.session.client("sagemaker", config=_PATIENT)

    @cached_property
    def sagemaker_runtime(self) -> SageMakerRuntimeClient:
        return self.session.client("sagemaker-runtime", config=_ONCE)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self.session.client("dynamodb", config=_PATIENT)

    @cached_property
    def events(self) -> EventBridgeClient:
        return self.session.client("events", config=_PATIENT)

    @cached_property
    def sqs(self) -> SQSClient:
        return self.session.client("sqs", config=_PATIENT)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", config=_PATIENT)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        return self.session.client("cloudwatch", config=_PATIENT)


def aws() -> Clients:
    """Clients for the environment the function runs in."""
    return Clients(boto3.session.Session())
