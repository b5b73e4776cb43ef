"""Endpoints of this stack, as SageMaker describes them.

The functions may describe what carries their stack's tag. What is not there has no tags, so AWS answers that it is
forbidden, not that it is missing; the list of all endpoints tells which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_denied, is_gone, is_in_progress, is_passing, wait_for
from ebb.aws.tags import KEEP_TAG, STACK_TAG
from ebb.errors import EbbError, WaitError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class EndpointState:
    """DescribeEndpoint, as far as it matters. While Updating, only `pending` shows the new config.

    `changed`: LastModifiedTime. Which of two changes it shows is told by equality only.
    """

    status: str
    config: str
    pending: str | None = None
    changed: str = ""
    reason: str = ""
    arn: str = ""

    @classmethod
    def of(cls, described: dict[str, Any]) -> EndpointState:
        pending = described.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        changed, reason = described["LastModifiedTime"].isoformat(), described.get("FailureReason", "")
        status, config = described["EndpointStatus"], described["EndpointConfigName"]
        return cls(status, config, pending, changed, reason, described["EndpointArn"])

    @property
    def target(self) -> str:
        return self.pending or self.config


class ForeignEndpointError(EbbError):
    """The name is taken by an endpoint that is not this stack's: it is never touched."""


@dataclass(frozen=True)
class OwnEndpoints:
    sagemaker: SageMakerClient
    stack: str

    def find(self, name: str) -> EndpointState | None:
        """None when there is none; ForeignEndpointError when there is somebody else's."""
        try:
            return EndpointState.of(dict(self.sagemaker.describe_endpoint(EndpointName=name)))
        except ClientError as error:
            if is_gone(error):
                return None
            if not is_denied(error):
                raise
            arn = dict(self.listed(name)).get(name)
            if arn is None:
                return None
            if self.tags(arn).get(STACK_TAG) == self.stack:
                raise WaitError(f"{name} is there, but may not be described yet") from error
        raise ForeignEndpointError(f"the endpoint {name} is somebody else's: it has no tag {STACK_TAG}={self.stack}")

    def listed(self, containing: str) -> Iterator[tuple[str, str]]:
        """Name and ARN of every endpoint, also of others, whose name contains this."""
        pages = self.sagemaker.get_paginator("list_endpoints").paginate(
            NameContains=containing, PaginationConfig={"PageSize": 100}
        )
        for page in pages:
            for found in page["Endpoints"]:
                yield found["EndpointName"], found["EndpointArn"]

    def tags(self, arn: str) -> dict[str, str]:
        """Of any resource by our prefix."""
        pages = self.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def delete(self, name: str) -> None:
        """It may be gone already; WaitError while it is being changed, or is no longer what it was just now."""
        try:
            self.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            if is_in_progress(error) or is_passing(error) or is_denied(error):
                raise wait_for(error) from error
            if not is_gone(error):
                raise


@dataclass(frozen=True)
class EndpointFacts:
    """DescribeEndpoint and ListTags. `serverless`: MemorySizeInMB, MaxConcurrency, …; None for any other endpoint.

    `config_tags`: of its config, on which ebb:keep may stand as well; what stands on the endpoint itself goes first.
    """

    name: str
    arn: str
    status: str
    config: str
    created: dt.datetime
    changed: dt.datetime
    variant: str
    serverless: Mapping[str, int] | None
    tags: Mapping[str, str] = field(default_factory=dict)
    config_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def keep(self) -> str | None:
        """The tag ebb:keep."""
        return self.tags.get(KEEP_TAG, self.config_tags.get(KEEP_TAG))

    @property
    def provisioned(self) -> int:
        return (self.serverless or {}).get("ProvisionedConcurrency", 0)


def facts_of(sagemaker: SageMakerClient, stack: str, name: str) -> EndpointFacts | None:
    """None when there is none, or when it is nobody's that this stack may look at: permission goes by its tags.

    To read those is allowed by name: a denial of that is a mistake in a role, and escapes.
    """
    found = _described(sagemaker, name)
    if found is None:
        return None
    try:
        tags = OwnEndpoints(sagemaker, stack).tags(found["EndpointArn"])
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    variants, config = found.get("ProductionVariants", []), found["EndpointConfigName"]
    keeps_itself = KEEP_TAG in tags or tags.get(STACK_TAG) != stack
    serverless = variants[0].get("CurrentServerlessConfig") if len(variants) == 1 else None
    return EndpointFacts(
        name=name,
        arn=found["EndpointArn"],
        status=found["EndpointStatus"],
        config=config,
        created=found["CreationTime"],
        changed=found["LastModifiedTime"],
        variant=variants[0]["VariantName"] if variants else "",
        serverless={key: int(str(value)) for key, value in serverless.items()} if serverless else None,
        tags=tags,
        config_tags={} if keeps_itself else _config_tags(sagemaker, stack, found["EndpointArn"], config),
    )


def _described(sagemaker: SageMakerClient, name: str) -> Any:
    try:
        return sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if is_gone(error) or is_denied(error):
            return None
        raise


def _config_tags(sagemaker: SageMakerClient, stack: str, endpoint_arn: str, config: str) -> dict[str, str]:
    """None when it is gone."""
    try:
        return OwnEndpoints(sagemaker, stack).tags(f"{endpoint_arn.rpartition(':')[0]}:endpoint-config/{config}")
    except ClientError as error:
        if is_gone(error):
            return {}
        raise
