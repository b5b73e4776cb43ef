"""A fault at any call of any function, then what AWS does next: the end is as without the fault.

The calls are those of an undisturbed run: a new call is covered without a new test.
"""

from __future__ import annotations

import itertools

import pytest

from tests.end_to_end.in_process.crashes import VARIANTS, Recordings
from tests.end_to_end.in_process.shore import Coast
from tests.end_to_end.in_process.wire import Strike

SPREAD = 1801  # one of so many cases in `make test`
PARTS = 24  # of the others, so that several workers share them


@pytest.fixture(scope="session")
def recordings(coast: Coast) -> Recordings:
    return Recordings(coast)


def run(recordings: Recordings, chosen: list[tuple[str, Strike]]) -> None:
    differences = [(variant, recordings.difference(variant, strike)) for variant, strike in chosen]
    wrong = [f"{variant}: {difference}" for variant, difference in differences if difference]
    print(f"{len(chosen)} of {sum(1 for _ in recordings.cases())} cases ran, {len(wrong)} ended otherwise")  # noqa: T201
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("variant", VARIANTS)
def test_undisturbed_nothing_fails(recordings: Recordings, variant: str) -> None:
    undisturbed = recordings.of(variant)

    assert undisturbed.failures == []


@pytest.mark.soak
def test_undisturbed_it_ends_the_same_each_time(recordings: Recordings) -> None:
    again = Recordings(recordings.coast).of("everything arrives")

    assert again == recordings.of("everything arrives")


@pytest.mark.timeout(600)
def test_a_spread_of_all_faults(recordings: Recordings) -> None:
    run(recordings, list(recordings.cases())[::SPREAD])


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_fault_at_every_call(recordings: Recordings, part: int) -> None:
    run(recordings, list(itertools.islice(recordings.cases(), part, None, PARTS)))
