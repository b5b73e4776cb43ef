"""Whoever calls through predict is answered: at once, or woken; whenever the call falls."""

import sys

import pytest

from tests.simulation.race import Race, table


def every_call_is_answered(seed: int, calls: int) -> None:
    race = Race(seed)
    race.run(calls)
    said = f"{race.world.now - race.deleted[0]} of moved time, {len(race.deleted)} deletions\n{table(race.counts)}"
    sys.stdout.write(f"\n{said}\n")
    assert race.wrong == []
    assert race.counts["predict, held on, woken and answered"] + race.counts["predict, came back, woken and answered"]


def test_every_call_through_predict_is_answered_with_the_right_runs_answer() -> None:
    every_call_is_answered(1, 500)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 7))
def test_so_are_thousands(seed: int) -> None:
    every_call_is_answered(seed, 2_000)
