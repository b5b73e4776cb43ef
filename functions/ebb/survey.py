"""Which endpoints there are that begin like ours: listed once a tick, for all who want to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ebb.errors import is_gone
from ebb.own_endpoints import STACK_TAG, OwnEndpoints

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

    from ebb.failures import Failures

Tags = Mapping[str, str]


@dataclass(frozen=True)
class OwnEndpoint:
    """One that carries this stack's tag."""

    name: str
    arn: str
    tags: Tags

    @property
    def is_candidate(self) -> bool:
        return self.tags.get("ebb:role") == "candidate"


@dataclass(frozen=True)
class Survey:
    """`names`: of all endpoints that begin like ours, whoever's they are; None when they could not be listed."""

    names: frozenset[str] | None = None
    own: tuple[OwnEndpoint, ...] = ()


def survey(sagemaker: SageMakerClient, stack: str, prefix: str, failures: Failures) -> Survey:
    """An endpoint whose tags cannot be read is there, but not ours as far as we know."""
    endpoints, begins = OwnEndpoints(sagemaker, stack), f"{prefix}-"
    arns: dict[str, str] | None = None
    with failures.of("the list of endpoints"):
        arns = {name: arn for name, arn in endpoints.listed(begins) if name.startswith(begins)}
    if arns is None:
        return Survey()
    own = []
    for name, arn in sorted(arns.items()):
        with failures.of(name):
            tags = _tags(endpoints, arn)
            if tags.get(STACK_TAG) == stack:
                own.append(OwnEndpoint(name, arn, tags))
    return Survey(frozenset(arns), tuple(own))


def _tags(endpoints: OwnEndpoints, arn: str) -> Tags:
    """Of an endpoint that has gone since it was listed: none."""
    try:
        return endpoints.tags(arn)
    except ClientError as error:
        if is_gone(error):
            return {}
        raise
