"""Two uploads of one model, their events twice and in every order: the newest is live, nothing is left over."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from tests.end_to_end.in_process.bus import Event
from tests.end_to_end.in_process.crashes import FIRST, MODEL, SECOND, settle
from tests.end_to_end.in_process.invariants import unsettled
from tests.end_to_end.in_process.shore import Coast, Shore
from tests.end_to_end.in_process.wire import Fault, Strike

ENDED = "SageMaker Training Job State Change"
# The end of the first job, twice; of the second one, twice; and twice a look at an endpoint, if one is due by then.
STEPS = "112200"
ORDERS = sorted({"".join(order) for order in itertools.permutations(STEPS)})
SPREAD = 45
PARTS = 6


def trained(shore: Shore) -> Iterator[Event]:
    """Two jobs that have ended; nobody was told yet."""
    held: list[Event] = []

    def hold(event: Event) -> int:
        if event["detail-type"] != ENDED:
            return 1
        held.append(event)
        return 0

    shore.bus.copies = hold
    shore.upload(MODEL, FIRST, "first.csv")
    shore.upload(MODEL, SECOND, "second.csv")
    shore.run_until_quiet()
    ended = {
        event["detail"]["TrainingJobName"]: event
        for event in held
        if event["detail"]["TrainingJobStatus"] == "Completed"
    }
    shore.bus.copies = lambda event: 1
    return iter(ended[job] for job in sorted(ended))


def deliver_first(shore: Shore, function: str, containing: str = "") -> None:
    """If there is one."""
    for _, name, message in shore.due():
        if name == function and containing in message.body:
            shore.deliver(name, message)
            shore.observer.settle()
            return


def arrive(shore: Shore, event: Event) -> None:
    shore.bus.put(event)
    deliver_first(shore, "deploy_endpoint", json.dumps(event)[1:-1])


def run(coast: Coast, order: str) -> list[str]:
    with coast.shore() as shore:
        first, second = trained(shore)
        for step in order:
            if step == "0":
                deliver_first(shore, "confirm_endpoint")
            else:
                arrive(shore, first if step == "1" else second)
        shore.run_until_quiet()
        settle(shore)
        return unsettled(shore)


def run_overtaken(coast: Coast, function: str, call: int) -> tuple[bool, list[str]]:
    """The first run's way is overtaken by the second's at one call; whether there is such a call, and what is wrong."""
    with coast.shore() as shore:
        first, second = trained(shore)
        shore.bus.put(first)
        if function != "deploy_endpoint":
            deliver_first(shore, "deploy_endpoint")
        shore.wire.strike = Strike(len(shore.wire.invocations), call, Fault.OVERTAKEN)
        shore.wire.beside = lambda: arrive(shore, second)
        deliver_first(shore, function)
        shore.run_until_quiet()
        settle(shore)
        return bool(shore.wire.struck), unsettled(shore)


def all_of(coast: Coast, orders: list[str]) -> None:
    wrong = {order: found for order in orders if (found := run(coast, order))}
    print(f"{len(orders)} of {len(ORDERS)} orders ran, {len(wrong)} ended otherwise")  # noqa: T201
    assert not wrong


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("function", ["deploy_endpoint", "confirm_endpoint"])
def test_one_run_overtakes_the_other_at_every_call(coast: Coast, function: str) -> None:
    wrong = {}
    for call in itertools.count():
        struck, found = run_overtaken(coast, function, call)
        if found:
            wrong[call] = found
        if not struck:
            break
    print(f"{function} was overtaken at {call} calls, {len(wrong)} ended otherwise")  # noqa: T201
    assert not wrong


def test_a_spread_of_all_orders(coast: Coast) -> None:
    all_of(coast, ORDERS[::SPREAD])


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_order(coast: Coast, part: int) -> None:
    all_of(coast, ORDERS[part::PARTS])
