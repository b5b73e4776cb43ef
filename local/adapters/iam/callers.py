"""Which function process makes the call that is being answered: the one that holds the other end of its connection."""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

connection: contextvars.ContextVar[tuple[int, int]] = contextvars.ContextVar("connection", default=(0, 0))


def kill() -> int | None:
    """SIGKILL the calling function, as when Lambda takes the machine away; None when the caller is not a function."""
    inode = _socket_inode(*connection.get())
    for pid in function_pids() if inode else ():
        if _holds(pid, f"socket:[{inode}]"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            return pid
    return None


def function_pids() -> list[int]:
    return [pid for pids in function_processes().values() for pid in pids]


def function_processes() -> dict[str, list[int]]:
    """The living processes of each function."""
    living: dict[str, list[int]] = {}
    for worker in _workers():
        process = worker._proc
        if process is not None and process.poll() is None:
            living.setdefault(worker.func_name, []).append(process.pid)
    return living


def functions_at_work() -> dict[str, int]:
    """How many invocations of each function are under way."""
    return dict(Counter(worker.func_name for worker in _workers() if worker.in_use))


def _workers() -> list[Any]:
    with lambda_runtime._lock:
        return [worker for workers in lambda_runtime._workers.values() for worker in workers]


def _socket_inode(client_port: int, server_port: int) -> str | None:
    """Of the client's end: the same connection, seen from the other side."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = tuple(int(end.rpartition(":")[2], 16) for end in fields[1:3])
        if ports == (client_port, server_port) and fields[9] != "0":
            return fields[9]
    return None


def _holds(pid: int, name: str) -> bool:
    try:
        return any(link.readlink().name == name for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
