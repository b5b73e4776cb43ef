"""One warm process that has loaded xgboost, and forks a serving container at each request.

Started by itself a container takes half a second and 60 MB of its own; forked it takes milliseconds, and 7 MB beside
what it shares. A request is a line of JSON on the socket that is standard input:

    {"root": …, "socket": …, "environment": {…}, "memory": megabytes or null}   with the descriptor to print to
    {"end": pid}

and so is the answer: {"pid": …}. When that socket closes, this process and all that it forked end.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from local.container import invocations, scoring, unix_http  # noqa: F401  (loaded once, for all that are forked)
from local.container.memory import limit_memory
from local.container.serve import serve

_REAP_SECONDS = 1.0


class ForkServer:
    """Knows its children until it has reaped them, so that it never signals a process that is not its own."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: set[int] = set()
        # A child's standard input. Only this process holds the other end, so it closes when this process is no more.
        self._ends_with_me, self._held = os.pipe()

    def run(self) -> None:
        """Answer requests until there is nobody to make them."""
        while True:
            readable, _, _ = select.select([self._control], [], [], _REAP_SECONDS)
            self._reap()
            if not readable:
                continue
            request, descriptors = self._receive()
            if request is None:
                break
            pid = self._end(request["end"]) if "end" in request else self._fork(request, descriptors[0])
            self._control.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        for pid in list(self._children):
            self._end(pid)

    def _receive(self) -> tuple[dict[str, Any] | None, list[int]]:
        line, descriptors = b"", []
        while not line.endswith(b"\n"):
            block, given, _, _ = socket.recv_fds(self._control, 65536, 1)
            if not block:
                return None, []
            line += block
            descriptors += given
        return json.loads(line), descriptors

    def _fork(self, request: dict[str, Any], output: int) -> int:
        pid = os.fork()
        if pid == 0:
            self._become_container(request, output)
        os.close(output)
        self._children.add(pid)
        return pid

    def _become_container(self, request: dict[str, Any], output: int) -> NoReturn:
        try:
            os.dup2(self._ends_with_me, 0)  # in place of the control socket
            os.dup2(output, 1)
            os.dup2(output, 2)
            for descriptor in (output, self._ends_with_me, self._held):
                os.close(descriptor)
            os.environ.clear()
            os.environ.update(request["environment"])
            if request["memory"]:
                limit_memory(request["memory"])
            serve(Path(request["root"]), Path(request["socket"]))
        except BaseException:  # noqa: BLE001  (nothing may return into the parent's code)
            traceback.print_exc()
        os._exit(1)

    def _end(self, pid: int) -> int:
        if pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._children.discard(pid)
        return pid

    def _reap(self) -> None:
        while self._children:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.discard(pid)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the cloud, which then closes the socket
    ForkServer(socket.socket(fileno=0)).run()
    sys.exit(0)
