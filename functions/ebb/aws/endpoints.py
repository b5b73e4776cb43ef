"""Endpoints of this stack, as SageMaker describes them.

The functions may describe what carries their stack's tag. What is not there has no tags, so AWS answers that it is
forbidden, not that it is missing; the list of all endpoints tells which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from ebb.aws.arns import arn
from ebb.aws.client_errors import is_denied, is_gone, is_in_progress, is_passing, wait_for
from ebb.aws.tags import KEEP_TAG, STACK_TAG
from ebb.errors import EbbError, WaitError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class DescribedEndpoint:
    """DescribeEndpoint, as far as it matters; and ListTags, where they were asked for.

    `changed`: LastModifiedTime. Which of two changes it shows is told by equality only. `pending`: the config that it
    goes over to; while Updating, only this shows the new one. `variant`: of the only or first one, empty without any.
    `serverless`: MemorySizeInMB, MaxConcurrency, …; None for any other endpoint.
    `config_tags`: of its config, on which ebb:keep may stand as well; what stands on the endpoint itself goes first.
    """

    name: str
    arn: str
    status: str
    config: str
    created: dt.datetime
    changed: dt.datetime
    pending: str | None = None
    reason: str = ""
    variant: str = ""
    serverless: Mapping[str, int] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    config_tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        variants = described.get("ProductionVariants", [])
        serverless = variants[0].get("CurrentServerlessConfig") if len(variants) == 1 else None
        return cls(
            name=described["EndpointName"],
            arn=described["EndpointArn"],
            status=described["EndpointStatus"],
            config=described["EndpointConfigName"],
            created=described["CreationTime"],
            changed=described["LastModifiedTime"],
            pending=described.get("PendingDeploymentSummary", {}).get("EndpointConfigName"),
            reason=described.get("FailureReason", ""),
            variant=variants[0]["VariantName"] if variants else "",
            serverless={key: int(str(value)) for key, value in serverless.items()} if serverless else None,
        )

    @property
    def target(self) -> str:
        return self.pending or self.config

    @property
    def keep(self) -> str | None:
        """The tag ebb:keep."""
        return self.tags.get(KEEP_TAG, self.config_tags.get(KEEP_TAG))

    @property
    def provisioned(self) -> int:
        return (self.serverless or {}).get("ProvisionedConcurrency", 0)


class ForeignEndpointError(EbbError):
    """The name is taken by an endpoint that is not this stack's: it is never touched."""


@dataclass(frozen=True)
class OwnEndpoints:
    sagemaker: SageMakerClient
    stack: str

    def find(self, name: str) -> DescribedEndpoint | None:
        """None when there is none; ForeignEndpointError when there is somebody else's."""
        try:
            return DescribedEndpoint.of(self.sagemaker.describe_endpoint(EndpointName=name))
        except ClientError as error:
            if is_gone(error):
                return None
            if not is_denied(error):
                raise
            arn = dict(self.listed(name)).get(name)
            if arn is None:
                return None
            if self.owns(arn):
                raise WaitError(f"{name} is there, but may not be described yet") from error
        raise ForeignEndpointError(f"the endpoint {name} is somebody else's: it has no tag {STACK_TAG}={self.stack}")

    def look(self, name: str) -> DescribedEndpoint | None:
        """With its tags. None when there is none, or none that this stack may look at: permission goes by its tags.

        To read those is allowed by name: a denial of that is a mistake in a role, and escapes.
        """
        try:
            found = DescribedEndpoint.of(self.sagemaker.describe_endpoint(EndpointName=name))
        except ClientError as error:
            if is_gone(error) or is_denied(error):
                return None
            raise
        tags = self._tags_if_there(found.arn)
        if tags is None:
            return None
        keeps_itself = KEEP_TAG in tags or tags.get(STACK_TAG) != self.stack
        config = None if keeps_itself else self._tags_if_there(arn("endpoint-config", found.config, like=found.arn))
        return replace(found, tags=tags, config_tags=config or {})

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

    def owns(self, arn: str) -> bool:
        """Whether any resource by our prefix is there, and carries this stack's tag."""
        return (self._tags_if_there(arn) or {}).get(STACK_TAG) == self.stack

    def _tags_if_there(self, arn: str) -> dict[str, str] | None:
        try:
            return self.tags(arn)
        except ClientError as error:
            if is_gone(error):
                return None
            raise

    def delete(self, name: str) -> None:
        """It may be gone already; WaitError while it is being changed, or is no longer what it was just now."""
        try:
            self.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            if is_in_progress(error) or is_passing(error) or is_denied(error):
                raise wait_for(error) from error
            if not is_gone(error):
                raise


def search_endpoints(sagemaker: SageMakerClient, **asked: Any) -> Iterator[Any]:
    """Of the whole account, a hundred in one call, with config and tags: as Search knows them, perhaps late."""
    pages = sagemaker.get_paginator("search").paginate(Resource="Endpoint", PaginationConfig={"PageSize": 100}, **asked)
    for page in pages:
        yield from (result["Endpoint"] for result in page["Results"])
