"""The cloud's end of the fork server: where serving containers come from."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_ANSWER_SECONDS = 60.0  # its own start included: an interpreter that loads xgboost
_END_SECONDS = 5.0
# One thread per library and one arena: forking is safe only without threads, and arenas would count as memory.
_SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True)
class ContainerFolder:
    """What a container is started with: its `/opt/ml`, its environment, its memory (None: the machine's)."""

    root: Path
    environment: dict[str, str]
    megabytes: int | None


@dataclass(frozen=True)
class Child:
    """A forked container; meaningful only to the parent that forked it."""

    parent: int
    pid: int


class WarmParent:
    """Starts the fork server at the first need, and again when it has died; it ends with this process."""

    def __init__(self) -> None:
        # Not below a model's folder: a socket's path may have 107 bytes only.
        self._sockets = Path(tempfile.mkdtemp(prefix="sm-"))
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def socket_path(self) -> Path:
        """Where the next container is to listen."""
        return self._sockets / str(next(self._numbers))

    def fork(self, container: ContainerFolder, socket_path: Path, output: int) -> Child:
        """OSError when there is no fork server to be had."""
        request = {
            "root": str(container.root),
            "socket": str(socket_path),
            "environment": {"PATH": os.environ["PATH"], **_SINGLE, **container.environment},
            "memory": container.megabytes,
        }
        with self._lock:
            try:
                return self._ask(request, [output])
            except OSError:
                self._discard()
            return self._ask(request, [output])

    def end(self, child: Child) -> None:
        """What another parent forked ended with it."""
        with self._lock:
            if self._process is None or self._process.pid != child.parent:
                return
            try:
                self._ask({"end": child.pid}, [])
            except OSError:
                self._discard()

    def close(self) -> None:
        """For good, with everything it has forked."""
        with self._lock:
            self._closed = True
            if self._control is None or self._process is None:
                return
            self._control.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            self._discard()

    def _ask(self, request: dict[str, Any], descriptors: list[int]) -> Child:
        control, process = self._running()
        message = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(control, [message], descriptors) if descriptors else 0
        control.sendall(message[sent:])
        answer = b""
        while not answer.endswith(b"\n"):
            block = control.recv(4096)
            if not block:
                raise ConnectionResetError("the fork server has ended")
            answer += block
        return Child(process.pid, json.loads(answer)["pid"])

    def _running(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        if self._closed:
            raise ConnectionAbortedError("the cloud is stopping")
        if self._control is None or self._process is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "local.container.fork_server"],
                    cwd=_ROOT,
                    env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **_SINGLE},
                    stdin=theirs.fileno(),
                )
            ours.settimeout(_ANSWER_SECONDS)
            self._control = ours
        return self._control, self._process

    def _discard(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


@cache
def warm_parent(_cloud: Path) -> WarmParent:
    """The one of the cloud with this folder."""
    return WarmParent()
