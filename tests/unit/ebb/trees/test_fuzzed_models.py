"""Whatever the bytes: an artifact is refused with a reason, or answers; never a crash, a hang, or more memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from ebb.trees.answers import answer_text, answers
from ebb.trees.margins import Row
from ebb.trees.model_file import read_model
from ebb.trees.unusable import UnusableModelError
from tests.unit.ebb.trees.mutations import damaged

PART = 500
PARTS = [*range(2), *(pytest.param(part, marks=pytest.mark.soak) for part in range(2, 200))]
LONGEST = 2  # seconds of the processor; any of them takes a few milliseconds
ROOM = 10  # times the size of the largest good archive, unpacked
SAMPLED = 20  # every so many
UNPACKED = 100_000
ROWS: tuple[Row, ...] = ([], [None, 1.0, None, -1.0], [0.0] * 5)


@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_artifact_is_refused_or_answers(part: int) -> None:
    accepted = 0
    for seed in range(part * PART, (part + 1) * PART):
        try:
            began = time.process_time()
            accepted += _is_accepted(damaged(seed), measured=seed % SAMPLED == 0)
            assert time.process_time() - began < LONGEST
        except BaseException as error:
            error.add_note(f"input {seed}")
            raise
    assert PART / 50 < accepted < PART / 2  # 7 in 100 are


def _is_accepted(archive: bytes, *, measured: bool) -> bool:
    if measured:
        assert _peak(archive) < ROOM * UNPACKED
    refused = _refused(archive)
    assert refused is None or (refused.isascii() and len(refused) < 200)
    return refused is None


def _peak(archive: bytes) -> int:
    tracemalloc.start()
    try:
        _refused(archive)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _refused(archive: bytes) -> str | None:
    try:
        model = read_model(archive)
    except UnusableModelError as refused:
        return refused.reason
    assert answer_text(answers(model, ROWS)).count("\n") == len(ROWS)
    return None
