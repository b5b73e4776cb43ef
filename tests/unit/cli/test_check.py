from __future__ import annotations

from dataclasses import replace

import pytest

from cli.commands.check import refuse_what_the_instance_cannot_hold
from ebb.datasets.prepare import prepare
from ebb.datasets.source import FileSource
from ebb.datasets.split import NoSink
from ebb.errors import RefusedError
from ebb.settings.model_settings import ModelSettings
from examples.prepare_abalone import PREPARED

TYPE, ALLOWED = "ml.m5.xlarge", "ml.m5.*"


def test_a_matrix_that_the_instance_cannot_hold_is_refused() -> None:
    dataset = prepare(FileSource(PREPARED), ModelSettings(), NoSink(), max_bytes=10**9)
    refuse_what_the_instance_cannot_hold(dataset, TYPE, ALLOWED)
    large = replace(dataset, rows=dataset.rows | {"all": 1_000_000_000})
    with pytest.raises(RefusedError) as refused:
        refuse_what_the_instance_cannot_hold(large, TYPE, ALLOWED)
    assert [problem.code for problem in refused.value.problems] == ["too_large_for_instance"]
