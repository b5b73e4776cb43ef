"""The function may die between any two calls, and any call may fail: the ticks after that end the same way."""

import datetime as dt
from itertools import count

import pytest

from ebb.ledger.endpoint_row import EndpointRow, State
from tests.emulated.faults import Died, Fault, Faults
from tests.emulated.stack import Stack
from tests.emulated.tear_down_idle.whole_tick import EVERY, Place, WholeTick

DAY = dt.timedelta(hours=24)
# From the first write on: what was only read before changes nothing.
PROBE = ("PutItem", "invoke_endpoint", "PutItem", "PutEvents", "PutItem", "PutLogEvents")
SLEEP = ("PutItem", "delete_endpoint", "GetObject", "PutObject", "PutEvents", "PutItem", "PutLogEvents")


@pytest.fixture
def faults(stack: Stack) -> Faults:
    return Faults(stack)


def _dying_at(number: int) -> Fault:
    """The calls are counted from the first write on."""
    writes = count()
    has_begun: list[str] = []

    def fault(_: int, name: str) -> str:
        if name == "PutItem" or has_begun:
            has_begun.append(name)
            return "die" if next(writes) == number else ""
        return ""

    return fault


def _end_asleep(stack: Stack, tick: WholeTick, models: list[str]) -> None:
    """However many ticks it takes."""
    rows: list[EndpointRow] = []
    for after in (EVERY, EVERY, DAY, *[EVERY] * 8):
        rows = [tick.row(model) for model in models]
        if all(row.state is State.ASLEEP and not row.falls_asleep for row in rows):
            break
        tick.goes_on(after)
    for row in rows:
        assert (row.state, row.wanted, row.pending, row.knocked_at) == (State.ASLEEP, None, None, None)
    stack.sagemaker.settle_all()
    assert stack.sagemaker.endpoints == {}
    assert list(stack.sagemaker.configs) == list(stack.sagemaker.models) == [rows[0].live_config]


@pytest.mark.parametrize("number", range(len(PROBE)), ids=PROBE.__getitem__)
def test_the_function_dies_while_it_probes(
    stack: Stack, tick: WholeTick, place: Place, faults: Faults, number: int
) -> None:
    place()
    faults.begin(_dying_at(number))
    with pytest.raises(Died):
        tick.run()
    assert faults.made[-number - 1 :] == list(PROBE[: number + 1])
    faults.begin()
    _end_asleep(stack, tick, ["abalone"])
    said = tick.said()
    assert (said[0], said[-1], said.count("EndpointAsleep")) == ("EndpointSleepsSoon", "EndpointAsleep", 1)


@pytest.mark.parametrize("number", range(len(SLEEP)), ids=SLEEP.__getitem__)
def test_the_function_dies_while_it_puts_to_sleep(
    stack: Stack, tick: WholeTick, place: Place, faults: Faults, number: int
) -> None:
    """Only what was said right before is said twice."""
    place()
    tick.run()
    faults.begin(_dying_at(number))
    with pytest.raises(Died):
        tick.goes_on()
    assert faults.made[-number - 1 :] == list(SLEEP[: number + 1])
    faults.begin()
    _end_asleep(stack, tick, ["abalone"])
    twice = SLEEP[number - 1] == "PutEvents"
    assert tick.said() == ["EndpointSleepsSoon", "EndpointAsleep", *(["EndpointAsleep"] if twice else [])]


def _each_its_own(calls: tuple[str, ...], kind: str) -> Fault:
    """The first endpoint's first call of these fails, the second one's second, …"""
    endpoints, at = count(-1), {"endpoint": -1, "call": -1}

    def fault(_: int, name: str) -> str:
        if name == "describe_endpoint":
            at.update(endpoint=next(endpoints) + 1, call=-1)
        if name == calls[0] or at["call"] >= 0:
            at["call"] += 1
        return kind if at["call"] == at["endpoint"] < len(calls) and name == calls[at["call"]] else ""

    return fault


@pytest.mark.parametrize("kind", ["refuse", "lose"])
@pytest.mark.parametrize("calls", [PROBE[:-1], SLEEP[:-1]], ids=["probe", "sleep"])
def test_calls_fail_each_at_another_endpoint(
    stack: Stack, tick: WholeTick, place: Place, faults: Faults, calls: tuple[str, ...], kind: str
) -> None:
    models = [f"m{number}" for number in range(len(calls))]
    for model in models:
        place(f"ebb-{model}")
    if calls[1] != PROBE[1]:
        tick.run()
    faults.begin(_each_its_own(calls, kind))
    tick.goes_on()
    faults.begin()
    assert len(tick.told) >= len(calls) - 2
    _end_asleep(stack, tick, models)
    said = [one["endpoint"] for one in stack.announcements() if one["name"] == "EndpointAsleep"]
    assert set(said) == {f"ebb-{model}" for model in models}
    assert len(said) <= len(models) + 2
