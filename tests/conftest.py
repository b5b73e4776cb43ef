"""In which order the tests run, and how `make test` shares them out between its workers.

A cloud with a deployed stack takes as long as a hundred quick tests: what needs one is for one worker, which begins
with it. Everything else is shared out by files.
"""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest

# How long an example takes says how busy the machine is, and nothing else.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

# By folder or file. What moves the clock by days comes before there is much that falls asleep with it.
TOGETHER = {
    "end_to_end/deployment/": "a stack that misbehaves",
    "end_to_end/test_ebbing.py": "the stack",
    "end_to_end/test_least_privilege": "the stack",
    "end_to_end/test_predict_callers.py": "the stack",
    "end_to_end/test_ebb_commands.py": "the stack",
    "end_to_end/test_requests.py": "the stack",
    "end_to_end/test_corrected_settings.py": "the stack",
    "end_to_end/test_counts_loaded.py": "the stack",
    "end_to_end/test_examples.py": "the stack",
    "end_to_end/test_large_upload.py": "the stack",
    "end_to_end/test_notebook_run.py": "the stack",
    "end_to_end/test_refusals.py": "the stack",
    "end_to_end/test_tide.py": "the stack",
    "end_to_end/test_twice.py": "the stack",
    "end_to_end/in_process/": "functions in the test's process",
}
# What takes long comes first, so that no worker is left with it at the end.
LONGEST_FIRST = (*TOGETHER, "end_to_end/", "simulation/", "unit/ebb/datasets/", "emulated/", "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Instead of `--dist loadfile`; its `loadgroup` knows no groups since pytest 9.2 (pytest-xdist's issue 1386)."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

    config.option.loadscopereorder = False  # or what has the most tests would come first
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = unit
    return scheduler


def unit(nodeid: str) -> str:
    """What is for one worker."""
    path = _below_tests(nodeid)
    return next((name for begins, name in TOGETHER.items() if path.startswith(begins)), path.partition("::")[0])


def place(nodeid: str) -> int:
    path = _below_tests(nodeid)
    return next(number for number, begins in enumerate(LONGEST_FIRST) if path.startswith(begins))


def _below_tests(nodeid: str) -> str:
    return nodeid.removeprefix("tests/")
