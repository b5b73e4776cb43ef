"""Never deleted: what was called in its window, is not proven idle, or is neither ours nor adopted.

One thing cannot be had: SageMaker has no conditional delete, so a call in the last moments before one, which no metric
shows yet, cannot stop it.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.simulation.histories import HISTORIES, History, Step

EXAMPLES, MANY = 60, 20_000


def nothing_is_deleted_wrongly(steps: list[Step]) -> None:
    history = History.begin()
    history.live([*steps, ("wait", (240,))])
    assert history.oracle.wrong == []


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(HISTORIES)
def test_nothing_is_deleted_that_must_not_be(steps: list[Step]) -> None:
    nothing_is_deleted_wrongly(steps)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
@given(HISTORIES)
def test_nothing_is_deleted_that_must_not_be_however_long_one_looks(steps: list[Step]) -> None:
    nothing_is_deleted_wrongly(steps)
