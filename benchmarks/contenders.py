"""Who takes part in the dataset benchmark, and one run of each: a process of its own, on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from benchmarks.dataset_files import Kind
from benchmarks.peers.job import HELD_OUT, OUT, TRAIN, VALIDATION

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".local" / "venv" / "bench" / "bin" / "python"
ONE_THREAD = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
ENVIRONMENT = os.environ | ONE_THREAD | {"PYTHONPATH": "functions"}
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
BLOCK = 1 << 20


class Wrong(Exception):
    """A contender did not do what it is measured for."""


@dataclass(frozen=True)
class Contender:
    name: str
    peer: str = ""  # module below benchmarks.peers
    way: str = "verbatim"
    reformats: bool = False  # numbers are written in another text than the file's

    def command(self, kind: Kind, path: Path) -> list[str]:
        python = sys.executable if self.peer == "ebb" else str(PEERS)
        return [python, "-m", f"benchmarks.peers.{self.peer}", self.way, kind.name, str(path)]


EBB = Contender("Ebb", "ebb")
IDLE = Contender("Ebb, idle", "ebb", "idle")
POLARS = (
    Contender("Polars, verbatim", "polars"),
    Contender("Polars, eager", "polars", "eager", reformats=True),
    Contender("Polars, streaming", "polars", "streaming", reformats=True),
)
OTHERS = (Contender("DuckDB", "duckdb"), Contender("pandas", "pandas"), Contender("pyarrow", "pyarrow"))
NOTHING, COPY = Contender("cat > /dev/null"), Contender("cat > copy")
ALL = (NOTHING, COPY, EBB, *POLARS, *OTHERS)


@dataclass(frozen=True)
class Run:
    """What one run took: seconds by the clock, seconds of the core, bytes of memory at the peak (0: not measured)."""

    seconds: float
    busy: float
    peak: int
    facts: dict[str, Any]


def on_one_core() -> None:
    """For this process and all that it starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(contender: Contender, kind: Kind, path: Path) -> Run:
    """One run, proven to have written every row once; what it wrote is gone afterwards."""
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        if not contender.peer:
            return _cat(path, OUT / "copy" if contender is COPY else Path(os.devnull))
        ended = _process(contender.command(kind, path))
        _prove(contender, kind, ended.facts)
        return ended
    finally:
        for file in OUT.iterdir():
            file.unlink()


def idle(kind: Kind) -> int:
    """The peak of a process that has only imported the package."""
    return _process(IDLE.command(kind, ROOT)).peak


def refusal(contender: Contender, kind: Kind, path: Path) -> str | None:
    """Why a contender refuses a file; nothing if it takes it."""
    try:
        run(contender, kind, path)
    except Wrong as error:
        return str(error)
    return None


def _process(command: list[str]) -> Run:
    said, ended = _waited(command, subprocess.PIPE)
    facts: dict[str, Any] = json.loads(said.splitlines()[-1])
    return Run(facts.pop("seconds"), facts.pop("busy"), ended.peak, facts)


def _cat(path: Path, to: Path) -> Run:
    with to.open("wb") as copy:
        return replace(_waited(["cat", str(path)], copy)[1], peak=0)  # not its own: a fork starts with the parent's


def _waited(command: list[str], output: IO[bytes] | int) -> tuple[str, Run]:
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT) as process:
        said = process.stdout.read().decode().strip() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Wrong(said.splitlines()[-1] if said else f"{command[0]} ended with {process.returncode}")
    seconds, busy = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return said, Run(seconds, busy, used.ru_maxrss * MAXRSS_UNIT, {})


def _prove(contender: Contender, kind: Kind, facts: dict[str, Any]) -> None:
    if contender is IDLE:
        return
    train, validation = _lines(TRAIN), _lines(VALIDATION)
    if train + validation != facts["rows"]:
        raise Wrong(f"{contender.name} read {facts['rows']} rows and wrote {train} + {validation}")
    if facts["rows"] > BLOCK and not HELD_OUT - 0.01 < validation / facts["rows"] < HELD_OUT + 0.01:
        raise Wrong(f"{contender.name} held out {validation} of {facts['rows']} rows")
    for path in (TRAIN, VALIDATION):
        with path.open() as file:
            width = len(file.readline().split(","))
        if width != kind.width:
            raise Wrong(f"{contender.name} wrote {width} cells instead of {kind.width}")


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def disagreements(found: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Contenders that found other facts in the same file: then they did not do the same work."""
    for (one, facts), (other, others) in pairwise(found.items()):
        if not _agree(facts, others):
            yield f"{one} and {other} disagree: {facts} and {others}"


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """A missing share has six decimals in dataset.json, so a count may be off by one in a million."""
    for member in ("rows", "sha256"):
        if one[member] != other[member]:
            return False
    return all(
        (a["minimum"], a["maximum"]) == (b["minimum"], b["maximum"])
        and abs(a["missing"] - b["missing"]) <= 1 + one["rows"] / 1_000_000
        for a, b in zip(one["columns"], other["columns"], strict=True)
    )
