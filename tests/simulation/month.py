"""A month of ticks over fifty endpoints: what CloudWatch is asked for, and what AWS takes for it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.account import METRICS
from tests.simulation.population import train
from tests.simulation.world import MINUTE, World

ENDPOINTS, DAYS, TICK, DAY = 50, 30, 15 * MINUTE, 1440 * MINUTE
DOLLARS_PER_THOUSAND = 0.01  # AWS lists: GetMetricData, for each metric asked for
NAMES = [f"ebb-model-{number}" for number in range(ENDPOINTS)]


@dataclass(frozen=True)
class Habit:
    """How often each endpoint is called, on average; 0 is never."""

    told: str
    calls_per_day: float
    idle_after: int


BUSY = Habit("called every hour", 24, 1440)
HABITS = (
    BUSY,
    Habit("called once a day, at random", 1, 1440),
    Habit("never called", 0, 1440),
    Habit("called every ten minutes", 144, 60),
    Habit("called once a day, at random", 1, 60),
    Habit("never called", 0, 60),
)


@dataclass(frozen=True)
class Month:
    """What was asked for: metrics, in how many calls; and how many endpoints were put to sleep."""

    habit: Habit
    metrics: int
    calls: int
    asleep: int

    @property
    def dollars(self) -> float:
        return self.metrics / 1000 * DOLLARS_PER_THOUSAND


def month(habit: Habit, days: int = DAYS) -> Month:
    """What sleeps stays asleep."""
    world = World()
    world.becomes(idle_after_minutes=habit.idle_after)
    for name in NAMES:
        train(world, name.removeprefix("ebb-"), 1)
    world.advance(10 * MINUTE)
    begun = (world.cloudwatch.asked, world.cloudwatch.calls)
    assert begun == (0, 0)
    for number, name in enumerate(NAMES):
        _is_called(world, name, _moments(number, habit.calls_per_day, days))
    world.ticks_every(TICK)
    world.advance(days * DAY)
    asleep = sum(name == "EndpointAsleep" for _, name, _ in world.said)
    return Month(habit, world.cloudwatch.asked, world.cloudwatch.calls, asleep)


def _moments(seed: int, calls_per_day: float, days: int) -> Iterator[dt.timedelta]:
    """At random; often enough to be regular where there are many."""
    chance, at = random.Random(seed), 0.0  # noqa: S311  (moments of calls, nothing secret)
    while calls_per_day and at < days:
        at += chance.expovariate(calls_per_day) if calls_per_day < 10 else chance.uniform(0.5, 1.5) / calls_per_day
        yield at * DAY


def _is_called(world: World, name: str, moments: Iterator[dt.timedelta]) -> None:
    """One call after the other, straight into CloudWatch; one that sleeps by then is not found."""
    begun = world.now
    variant = world.ledger.endpoint(name.removeprefix("ebb-")).variant
    dimensions = {"EndpointName": name, "VariantName": variant}

    def call() -> None:
        if name in world.sagemaker.endpoints:
            for metric in METRICS:
                world.cloudwatch.record("AWS/SageMaker", metric, dimensions, metric == METRICS[0], world.delay)
        following()

    def following() -> None:
        moment = next(moments, None)
        if moment is not None:
            world.at(begun + moment, call)

    following()


def table(months: list[Month]) -> str:
    """Markdown, for people who want to know what the watching costs."""
    lines = [
        f"| {ENDPOINTS} endpoints | `IdleAfterMinutes` | metrics asked for | in calls | a month | put to sleep |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in months:
        habit = one.habit
        figures = f"{one.metrics:,} | {one.calls:,} | ${one.dollars:.3f} | {one.asleep}"
        lines.append(f"| {habit.told} | {habit.idle_after} | {figures} |")
    return "\n".join(lines) + "\n"
