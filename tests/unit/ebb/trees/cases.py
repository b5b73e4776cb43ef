"""What models differ in, and few cases in which every two of these values meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Any

OBJECTIVES = (
    *("reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror"),
    *("reg:absoluteerror", "reg:tweedie", "reg:linear", "binary:logistic", "binary:logitraw", "binary:hinge"),
    *("count:poisson", "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map"),
    *("survival:cox", "survival:aft"),
)

VALUES: Mapping[str, Sequence[Any]] = {
    "objective": OBJECTIVES,
    "booster": ("gbtree", "dart"),
    "missing": (0.0, 0.15),
    "categories": (False, True),
    "stops_early": (False, True),
    "classes": (2, 3, 26),
    "depth": (1, 3, 6, 12),
    "rounds": (1, 7, 25),
    "forest": (1, 3),
    "method": ("hist", "exact", "approx"),
    "base_score": (None, 0.3),
}
IN_SOAK = {**VALUES, "classes": (2, 3, 7, 26), "depth": tuple(range(1, 13)), "rounds": (1, 10, 100, 1000)}


@dataclass(frozen=True)
class Case:
    """`missing`: the share of cells. `categories`: 0/1 columns, too. `classes`: for objectives that have them.

    `forest`: trees of each round. `method`: how splits are found; exact and approx grow trees in other orders.
    """

    objective: str
    booster: str
    missing: float
    categories: bool
    stops_early: bool
    classes: int
    depth: int
    rounds: int
    forest: int
    method: str
    base_score: float | None

    def __str__(self) -> str:
        return "-".join(f"{value}" for value in self.__dict__.values())


def pairwise(values: Mapping[str, Sequence[Any]]) -> list[Case]:
    """Every two values of two columns meet in some case: greedily, the best of a few random candidates at a time."""
    chance, names = Random(0), list(values)  # noqa: S311  (cases for a test)
    left = {
        ((one, first), (other, second))
        for one, other in combinations(names, 2)
        for first, second in product(values[one], values[other])
    }
    cases = []
    while left:
        start = chance.choice(sorted(left, key=repr))
        candidates = [{name: chance.choice(values[name]) for name in names} | dict(start) for _ in range(40)]
        best = max(candidates, key=lambda candidate: len(left & set(_pairs(candidate))))
        left -= set(_pairs(best))
        cases.append(Case(**best))
    return cases


def _pairs(candidate: Mapping[str, Any]) -> Iterator[tuple[tuple[str, Any], tuple[str, Any]]]:
    return combinations(candidate.items(), 2)
