"""Uploads, events, faults and ticks in any sequence: nothing is ever orphaned, and the newest data ends up live."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.end_to_end.in_process.bus import Event
from tests.end_to_end.in_process.crashes import FIRST, GATE, SECOND, settle
from tests.end_to_end.in_process.invariants import orphans, unsettled
from tests.end_to_end.in_process.queues import QueuedMessage
from tests.end_to_end.in_process.shore import Coast
from tests.end_to_end.in_process.wire import Fault, Strike

EXAMPLES, PARTS = 504, 8
STEPS = 14
MOST_UPLOADS = 4
MOST_FAILURES = 3  # of one message: with five it would rightly be in the dead-letter queue
_ROWS = FIRST.splitlines()
_LABELS = [row.partition(",")[0] for row in _ROWS]
# Labels that have nothing to do with their rows: the gate holds the model back.
SHUFFLED = "".join(f"{_LABELS[number * 37 % len(_ROWS)]},{row.partition(',')[2]}\n" for number, row in enumerate(_ROWS))
CONTENTS = {"first": FIRST, "second": SECOND, "shuffled": SHUFFLED}
FAULTS = st.none() | st.tuples(st.integers(0, 20), st.sampled_from([*Fault, Fault.OVERTAKEN, Fault.OVERTAKEN]))
SEVERAL = st.sampled_from([1, 1, 0, 2])


class Tides(RuleBasedStateMachine):
    """One stack and its life; `coast` is the worker's cloud."""

    coast: ClassVar[Coast]

    def __init__(self) -> None:
        super().__init__()
        self.around = ExitStack()
        self.shore = self.around.enter_context(self.coast.shore())
        self.shore.bus.copies = self.copies
        self.sagemaker_events = 1
        self.held_back: set[str] = set()
        for model in ("abalone", "whelk"):
            self.shore.put_settings(model, GATE)

    def copies(self, event: Event) -> int:
        return self.sagemaker_events if event["source"] == "aws.sagemaker" else 1

    def strike_next(self, fault: tuple[int, Fault] | None) -> None:
        wire = self.shore.wire
        wire.strike = Strike(len(wire.invocations), *fault) if fault else None

    def waiting(self) -> list[tuple[str, QueuedMessage]]:
        return [(name, message) for _, name, message in self.shore.due()]

    @precondition(lambda self: len(self.shore.uploads) < MOST_UPLOADS)
    @rule(model=st.sampled_from(["abalone", "whelk"]), content=st.sampled_from(sorted(CONTENTS)), copies=SEVERAL)
    def upload(self, model: str, content: str, copies: int) -> None:
        """A name of its own: what is overwritten before anybody was told of it is not looked for."""
        name = f"{content}-{len(self.shore.uploads)}.csv"
        event = self.shore.upload(model, CONTENTS[content], name, copies)
        if content == "shuffled":
            self.held_back.add(event["detail"]["object"]["version-id"])

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 20), fault=FAULTS)
    def deliver(self, which: int, fault: tuple[int, Fault] | None) -> None:
        """Any of what waits, also what came later; what overtakes it is the next."""
        waiting = self.waiting()
        name, message = waiting[which % len(waiting)]
        self.strike_next(fault if message.receives < MOST_FAILURES else None)
        other, later = waiting[(which + 1) % len(waiting)]
        self.shore.wire.beside = (lambda: self.shore.deliver(other, later)) if later is not message else None
        self.shore.deliver(name, message)

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 20))
    def duplicate(self, which: int) -> None:
        waiting = self.waiting()
        name, message = waiting[which % len(waiting)]
        self.shore.queues[name].put(message.body, attributes=message.attributes)

    @rule(copies=SEVERAL)
    def events_from_now_on(self, copies: int) -> None:
        self.sagemaker_events = copies

    @rule()
    def sagemaker_settles(self) -> None:
        self.shore.observer.settle()

    @rule(steps=st.integers(1, 8))
    def flow(self, steps: int) -> None:
        """So many deliveries as they come."""
        self.strike_next(None)
        for _ in range(steps):
            self.shore.observer.settle()
            if waiting := self.waiting():
                self.shore.deliver(*waiting[0])

    @rule(fault=FAULTS)
    def tick(self, fault: tuple[int, Fault] | None) -> None:
        self.strike_next(fault)
        self.shore.wire.beside = None
        self.shore.tick()

    @rule(minutes=st.integers(1, 70))
    def time_passes(self, minutes: int) -> None:
        self.shore.clock.advance(60.0 * minutes)

    @invariant()
    def nothing_is_orphaned(self) -> None:
        found = orphans(self.shore)
        assert not found, self.told(found)

    def teardown(self) -> None:
        with self.around:
            self.strike_next(None)
            self.sagemaker_events = 1
            self.shore.run_until_quiet()
            settle(self.shore)
            found = unsettled(self.shore, held_back=frozenset(self.held_back))
            assert not found, self.told(found)

    def told(self, found: list[str]) -> str:
        history = [
            f"{past.function}: {len(past.calls)} calls, the last {past.calls[-1:]}"
            for past in self.shore.wire.invocations
        ]
        return "\n".join([*found, "invocations:", *history, "failures:", *self.shore.functions.failures])


def prove(coast: Coast, examples: int, seed: int) -> None:
    machine: Any = hypothesis.seed(seed)(type("Tides", (Tides,), {"coast": coast}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_sequences(coast: Coast) -> None:
    prove(coast, examples=4, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_any_sequence(coast: Coast, part: int) -> None:
    prove(coast, examples=EXAMPLES // PARTS, seed=100 + part)
