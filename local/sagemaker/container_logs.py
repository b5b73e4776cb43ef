"""What containers print, on its way to CloudWatch Logs: read at once, written in batches, waited for by nobody."""

from __future__ import annotations

import os
import selectors
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

_BATCH_SECONDS = 0.1
_WAITING_LINES = 50_000  # older ones are lost then: better than a cloud that grows without end


class Stream(Protocol):
    def write(self, lines: list[str]) -> None: ...


OpenStream = Callable[[], Stream]


class LazyStream:
    """A log stream that exists from its first line on."""

    def __init__(self, create: OpenStream) -> None:
        self._create = create
        self._stream: Stream | None = None

    def write(self, lines: list[str]) -> None:
        if self._stream is None:
            self._stream = self._create()
        self._stream.write(lines)


@dataclass
class _Output:
    stream: Stream
    ended: threading.Event
    unfinished: bytes = b""


@dataclass
class ContainerLogs:
    """One thread reads all containers' output, another writes it; neither stops for a container's trouble."""

    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _waiting: deque[tuple[Stream, str]] = field(default_factory=lambda: deque(maxlen=_WAITING_LINES))
    _something: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"container logs {work.__name__}", daemon=True).start()

    def follow(self, descriptor: int, stream: Stream) -> threading.Event:
        """Pass on what comes out of the pipe; the event is set when its last writer has ended."""
        output = _Output(stream, threading.Event())
        self._selector.register(descriptor, selectors.EVENT_READ, output)
        return output.ended

    def _read(self) -> None:
        while True:
            for key, _ in self._selector.select(timeout=1.0):
                self._take(key.fd, key.data)

    def _take(self, descriptor: int, output: _Output) -> None:
        block = os.read(descriptor, 65536)
        *lines, output.unfinished = (output.unfinished + block).split(b"\n")
        if not block:
            self._selector.unregister(descriptor)
            os.close(descriptor)
            output.ended.set()
            lines += [output.unfinished] if output.unfinished else []
        if lines:
            self._waiting.extend((output.stream, line.decode(errors="replace")) for line in lines)
            self._something.set()

    def _write(self) -> None:
        while self._something.wait():
            self._something.clear()
            threading.Event().wait(_BATCH_SECONDS)
            batches: dict[int, tuple[Stream, list[str]]] = {}
            while self._waiting:
                stream, line = self._waiting.popleft()
                batches.setdefault(id(stream), (stream, []))[1].append(line)
            for stream, lines in batches.values():
                _write_whatever_happens(stream, lines)


def _write_whatever_happens(stream: Stream, lines: list[str]) -> None:
    try:
        stream.write(lines)
    except Exception as lost:  # noqa: BLE001  (a role that may no longer write, a group that was deleted: not our end)
        print(f"container log lost ({len(lines)} lines): {lost}", flush=True)


@cache
def container_logs(_cloud: Path) -> ContainerLogs:
    """The one of the cloud with this folder."""
    logs = ContainerLogs()
    logs.start()
    return logs
