"""Whether an endpoint is kept awake: a person's tag ebb:keep wins over [idle] keep."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.aws.client_errors import is_gone
from ebb.aws.endpoints import OwnEndpoints, search_endpoints
from ebb.aws.tags import KEEP_TAG, STACK_TAG
from ebb.tear_down_idle.verdict.idle_rules import kept_until
from ebb.times import FOR_EVER, iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class Keeping:
    """`until`: None for ever."""

    until: str | None


def keeping(tag: str | None, *, by_settings: bool, now: dt.datetime) -> Keeping | None:
    """None when it may sleep."""
    if tag is None:
        return Keeping(None) if by_settings else None
    until = kept_until(tag, now)
    return Keeping(None if until == FOR_EVER else iso(until)) if until else None


def keep_tags(sagemaker: SageMakerClient, stack: str) -> Mapping[str, str]:
    """By endpoint, of all of this stack in one call or a few; SageMaker's search may be a moment behind."""
    expression = {"Filters": [{"Name": f"Tags.{STACK_TAG}", "Operator": "Equals", "Value": stack}]}
    found = {
        endpoint["EndpointName"]: {tag["Key"]: tag["Value"] for tag in endpoint.get("Tags", [])}
        for endpoint in search_endpoints(sagemaker, SearchExpression=expression)
    }
    return {name: tags[KEEP_TAG] for name, tags in found.items() if KEEP_TAG in tags}


def keep_tag(sagemaker: SageMakerClient, stack: str, endpoint: str, config: str) -> str | None:
    """Of one model as it is now: of its endpoint, or else of its config, as the tear-down reads it."""
    arn = dict(OwnEndpoints(sagemaker, stack).listed(endpoint)).get(endpoint)
    on_endpoint = _tag(sagemaker, stack, arn)
    if on_endpoint is not None or not config:  # no run of it has been live yet
        return on_endpoint
    found = sagemaker.list_endpoint_configs(NameContains=config, MaxResults=100)["EndpointConfigs"]
    return _tag(
        sagemaker, stack, next((one["EndpointConfigArn"] for one in found if one["EndpointConfigName"] == config), None)
    )


def _tag(sagemaker: SageMakerClient, stack: str, arn: str | None) -> str | None:
    """None also of what has gone since it was listed."""
    try:
        return OwnEndpoints(sagemaker, stack).tags(arn).get(KEEP_TAG) if arn else None
    except ClientError as error:
        if not is_gone(error):
            raise
        return None
