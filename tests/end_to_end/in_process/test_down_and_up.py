"""Down and up, many times in a row: the same name, the same answers to the last digit, never a job more."""

from __future__ import annotations

import pytest

from ebb.ledger.endpoint_row import State
from ebb.ledger.ledger import Ledger
from ebb.names import ModelName, endpoint_name
from tests.end_to_end.in_process.crashes import FIRST, MODEL
from tests.end_to_end.in_process.end_state import sagemaker
from tests.end_to_end.in_process.invariants import unsettled
from tests.end_to_end.in_process.shore import Coast, Shore

IDLE_SECONDS = 26 * 3600.0  # IdleAfterMinutes and the margin; CloudWatch is asked in whole hours
MARGIN_SECONDS = 11 * 60.0
ROWS = "1,2,3\n4,0,1\n6,4,2"


def answers(shore: Shore) -> bytes:
    name = endpoint_name(shore.prefix, ModelName(MODEL))
    answer = shore.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=ROWS)
    return bytes(answer["Body"].read())


def state(shore: Shore) -> State:
    return Ledger(shore.dynamodb, shore.table).endpoint(MODEL).state


def goes_down(shore: Shore) -> None:
    """Nobody calls; a tick probes, another one puts it to sleep."""
    for seconds in (IDLE_SECONDS, MARGIN_SECONDS):
        shore.clock.advance(seconds)
        shore.tick()
        shore.run_until_quiet()
    assert state(shore) is State.ASLEEP, shore.functions.failures
    assert shore.endpoints() == []


def comes_up(shore: Shore) -> None:
    detail = {"stack": shore.prefix, "model": MODEL}
    shore.bus.put({"source": "ebb.request", "detail-type": "Wake", "detail": detail})
    shore.run_until_quiet()
    assert state(shore) is State.LIVE, shore.functions.failures


def down_and_up(coast: Coast, times: int) -> None:
    with coast.shore() as shore:
        shore.upload(MODEL, FIRST)
        shore.run_until_quiet()
        shore.tick()  # the first one has none before it to go by
        before, there = answers(shore), sagemaker(shore)
        for _ in range(times):
            goes_down(shore)
            comes_up(shore)
            assert answers(shore) == before
        assert not unsettled(shore), unsettled(shore)
        found = sagemaker(shore)
        assert [list(found[kind]) for kind in found] == [list(there[kind]) for kind in there]
        assert shore.functions.failures == []


def test_down_and_up_a_few_times(coast: Coast) -> None:
    down_and_up(coast, 3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_down_and_up_a_hundred_times(coast: Coast) -> None:
    down_and_up(coast, 100)
