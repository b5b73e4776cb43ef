"""Where the clock of a tick is wrong: no call of somebody else is taken for the probe, and none is passed by."""

import datetime as dt
from functools import partial

import pytest

from tests.emulated.stack import ENDPOINT
from tests.simulation.oracle import Oracle
from tests.simulation.population import train
from tests.simulation.world import MINUTE, World

TICK, AN_HOUR = 15 * MINUTE, 60 * MINUTE


@pytest.mark.parametrize(
    ("ahead", "idle_after", "called"),
    [
        pytest.param(dt.timedelta(seconds=250), 1, [6], id="within what AWS lets pass"),
        pytest.param(3 * AN_HOUR, 60, [187], id="hours, where nobody looks at the signature's time"),
        pytest.param(-3 * AN_HOUR, 60, [10], id="hours behind"),
    ],
)
def test_one_call_after_a_probe_at_a_wrong_time_keeps_it_awake(
    ahead: dt.timedelta, idle_after: int, called: list[int]
) -> None:
    world = World(signed=False)
    oracle = Oracle(world)
    world.becomes(idle_after_minutes=idle_after)
    train(world, "abalone", 1)
    world.advance(5 * MINUTE)
    world.tick()
    world.advance(idle_after * MINUTE + TICK)
    world.tick(skew=ahead)
    call = partial(world.runtime.invoke_endpoint, EndpointName=ENDPOINT, Body="1,2", ContentType="text/csv")
    for minutes in called:
        world.after(minutes * MINUTE, call)
    world.ticks_every(TICK)
    world.advance(4 * AN_HOUR)
    assert oracle.wrong == []


def test_a_call_that_shows_already_is_seen_by_a_clock_that_is_behind() -> None:
    world = World()
    oracle = Oracle(world)
    train(world, "abalone", 1)
    world.advance(5 * MINUTE)
    world.tick()
    world.advance(75 * MINUTE)
    world.tick()
    world.advance(TICK - 3 * MINUTE)
    world.runtime.invoke_endpoint(EndpointName=ENDPOINT, Body="1,2", ContentType="text/csv")
    world.advance(3 * MINUTE)
    world.tick(skew=dt.timedelta(seconds=-250))
    assert (oracle.wrong, oracle.deleted) == ([], [])
