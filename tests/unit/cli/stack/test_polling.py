from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest

from cli.stack.polling import Patience


@dataclass
class Clock:
    """Moves only while somebody rests."""

    now: float = 100.0
    rests: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds
        self.rests.append(seconds)


def test_it_looks_often_at_first_and_once_more_when_the_time_is_over() -> None:
    clock = Clock()
    looks = list(Patience(10, clock, clock.rest).rounds())
    assert looks[0] == 0
    assert looks[-1] == pytest.approx(10)
    assert clock.rests == sorted(clock.rests[:-1]) + clock.rests[-1:]
    assert (clock.rests[0], max(clock.rests)) == (0.1, 2.0)


def test_without_time_it_looks_once() -> None:
    clock = Clock()
    assert list(Patience(0, clock, clock.rest).rounds()) == [0]
    assert clock.rests == []


def test_time_that_the_looks_take_counts() -> None:
    clock = Clock()
    patience = Patience(5, clock, clock.rest)
    for _ in itertools.islice(patience.rounds(), 3):
        clock.now += 2
    assert patience.left == 0
    assert patience.gone == pytest.approx(6.25)
