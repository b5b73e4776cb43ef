"""`make demo` as a newcomer runs it, but piped: one line for each thing that happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ROOT
from tests.end_to_end.terminal import heed_interrupts

MILESTONES = [
    "sam deploy",
    "aws s3 cp examples/abalone.csv",
    "✓ .* uploaded",
    "✓ .* checked +4,177 rows",
    "✓ .* Starting",
    "✓ .* Training",
    "✓ .* Completed",
    "✓ .* Creating",
    "✓ .* InService",
    r"^ +0 +2\.\d{5} +2\.\d{5}$",
    r"^ +49 +1\.\d{5} +2\.\d{5}$",
    "(^ +(male|female|infant) .* [0-9]+ +[0-9.]+\n){5}",
    "cold call +CPU .* ms, wall .* ms$",
    "warm call +CPU .* ms, wall .* ms",
    "the clock of the local cloud is moved by 25 hours",
    "✓ .* probed",
    "✓ .* margin passed",
    "✓ .* asleep +announced as EndpointAsleep",
    "✓ .* gone",
    "ebb-abalone is asleep: no call",
    "Could not find endpoint",
    "endpoint config +still there: ebb-abalone-",
    "model +still there: ebb-abalone-",
    "latest.json +stage: asleep",
    "ebb predict abalone rows.csv",
    "✓ .* called",
    "✓ .* waking +announced as EndpointWaking",
    "✓ .* Creating",
    "✓ .* InService",
    r"(^ +([0-9.]+) +\2\n){5}",
    "Everything is stopped",
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """For its temporary files. Not tmp_path, which is too long for the Unix sockets below it."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        yield Path(name)


@pytest.fixture
def demo(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509  (no threads)
    )
    with process:
        yield process
        process.kill()


def processes_of(session: int, folder: Path) -> list[str]:
    """Those of the session, and all others that have the folder in their environment or in their arguments."""
    return [
        (process / "cmdline").read_text().replace("\0", " ")
        for process in Path("/proc").glob("[0-9]*")
        if _belongs(process, session, folder)
    ]


def _belongs(process: Path, session: int, folder: Path) -> bool:
    try:
        state, *numbers = (process / "stat").read_text().rpartition(")")[2].split()
        known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
    except OSError:
        return False
    return state != "Z" and (int(numbers[2]) == session or str(folder).encode() in known)


def read_until(demo: subprocess.Popen[str], words: str) -> None:
    assert demo.stdout is not None
    for line in demo.stdout:
        if words in line:
            return
    pytest.fail(f"the demo ended without saying {words!r}")


def test_the_demo_goes_from_the_upload_to_an_endpoint_that_is_gone_and_comes_back(
    demo: subprocess.Popen[str], folder: Path
) -> None:
    said, _ = demo.communicate(timeout=500)
    assert demo.returncode == 0, said
    rest = said
    for milestone in MILESTONES:
        found = re.search(milestone, rest, re.MULTILINE)
        assert found, f"{milestone!r} is missing, or not in its place:\n{said}"
        rest = rest[found.end() :]
    assert shape(said) == shape(transcript()), "show the README a new transcript"
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 80
    assert processes_of(demo.pid, folder) == []
    assert list(folder.iterdir()) == []


def transcript() -> str:
    """The run that the README shows."""
    block = re.search(r"<!-- transcript -->\n```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    return block[1]


def shape(said: str) -> list[str]:
    """The lines without what differs from run to run: numbers, times, ids, and the spaces that make room for them."""
    named = re.sub(r"(ebb-databucket-|ebb-abalone-\d{12}-)[a-z0-9]+", r"\1…", said)
    return [re.sub(r"[\d.,]+", "0", " ".join(line.split())) for line in named.strip().splitlines()]


@pytest.mark.parametrize("moment", ["local cloud", pytest.param("Training", marks=pytest.mark.soak)])
def test_ctrl_c_leaves_nothing(demo: subprocess.Popen[str], folder: Path, moment: str) -> None:
    read_until(demo, moment)
    assert processes_of(demo.pid, folder) != []
    os.killpg(demo.pid, signal.SIGINT)
    said, _ = demo.communicate(timeout=120)
    assert demo.returncode == 130, said
    assert said.splitlines()[-1:] == ["Stopped. Nothing is left running."]
    assert "Traceback" not in said
    assert processes_of(demo.pid, folder) == []
    assert list(folder.iterdir()) == []
