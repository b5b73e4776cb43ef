"""Which endpoints there are that are for us to care about: listed once a tick, for all who want to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebb.aws.endpoints import OwnEndpoints, search_endpoints
from ebb.aws.tags import IDLE_AFTER_TAG, ROLE_TAG, STACK_TAG
from ebb.tear_down_idle.failures import Failures


@dataclass(frozen=True)
class SeenEndpoint:
    """As Search shows it, which may be a little behind: a hint to look, no more."""

    name: str
    config: str = ""
    variants: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_candidate(self) -> bool:
        return self.tags.get(ROLE_TAG) == "candidate"


@dataclass(frozen=True)
class Inventory:
    """`names`: of all endpoints that begin like ours, whoever's they are; None when they could not be listed.

    `own`: those of them with this stack's tag. `adopted`: anybody's that carry ebb:idle-after, and no stack's tag.
    """

    names: frozenset[str] | None = None
    own: tuple[SeenEndpoint, ...] = ()
    adopted: tuple[SeenEndpoint, ...] = ()


def take_inventory(endpoints: OwnEndpoints, prefix: str, failures: Failures) -> Inventory:
    """What cannot be asked is told, and nothing is made of it."""
    begins, names = f"{prefix}-", None
    with failures.of("the list of endpoints"):
        names = frozenset(name for name, _ in endpoints.listed(begins) if name.startswith(begins))
    seen: list[SeenEndpoint] = []
    with failures.of("the search for endpoints"):
        seen = sorted(_tagged(endpoints), key=lambda endpoint: endpoint.name)
    own = tuple(one for one in seen if one.tags.get(STACK_TAG) == endpoints.stack and one.name in (names or ()))
    return Inventory(names, own, tuple(one for one in seen if STACK_TAG not in one.tags))


def _tagged(endpoints: OwnEndpoints) -> Iterator[SeenEndpoint]:
    filters = [
        {"Name": f"Tags.{STACK_TAG}", "Operator": "Equals", "Value": endpoints.stack},
        {"Name": f"Tags.{IDLE_AFTER_TAG}", "Operator": "Exists"},
    ]
    asked: dict[str, Any] = {"SearchExpression": {"Filters": filters, "Operator": "Or"}}
    for found in search_endpoints(endpoints.sagemaker, **asked):
        variants = tuple(variant["VariantName"] for variant in found.get("ProductionVariants", []))
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        yield SeenEndpoint(found["EndpointName"], found["EndpointConfigName"], variants, tags)
