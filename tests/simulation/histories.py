"""Generated histories: what may happen to endpoints, to CloudWatch, to clocks and to the ticks themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import strategies as st

from tests.emulated.fake_sagemaker import client_error
from tests.simulation.interrupting import Interruptions, die
from tests.simulation.oracle import Oracle
from tests.simulation.population import put_endpoint, train
from tests.simulation.world import MINUTE, World

TICK = 15 * MINUTE
MODELS = ("abalone", "houses")
OURS = tuple(f"ebb-{model}" for model in MODELS)
ADOPTED, ON_INSTANCE, THEIRS, STRANGER = "notebook", "gpu", "ebb-theirs", "ebb-stranger"
EVERYONE = (*OURS, ADOPTED, ON_INSTANCE, THEIRS, STRANGER)
CARED_FOR = (*OURS, ADOPTED)
Step = tuple[str, tuple[Any, ...]]

_names = st.sampled_from(EVERYONE)
_ours = st.sampled_from(CARED_FOR)
_minutes = st.integers(0, 45)
_seconds = st.integers(0, 900)
_whose = st.sampled_from(("ours", "theirs", "nobody's", "adopted"))
_KEEP = ("true", "false", "x", "2026-11-22T20:00:00Z", "", None)
_IDLE_AFTER = ("30", "120", "0", "1 h", "43201", None)
_calls = st.one_of(
    st.integers(0, 70),
    st.sampled_from(
        ("delete_endpoint", "invoke_endpoint", "put_events", "put_item", "update_item", "transact_write_items")
    ),
)


def _step(name: str, *told: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A step is a method of History, and what it is told."""
    return st.tuples(st.just(name), st.tuples(*told))


STEPS = st.one_of(
    _step("wait", _minutes),
    _step("wait", st.sampled_from((16, 31, 61, 86, 101))),
    _step("call", _names, st.integers(1, 3), _seconds),
    _step("calls_later", _ours, st.lists(st.integers(0, 90), min_size=1, max_size=3)),
    _step("call_at_next_tick", _ours, st.integers(-90, 90)),
    _step("metrics_take", st.sampled_from((5, 60, 300, 599, 600, 601, 1200, 3600))),
    _step("answers_partly", st.integers(1, 4)),
    _step("blind", st.integers(1, 180)),
    _step("keep", _ours, st.sampled_from(_KEEP)),
    _step("idle_after", _names, st.sampled_from(_IDLE_AFTER)),
    _step("parameter", st.sampled_from((1, 20, 60, 400))),
    _step("clock", st.sampled_from((-10800, -1200, -250, -30, 30, 250, 1200, 10800))),
    _step("tick"),
    _step("no_ticks", st.integers(1, 8)),
    _step("dies", _calls),
    _step("fails", _calls),
    _step("twice", _calls),
    _step("called_in_tick", _ours, _calls),
    _step("train", st.sampled_from(MODELS)),
    _step("wake", st.sampled_from(MODELS)),
    _step("taken_away", _names),
    _step("made_again", _names, _whose),
    _step("replaced", _ours, _whose),
    _step("updated", _ours),
)
# Most begin where it matters: shortly before the deadlines of all, or between their probes and the next tick.
_BEGINNINGS = st.sampled_from((0, 62, 71, 76, 81, 86, 91)).map(lambda minutes: [("wait", (minutes,))])
HISTORIES = st.builds(list.__add__, _BEGINNINGS, st.lists(STEPS, min_size=1, max_size=25))


@dataclass
class History:
    """`steps` as they come; a tick every quarter of an hour, unless a step says otherwise."""

    world: World
    oracle: Oracle
    skip: int = 0
    skew: dt.timedelta = dt.timedelta(0)
    interruptions: Interruptions | None = None
    runs: int = 1

    @classmethod
    def begin(cls, *, signed: bool = True) -> History:
        world = World(signed=signed)
        history = cls(world, Oracle(world))
        for model in MODELS:
            train(world, model, 1)
        put_endpoint(world, ADOPTED, idle_after="45")
        put_endpoint(world, ON_INSTANCE, serverless=False, idle_after="45")
        put_endpoint(world, THEIRS, stack="else")
        put_endpoint(world, STRANGER)
        world.advance(5 * MINUTE)
        for name in EVERYONE:
            history.call(name, 1, 0)
        history.ticks()
        return history

    def ticks(self) -> None:
        self.next_tick = self.world.now + TICK
        self.world.at(self.next_tick, self.ticks)
        if self.skip:
            self.skip -= 1
        else:
            self.tick()

    def tick(self) -> None:
        interruptions, self.interruptions = self.interruptions, None
        self.oracle.skew = abs(self.skew)
        self.world.tick(self.skew, interruptions)

    def live(self, steps: list[Step]) -> None:
        for name, told in steps:
            getattr(self, name)(*told)

    # Steps

    def wait(self, minutes: int) -> None:
        self.world.advance(minutes * MINUTE)

    def call(self, name: str, times: int, seconds: int) -> None:
        """`times` in a burst, after so many seconds."""
        self.world.advance(dt.timedelta(seconds=seconds))
        for _ in range(times):
            self._invoke(name)

    def _invoke(self, name: str) -> None:
        if name in self.world.sagemaker.endpoints and self.world.sagemaker.endpoints[name]["EndpointStatus"] in (
            "InService",
            "Updating",
        ):
            self.world.runtime.invoke_endpoint(EndpointName=name, Body="1,2", ContentType="text/csv")

    def calls_later(self, name: str, minutes: list[int]) -> None:
        for each in minutes:
            self.world.after(each * MINUTE, partial(self._invoke, name))

    def call_at_next_tick(self, name: str, seconds: int) -> None:
        """Right before or after it."""
        self.world.at(self.next_tick + dt.timedelta(seconds=seconds), partial(self._invoke, name))

    def metrics_take(self, seconds: int) -> None:
        self.world.delay = dt.timedelta(seconds=seconds)

    def answers_partly(self, times: int) -> None:
        self.world.cloudwatch.partial = times

    def blind(self, minutes: int) -> None:
        self.world.cloudwatch.blind.append((self.world.now, self.world.now + minutes * MINUTE))

    def keep(self, name: str, tag: str | None) -> None:
        if name in self.world.sagemaker.endpoints:
            self.world.sagemaker.tag(name, keep=tag)

    def idle_after(self, name: str, tag: str | None) -> None:
        if name in self.world.sagemaker.endpoints:
            self.world.sagemaker.tag(name, idle_after=tag)

    def parameter(self, minutes: int) -> None:
        self.world.becomes(idle_after_minutes=minutes)

    def clock(self, seconds: int) -> None:
        """Steps, and steps back the next time."""
        self.skew = dt.timedelta(0) if self.skew else dt.timedelta(seconds=seconds)
        self.oracle.slack = max(self.oracle.slack, 2 * min(abs(self.skew), 5 * MINUTE))

    def no_ticks(self, times: int) -> None:
        self.skip = times

    def dies(self, step: int | str) -> None:
        self.interruptions = Interruptions({step: die})

    def fails(self, step: int | str) -> None:
        self.interruptions = Interruptions({step: throttle})

    def twice(self, step: int | str) -> None:
        self.interruptions = Interruptions({step: lambda: self.world.tick(self.skew)})

    def called_in_tick(self, name: str, step: int | str) -> None:
        self.interruptions = Interruptions({step: partial(self._invoke, name)})

    def train(self, model: str) -> None:
        self.runs += 1
        train(self.world, model, self.runs)

    def wake(self, model: str) -> None:
        self.world.asks("Wake", model)

    def taken_away(self, name: str) -> None:
        """Somebody deletes it by hand."""
        endpoint = self.world.sagemaker.endpoints.get(name)
        if endpoint and endpoint["EndpointStatus"] == "InService":
            self.world.sagemaker.delete_endpoint(EndpointName=name)
            self.world.advance(MINUTE)

    def replaced(self, name: str, whose: str) -> None:
        """By one of the same name and config, which may be somebody else's."""
        self.taken_away(name)
        self.made_again(name, whose)
        self.world.advance(2 * MINUTE)

    def updated(self, name: str) -> None:
        """To what it is already, by hand."""
        endpoint = self.world.sagemaker.endpoints.get(name)
        if endpoint and endpoint["EndpointStatus"] == "InService":
            self.world.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=endpoint["EndpointConfigName"])

    def made_again(self, name: str, whose: str) -> None:
        if name in self.world.sagemaker.endpoints:
            return
        tags: dict[str, Any] = {
            "ours": {"stack": "ebb"},
            "theirs": {"stack": "else"},
            "adopted": {"idle_after": "45"},
        }.get(whose, {})
        config = next((one for one in sorted(self.world.sagemaker.configs) if one.startswith(name)), "")
        put_endpoint(self.world, name, config=config, **tags)


def throttle() -> None:
    raise client_error("ThrottlingException", "Rate exceeded")
