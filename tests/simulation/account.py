"""SageMaker in the simulated account: changes end by themselves, calls show in CloudWatch, and all of it is noted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.emulated.fake_runtime import FakeRuntime
from tests.emulated.fake_sagemaker import FakeSageMaker
from tests.emulated.sagemaker_store import Resource

if TYPE_CHECKING:
    from tests.simulation.world import World

CREATING, UPDATING, DELETING = (dt.timedelta(seconds=seconds) for seconds in (90, 120, 20))
METRICS = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")


@dataclass(frozen=True)
class Called:
    """`shows`: since when CloudWatch has it. `ours`: a probe or a smoke test. `life`: of which endpoint by the name."""

    at: dt.datetime
    shows: dt.datetime
    ours: bool
    life: dt.datetime


@dataclass
class Account(FakeSageMaker):
    """`truth`: every call that was answered, by endpoint. `on_delete`: told of each deletion, before it is done."""

    world: World = field(kw_only=True)
    truth: dict[str, list[Called]] = field(default_factory=lambda: defaultdict(list))
    on_delete: list[Callable[[str], None]] = field(default_factory=list)

    def create_endpoint(self, **request: Any) -> Resource:
        made: Resource = super().create_endpoint(**request)
        self._ends(request["EndpointName"], CREATING)
        return made

    def update_endpoint(self, **request: Any) -> Resource:
        made: Resource = super().update_endpoint(**request)
        self._ends(request["EndpointName"], UPDATING)
        return made

    def delete_endpoint(self, **request: Any) -> None:
        name = request["EndpointName"]
        self.changeable(name, "DeleteEndpoint")
        for told in self.on_delete:
            told(name)
        super().delete_endpoint(**request)
        self._ends(name, DELETING)

    def describe_endpoint(self, **request: Any) -> Resource:
        """A variant on an instance has no CurrentServerlessConfig."""
        found: Resource = super().describe_endpoint(**request)
        config = self.configs.get(found["EndpointConfigName"], {})
        for shown, made in zip(found.get("ProductionVariants", []), config.get("ProductionVariants", []), strict=True):
            if "InstanceType" in made:
                shown.pop("CurrentServerlessConfig", None)
        return found

    def get_paginator(self, operation: str) -> Any:
        """As large as AWS has them: small ones, which show that paging works, are for other tests."""
        return Pages(getattr(self, operation))

    def _ends(self, name: str, takes: dt.timedelta) -> None:
        life = self.endpoints[name]["CreationTime"]

        def end() -> None:
            endpoint = self.endpoints.get(name)
            if endpoint and endpoint["CreationTime"] == life:
                self.settle(name)

        self.world.after(takes, end)

    def tag(self, name: str, **tags: str | None) -> None:
        """A person puts tags ebb:… on an endpoint, or (None) takes them away."""
        there = self.tags_of(self.endpoints[name]["EndpointArn"])
        for key, value in tags.items():
            there.pop(f"ebb:{key.replace('_', '-')}", None)
            if value is not None:
                there[f"ebb:{key.replace('_', '-')}"] = value


@dataclass(frozen=True)
class Pages:
    operation: Callable[..., Resource]

    def paginate(self, *, PaginationConfig: Resource | None = None, **asked: Any) -> Iterator[Resource]:  # noqa: N803
        asked |= {} if self.operation.__name__ == "list_tags" else {"MaxResults": 100}
        while True:
            answer = self.operation(**asked)
            yield answer
            if "NextToken" not in answer:
                return
            asked["NextToken"] = answer["NextToken"]


@dataclass
class CountedRuntime(FakeRuntime):
    def __init__(self, sagemaker: Account, world: World, *, ours: bool, models: Any = None) -> None:
        super().__init__(sagemaker, {} if models is None else models)
        self.account, self.world, self.ours = sagemaker, world, ours

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        """Counted once it is answered; what is not found is not counted."""
        name = request["EndpointName"]
        self.calls.clear()
        try:
            answer = super().invoke_endpoint(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ModelError":
                self._count(name)
            raise
        self._count(name)
        return answer

    def _count(self, name: str) -> None:
        endpoint, world = self.account.endpoints[name], self.world
        variant = self._variant(endpoint["EndpointConfigName"])
        dimensions = {"EndpointName": name, "VariantName": variant}
        for metric in METRICS:
            world.cloudwatch.record("AWS/SageMaker", metric, dimensions, metric == "Invocations", world.delay)
        called = Called(world.now, world.now + world.delay, self.ours, endpoint["CreationTime"])
        self.account.truth[name].append(called)
