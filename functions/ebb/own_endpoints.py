"""Endpoints of this stack, as SageMaker describes them.

The functions may describe what carries their stack's tag. What is not there has no tags, so AWS answers that it is
forbidden, not that it is missing; the list of all endpoints tells which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.deployment import EndpointState
from ebb.errors import EbbError, WaitError, is_denied, is_gone, is_in_progress, is_passing, wait_for
from ebb.resource_tags import STACK_TAG

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


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
