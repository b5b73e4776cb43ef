"""A tick died between deciding that an endpoint sleeps and deleting it: the next deletes only what is still idle."""

from collections.abc import Callable
from functools import partial

import pytest

from ebb.ledger.endpoint_row import State
from ebb.messaging.requests import WAKE, Request
from ebb.names import ModelName
from tests.emulated.stack import ENDPOINT
from tests.simulation.interrupting import Interruptions, die
from tests.simulation.oracle import Oracle
from tests.simulation.population import train
from tests.simulation.world import MINUTE, World


@pytest.fixture
def world() -> World:
    world = World()
    train(world, "abalone", 1)
    world.advance(5 * MINUTE)
    world.tick()
    world.advance(75 * MINUTE)
    world.tick()
    world.advance(15 * MINUTE)
    assert world.tick(interruptions=Interruptions({"delete_endpoint": die})).died
    assert world.ledger.endpoint("abalone").falls_asleep
    return world


def is_called(world: World) -> None:
    world.runtime.invoke_endpoint(EndpointName=ENDPOINT, Body="1,2", ContentType="text/csv")


def is_woken(world: World) -> None:
    world.deploys(Request(WAKE, ModelName("abalone")))


MEANWHILE: dict[str, Callable[[World], object]] = {
    "called": is_called,
    "kept": lambda world: world.sagemaker.tag(ENDPOINT, keep="true"),
    "blind": lambda world: world.cloudwatch.blind.append((world.now, world.now + 60 * MINUTE)),
    "woken": is_woken,
    "somebody else's": lambda world: world.sagemaker.tag(ENDPOINT, stack="else"),
    "to be idle for longer": lambda world: world.sagemaker.tag(ENDPOINT, idle_after="1000"),
}


@pytest.mark.parametrize("happens", MEANWHILE)
def test_what_is_called_or_protected_meanwhile_stays(world: World, happens: str) -> None:
    oracle = Oracle(world)
    world.advance(5 * MINUTE)
    MEANWHILE[happens](world)
    world.advance(10 * MINUTE)
    world.tick()
    assert ENDPOINT in world.sagemaker.endpoints
    assert oracle.deleted == []


def test_what_is_still_idle_goes(world: World) -> None:
    world.advance(15 * MINUTE)
    world.tick()
    assert world.ledger.endpoint("abalone").state is State.ASLEEP
    world.advance(MINUTE)
    assert ENDPOINT not in world.sagemaker.endpoints


@pytest.mark.parametrize("before", ["describe_endpoint", "get_metric_data"])
def test_one_that_is_woken_while_the_tick_is_at_work_stays(world: World, before: str) -> None:
    """What was read of it at the begin of the tick is out of date by then."""
    oracle = Oracle(world)
    world.advance(15 * MINUTE)
    world.tick(interruptions=Interruptions({before: partial(is_woken, world)}))
    assert oracle.deleted == []
