"""docs/calls.md against a recording: what each event costs in calls, and how far that is from the least possible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.in_process.crashes import FIRST, MODEL, SECOND
from tests.end_to_end.in_process.shore import Coast
from tests.end_to_end.in_process.wire import Invocation

PAGE = Path(__file__).parents[3] / "docs/calls.md"
MOST_BEYOND = 2
Table = dict[str, tuple[int, int]]


def tables() -> dict[str, Table]:
    """Made and least, by call, below each heading."""
    found: dict[str, Table] = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            found[line.removeprefix("## ")] = {}
        elif row := re.fullmatch(r"\| `(\S+)` \| (\d+) \| (\d+) \| .+ \|", line):
            found[list(found)[-1]][row[1]] = int(row[2]), int(row[3])
    return found


@pytest.fixture(scope="module")
def recorded(coast: Coast) -> dict[str, Counter[str]]:
    """Without model.toml, and nothing has to wait."""
    with coast.shore() as shore:
        for name, content in (("0.csv", FIRST), ("1.csv", SECOND)):
            shore.upload(MODEL, content, name)
            shore.run_until_quiet()
        made = shore.wire.invocations
    first_start = next(_with(made, "sagemaker:CreateTrainingJob"))
    trying = list(_with(made, "sagemaker:CreateEndpoint"))[-1]
    proving = next(one for one in _with(made[made.index(trying) :], "sagemaker-runtime:InvokeEndpoint"))
    updating = next(_with(made, "sagemaker:UpdateEndpoint"))
    return {
        "From an upload to its training job": Counter(first_start.calls),
        "From a completed job to its candidate": Counter(trying.calls),
        "From a candidate to its promotion": Counter(proving.calls),
        "From a promotion to the update": Counter(updating.calls),
    }


def _with(invocations: list[Invocation], call: str) -> Iterator[Invocation]:
    return (one for one in invocations if call in one.calls)


@pytest.mark.parametrize("heading", list(tables()))
def test_the_page_tells_what_is_called(recorded: dict[str, Counter[str]], heading: str) -> None:
    assert recorded[heading] == {call: made for call, (made, _) in tables()[heading].items()}


def test_an_upload_and_a_completed_job_cost_no_more_than_two_calls_beyond_the_least() -> None:
    for heading, table in tables().items():
        assert sum(made - least for made, least in table.values()) <= MOST_BEYOND, heading
    after_training = [table for heading, table in tables().items() if "upload" not in heading]
    assert sum(made - least for table in after_training for made, least in table.values()) <= MOST_BEYOND
