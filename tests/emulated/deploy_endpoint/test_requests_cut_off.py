"""A process that dies in the middle of a request, wherever: delivered again, it ends as if nothing had happened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ebb.announcements.outbox import BEING_TOLD
from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from ebb.messaging.requests import Request
from ebb.names import ModelName
from tests.emulated.deployments import Deployments, run_named
from tests.emulated.dying import DiedError, dying
from tests.emulated.stack import ENDPOINT

FIRST, SECOND = run_named(1), run_named(2)
TRIES = 20


@dataclass(frozen=True)
class Case:
    """`calls`: how many one attempt makes at most, so that it is cut off before each of them. `ends`: what is said."""

    kind: str
    calls: int
    given: Callable[[Deployments], Any]
    ends: State
    said: tuple[str, ...]
    until: str = ""


def _live(runs: Deployments) -> None:
    for number in (1, 2):
        runs.was_live(number)
        runs.stack.upload(f"runs/abalone/{run_named(number)}/output/model.tar.gz", b"the model")


def _asleep(runs: Deployments) -> None:
    _live(runs)
    runs.falls_asleep()


def _purged(runs: Deployments) -> None:
    _asleep(runs)
    runs.stack.ledger.write_endpoint(replace(runs.row, purged=True))
    for kind in ("EndpointConfig", "Model"):
        runs.stack.sagemaker.delete(kind, SECOND)


WOKEN = ("EndpointWaking", "EndpointLive")
CASES = {
    "wake": Case("Wake", 9, _asleep, State.LIVE, WOKEN),
    "wake of what was purged": Case("Wake", 19, _purged, State.LIVE, WOKEN),
    "keep": Case("Keep", 6, _live, State.LIVE, (), "true"),
    "sleep": Case("Sleep", 12, _live, State.ASLEEP, ("EndpointAsleep",)),
    "rollback": Case("Rollback", 17, _live, State.LIVE, ("EndpointRolledBack",)),
    "delete": Case("Delete", 33, _live, State.NONE, ("EndpointPurged",)),
}
ALWAYS = ("wake",)  # the others, which share most of their way with it, now and then
SELDOM = 6
CUTS = [
    pytest.param(name, call, marks=[] if name in ALWAYS or call % SELDOM == 0 else pytest.mark.soak)
    for name, case in CASES.items()
    for call in range(case.calls)
]


def _whole(runs: Deployments, asked: Request) -> None:
    """Until nothing of it is left to be done; what waits is delivered again."""
    for _ in range(TRIES):
        try:
            runs.deploying.work_on(asked)
            break
        except WaitError:
            runs.calm()
    runs.calm()


@pytest.mark.parametrize(("name", "call"), CUTS)
def test_cut_off_before_any_call_it_ends_the_same_way(runs: Deployments, name: str, call: int) -> None:
    case = CASES[name]
    case.given(runs)
    asked = Request(case.kind, ModelName("abalone"), case.until)
    with dying(runs.stack, call) as made:
        for _ in range(TRIES):
            try:
                runs.deploying.work_on(asked)
            except DiedError:
                break
            except WaitError:
                runs.stack.sagemaker.settle_all()
            else:
                break
    assert made.made == call, "it makes fewer calls"
    runs.now += BEING_TOLD
    _whole(runs, asked)
    said = runs.said()
    assert runs.row.state is case.ends
    assert runs.row.pending is None
    assert tuple(dict.fromkeys(said)) == case.said
    assert all(said.count(each) <= 2 for each in case.said)
    assert said.count("EndpointLive") <= 1
    assert (ENDPOINT in runs.stack.sagemaker.endpoints) is (case.ends is State.LIVE)


@pytest.mark.parametrize("name", CASES)
def test_these_are_all_calls_that_it_makes(runs: Deployments, name: str) -> None:
    case = CASES[name]
    case.given(runs)
    asked = Request(case.kind, ModelName("abalone"), case.until)
    with dying(runs.stack, 1000) as made:
        for _ in range(TRIES):
            try:
                runs.deploying.work_on(asked)
            except WaitError:
                runs.stack.sagemaker.settle_all()
            else:
                break
    assert made.made == case.calls
