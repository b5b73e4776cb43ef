"""A tide from the first upload to the last tick, undisturbed or with a fault at one call of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.in_process.bus import Event
from tests.end_to_end.in_process.end_state import Facts, end_state
from tests.end_to_end.in_process.invariants import unsettled
from tests.end_to_end.in_process.shore import Coast, Shore
from tests.end_to_end.in_process.wire import Fault, Strike

Calls = tuple[str, list[str]]  # of an invocation: the function and what it called
MODEL = "abalone"
BETWEEN_TICKS = 3660.0  # the full sweep is once an hour
A_DAY, MARGIN = 25 * 3600.0, 660.0
TICKS = 2  # what one of them failed to do, the other does
FIRST = "".join(f"{number % 7 + number / 100},{number % 7},{number % 5},{number % 3}\n" for number in range(120))
GATE = """[gate]
metric = "validation:rmse"
at_most = 1.0
no_worse_than_live = 0.5
"""
SECOND = FIRST + "3,3,1,2\n"
CONTENTS = (FIRST, SECOND, FIRST + "4,4,2,1\n")


def all_arrives(event: Event) -> int:
    return 1


def no_endpoint_events(event: Event) -> int:
    return 0 if event["detail-type"] == "SageMaker Endpoint State Change" else 1


@dataclass(frozen=True)
class Variant:
    """`first_copies`: how often the first upload's event arrives. `only_new`: struck where no other variant leads.

    `sleeps`: nobody calls it for days, then somebody wakes it.
    """

    copies: Callable[[Event], int] = all_arrives
    first_copies: int = 1
    uploads: int = 2
    only_new: bool = False
    sleeps: bool = False


VARIANTS = {
    "everything arrives": Variant(),
    "no endpoint events": Variant(no_endpoint_events),
    "first upload's event lost": Variant(first_copies=0),
    "a third upload": Variant(uploads=3, only_new=True),  # then the first run's config and model are removed
    "asleep and awake again": Variant(uploads=1, only_new=True, sleeps=True),
}


def tide(shore: Shore, variant: Variant) -> None:
    shore.bus.copies = variant.copies
    shore.put_settings(MODEL, GATE)
    for number, content in enumerate(CONTENTS[: variant.uploads]):
        shore.upload(MODEL, content, f"{number}.csv", copies=1 if number else variant.first_copies)
        shore.run_until_quiet()
    if variant.sleeps:
        sleep_and_wake(shore)
    settle(shore)


def sleep_and_wake(shore: Shore) -> None:
    """A probe that was disturbed may count as a call: then another day passes before it sleeps."""
    shore.tick()
    for pause in (A_DAY, MARGIN, MARGIN, A_DAY, MARGIN, MARGIN):
        shore.clock.advance(pause)
        shore.tick()
        shore.run_until_quiet()
    detail = {"stack": shore.prefix, "model": MODEL}
    shore.bus.put({"source": "ebb.request", "detail-type": "Wake", "detail": detail})
    shore.run_until_quiet()


def settle(shore: Shore) -> None:
    """Enough ticks for the reconciler to find what no event ever told, even if one of them fails."""
    for _ in range(TICKS):
        shore.clock.advance(BETWEEN_TICKS)
        shore.tick()
        shore.run_until_quiet()


@dataclass
class Recording:
    """The undisturbed tide: where it leads, and each call on the way."""

    state: Facts
    invocations: list[Calls]
    failures: list[str]

    def strikes(self, known: Collection[Calls] = ()) -> Iterator[Strike]:
        """Each fault at each call, but for those of known invocations."""
        for fault in Fault:
            for number, invocation in enumerate(self.invocations):
                if invocation not in known:
                    yield from (Strike(number, call, fault) for call in range(len(invocation[1])))


@dataclass
class Recordings:
    """Made when they are asked for, once per cloud."""

    coast: Coast
    _made: dict[str, Recording] = field(default_factory=dict)

    def of(self, variant: str) -> Recording:
        if variant not in self._made:
            with self.coast.shore() as shore:
                tide(shore, VARIANTS[variant])
                assert not unsettled(shore), unsettled(shore)
                made = [(invocation.function, invocation.calls) for invocation in shore.wire.invocations]
                self._made[variant] = Recording(end_state(shore), made, list(shore.functions.failures))
        return self._made[variant]

    def cases(self) -> Iterator[tuple[str, Strike]]:
        """All there are, each with the variant that it is a case of."""
        known: list[Calls] = []
        for name, variant in VARIANTS.items():
            recording = self.of(name)
            yield from ((name, strike) for strike in recording.strikes(known if variant.only_new else ()))
            known += recording.invocations

    def difference(self, variant: str, strike: Strike) -> str:
        """What the fault has led to; empty when all is as without it."""
        expected = self.of(variant).state
        with self.coast.shore(strike) as shore:
            try:
                tide(shore, VARIANTS[variant])
            except AssertionError as never_quiet:
                return f"{strike}: {shore.wire.struck}: {never_quiet}"
            assert shore.wire.struck, f"{strike} has met no call"
            found = end_state(shore)
            if found == expected:
                return ""
            failed = "; ".join(shore.functions.failures)
            return f"{strike}: {shore.wire.struck}\n  {_compared(expected, found)}\n  failed: {failed}"


def _compared(expected: Any, found: Any, path: str = "") -> str:
    """The places that differ, one a line."""
    if expected == found:
        return ""
    if isinstance(expected, dict) and isinstance(found, dict):
        names = sorted(expected.keys() | found.keys())
        lines = [_compared(expected.get(name), found.get(name), f"{path}/{name}") for name in names]
        return "\n  ".join(filter(None, lines))
    if isinstance(expected, list) and isinstance(found, list):
        missing = [item for item in expected if item not in found]
        more = [item for item in found if item not in expected]
        return f"{path}: missing {json.dumps(missing)}; more {json.dumps(more)}"
    return f"{path}: {json.dumps(expected)} has become {json.dumps(found)}"
