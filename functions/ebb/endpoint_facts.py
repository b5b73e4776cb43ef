"""What SageMaker says of an endpoint, ours or adopted: as it is now, with its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ebb.errors import is_denied, is_gone
from ebb.own_endpoints import OwnEndpoints
from ebb.resource_tags import KEEP_TAG, STACK_TAG
from ebb.verdict import EndpointFacts

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


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
