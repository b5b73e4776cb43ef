"""One list and one search tell which endpoints are ours, and which were put into our care."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebb.aws.endpoints import OwnEndpoints
from ebb.tear_down_idle.failures import Failures
from ebb.tear_down_idle.reconcile.inventory import Inventory, SeenEndpoint, take_inventory

OURS, FOREIGN = {"ebb:stack": "ebb", "ebb:model": "abalone"}, {"ebb:stack": "other"}
ADOPTED = {"ebb:idle-after": "60"}
TAGS = {"ebb-abalone": OURS, "ebb-theirs": {}, "ebb-others": FOREIGN | ADOPTED, "notebook": ADOPTED, "lost": OURS}


@dataclass
class FakeSageMaker:
    """Endpoints with their tags, two on a page; `broken`: operations that fail."""

    tags: dict[str, dict[str, str]]
    broken: tuple[str, ...] = ()
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def get_paginator(self, operation: str) -> "FakePages":
        return FakePages(self, operation)


@dataclass
class FakePages:
    sagemaker: FakeSageMaker
    operation: str

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.sagemaker.asked.append((self.operation, asked))
        if self.operation in self.sagemaker.broken:
            raise ConnectionError(self.operation)
        found = [
            self._listed(name) if self.operation == "list_endpoints" else self._found(name) for name in self._all()
        ]
        key = "Endpoints" if self.operation == "list_endpoints" else "Results"
        for start in range(0, len(found), 2):
            yield {key: found[start : start + 2]}

    def _all(self) -> list[str]:
        """Search gives what either filter passes."""
        told = self.sagemaker.tags
        if self.operation == "list_endpoints":
            return list(told)
        return [name for name, tags in told.items() if tags.get("ebb:stack") == "ebb" or "ebb:idle-after" in tags]

    def _listed(self, name: str) -> dict[str, Any]:
        return {"EndpointName": name, "EndpointArn": f"arn:{name}"}

    def _found(self, name: str) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in self.sagemaker.tags[name].items()]
        variants = [{"VariantName": "v-1"}]
        told = {"EndpointName": name, "EndpointConfigName": f"{name}-1", "ProductionVariants": variants, "Tags": tags}
        return {"Endpoint": told}


def _inventory(sagemaker: Any, failures: Failures | None = None) -> Inventory:
    return take_inventory(OwnEndpoints(sagemaker, "ebb"), "ebb", failures or Failures())


def test_ours_are_those_with_our_tag_and_adopted_those_with_a_tag_for_it_and_no_stacks() -> None:
    seen = _inventory(FakeSageMaker(TAGS))
    assert sorted(seen.names or ()) == ["ebb-abalone", "ebb-others", "ebb-theirs"]
    assert seen.own == (SeenEndpoint("ebb-abalone", "ebb-abalone-1", ("v-1",), OURS),)
    assert seen.adopted == (SeenEndpoint("notebook", "notebook-1", ("v-1",), ADOPTED),)


def test_a_stacks_endpoint_is_never_adopted_by_another() -> None:
    seen = _inventory(
        FakeSageMaker({"ebb-a": OURS | ADOPTED, "ebb-b": FOREIGN | ADOPTED, "c": {"ebb:stack": ""} | ADOPTED})
    )
    assert [one.name for one in seen.own] == ["ebb-a"]
    assert seen.adopted == ()


def test_they_come_in_the_order_of_their_names() -> None:
    names = [f"ebb-{number:02d}" for number in range(7)]
    seen = _inventory(FakeSageMaker(dict.fromkeys(reversed(names), OURS)))
    assert [one.name for one in seen.own] == names


def test_two_questions_find_them_all() -> None:
    sagemaker = FakeSageMaker(TAGS)
    _inventory(sagemaker)
    listed, searched = sagemaker.asked
    assert listed == ("list_endpoints", {"NameContains": "ebb-", "PaginationConfig": {"PageSize": 100}})
    assert searched[0] == "search"
    assert searched[1]["Resource"] == "Endpoint"
    assert searched[1]["SearchExpression"] == {
        "Operator": "Or",
        "Filters": [
            {"Name": "Tags.ebb:stack", "Operator": "Equals", "Value": "ebb"},
            {"Name": "Tags.ebb:idle-after", "Operator": "Exists"},
        ],
    }


@pytest.mark.parametrize(
    ("broken", "known", "adopted"),
    [("list_endpoints", False, 1), ("search", True, 0)],
)
def test_what_cannot_be_asked_is_told_and_nothing_is_made_of_it(broken: str, *, known: bool, adopted: int) -> None:
    failures = Failures()
    seen = _inventory(FakeSageMaker(TAGS, (broken,)), failures)
    assert (seen.names is not None, seen.own, len(seen.adopted)) == (known, (), adopted)
    assert len(failures.told) == 1


def test_a_candidate_says_so() -> None:
    assert SeenEndpoint("a", tags={"ebb:role": "candidate"}).is_candidate
    assert not SeenEndpoint("a", tags={"ebb:role": "live"}).is_candidate
