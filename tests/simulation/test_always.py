"""Always: the provably idle is probed two ticks after its deadline, and gone two after the margin, at the latest."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.histories import ADOPTED, CARED_FOR, HISTORIES, OURS, TICK, History, Step
from tests.simulation.oracle import Oracle
from tests.simulation.population import put_endpoint, train
from tests.simulation.world import MINUTE, World

MARGIN, AN_HOUR, A_DAY = 10 * MINUTE, 60 * MINUTE, 1440 * MINUTE
EXAMPLES, MANY = 12, 4_000
LONG = 6 * AN_HOUR  # from which on CloudWatch is asked in hours
CALLS = st.lists(st.integers(0, 3 * 60 * 60), max_size=6)
_given_time = settings(deadline=None, suppress_health_check=list(HealthCheck))


def told_of(world: World, name: str, announcement: str) -> list[dt.datetime]:
    return [at for at, said, detail in world.said if said == announcement and detail["endpoint"] == name]


@settings(_given_time, max_examples=EXAMPLES)
@given(CALLS, st.sampled_from((1, 30, 60, 349, 350, 1440)), st.integers(1, 599), st.integers(0, 899))
def test_what_nobody_calls_any_more_is_probed_and_gone_in_time(
    calls: list[int], idle_after: int, delay: int, late: int
) -> None:
    """Where CloudWatch is asked in hours, the deadline counts from the end of the hour of the last call: in long
    windows, and for what an adopted endpoint did before it was ours.
    """
    world = World(delay=dt.timedelta(seconds=delay))
    oracle = Oracle(world)
    world.becomes(idle_after_minutes=idle_after)
    train(world, "abalone", 1)
    put_endpoint(world, ADOPTED, idle_after=str(idle_after))
    world.advance(dt.timedelta(minutes=5, seconds=late))
    world.ticks_every(TICK)
    last = world.now + max((dt.timedelta(seconds=each) for each in calls), default=dt.timedelta(0))
    for each in calls:
        world.after(dt.timedelta(seconds=each), lambda: called(world))
    world.advance(dt.timedelta(hours=3))
    window = idle_after * MINUTE + MARGIN
    world.advance(max(window, AN_HOUR) + AN_HOUR + MARGIN + 5 * TICK)
    for name in ("ebb-abalone", *([ADOPTED] if calls else [])):
        rounded = AN_HOUR if window >= LONG or name == ADOPTED else MINUTE
        first = [at for at, gone in oracle.deleted if gone == name]
        if not first or first[0] < last:
            assert first, f"{name} is still there at {world.now}"
            continue  # it was idle for long enough before the last of the calls
        probed = [at for at in told_of(world, name, "EndpointSleepsSoon") if at <= first[0]][-1]
        assert probed <= last + window + rounded + 2 * TICK
        assert first[0] <= probed + MARGIN + 2 * TICK
    assert oracle.wrong == []


def called(world: World) -> None:
    for name in ("ebb-abalone", ADOPTED):
        if name in world.sagemaker.endpoints and world.sagemaker.endpoints[name]["EndpointStatus"] == "InService":
            world.runtime.invoke_endpoint(EndpointName=name, Body="1,2", ContentType="text/csv")


def everything_ends_well(steps: list[Step]) -> None:
    """After whatever happened: once it is over, and nobody calls, what is ours or adopted goes to sleep."""
    history = History.begin()
    history.live(steps)
    world = history.world
    world.cloudwatch.blind.clear()
    world.cloudwatch.partial, world.delay, history.skip, history.interruptions = 0, MINUTE, 0, None
    history.skew = dt.timedelta(0)
    world.becomes(idle_after_minutes=60)
    for name in CARED_FOR:
        history.keep(name, None)
        history.idle_after(name, "45" if name == ADOPTED else None)
    # A lost probe is made again after a day, and what was kept or blind is looked at once a day.
    world.advance(2 * A_DAY + 4 * AN_HOUR)
    assert history.oracle.wrong == []
    for name in OURS:
        row = world.ledger.endpoint(name.removeprefix("ebb-"))
        endpoint = world.sagemaker.endpoints.get(name)
        is_foreign = endpoint and world.sagemaker.tags[endpoint["EndpointArn"]].get("ebb:stack") != "ebb"
        assert endpoint is None or is_foreign, f"{name} is still there: {row}"


@settings(_given_time, max_examples=EXAMPLES)
@given(HISTORIES)
def test_after_whatever_happened_what_is_idle_goes_to_sleep(steps: list[Step]) -> None:
    everything_ends_well(steps)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(_given_time, max_examples=MANY)
@given(HISTORIES)
def test_it_does_so_however_long_one_looks(steps: list[Step]) -> None:
    everything_ends_well(steps)
