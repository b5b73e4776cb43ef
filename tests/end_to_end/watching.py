"""What processes take while they live: the most memory, and how much of a processor."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.server import Server

_TICKS = os.sysconf("SC_CLK_TCK")
_SECONDS = 0.25


@dataclass
class Usage:
    """`peak`: bytes; `now`: those that no file backs; `processor`: seconds."""

    peak: int = 0
    now: int = 0
    processor: float = 0.0


@dataclass
class Watch:
    """Of the cloud, its functions (by their names) and its training jobs ("training")."""

    cloud: Server
    usage: dict[str, Usage] = field(default_factory=dict)

    @contextmanager
    def watching(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._until, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _until(self, ended: threading.Event) -> None:
        while not ended.wait(_SECONDS):
            self.look()

    def look(self) -> None:
        state = self.cloud.door("state")
        functions = {pid: name for name, pids in state["function_processes"].items() for pid in pids}
        jobs = {pid: "training" for pid in state["child_processes"] if "training_child" in _read(pid, "cmdline")}
        for pid, name in {self.cloud.pid: "cloud", **functions, **jobs}.items():
            _add(self.usage.setdefault(name, Usage()), pid)


def _add(usage: Usage, pid: int) -> None:
    lines = (line.split() for line in _read(pid, "status").splitlines())
    memory = {words[0]: int(words[1]) * 1024 for words in lines if words[-1] == "kB"}
    times = _read(pid, "stat").rpartition(")")[2].split()
    if memory and times:
        usage.peak, usage.now = max(usage.peak, memory["VmHWM:"]), memory["RssAnon:"]
        usage.processor = max(usage.processor, (int(times[11]) + int(times[12])) / _TICKS)


def _read(pid: int, name: str) -> str:
    """Nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
