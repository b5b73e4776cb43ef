"""One serving container: a process that answers HTTP on a Unix socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from local.sagemaker.container_logs import ContainerLogs, Stream
from local.sagemaker.warm_parent import ContainerFolder, WarmParent

PING_SECONDS = 2.0  # AWS documents: a container must answer /ping within 2 seconds


class InstanceFailedError(Exception):
    """The container did not start, or did not answer `/ping` with 200 in time."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path, self._seconds = path, seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._seconds)
        self.sock.connect(self._path)


class Instance:
    """Starts the container and waits for its first ping."""

    def __init__(
        self, parent: WarmParent, logs: ContainerLogs, container: ContainerFolder, stream: Stream, deadline: float
    ) -> None:
        self.idle_since = 0.0
        self._parent = parent
        self._socket = parent.socket_path()
        reading, writing = os.pipe()
        try:
            self._child = parent.fork(container, self._socket, writing)
        except OSError as error:
            os.close(reading)
            raise InstanceFailedError(f"The container could not be started: {error}") from error
        finally:
            os.close(writing)
        self._ended = logs.follow(reading, stream)
        try:
            self._wait_for_ping(deadline)
        except BaseException:
            self.stop()
            raise

    def _wait_for_ping(self, deadline: float) -> None:
        while not self._socket.exists():
            if not self.alive:
                raise InstanceFailedError("The container ended before it answered a ping.")
            if time.monotonic() > deadline:
                raise InstanceFailedError("The container did not listen in time.")
            self._ended.wait(0.003)
        left = deadline - time.monotonic()
        try:
            answer = self.send("GET", "/ping", {}, b"", max(left, 0.001))
        except (OSError, http.client.HTTPException) as error:
            raise InstanceFailedError(f"The container did not answer its first ping: {error}") from error
        if answer.status != http.client.OK:
            raise InstanceFailedError(f"The container answered its first ping with {answer.status}.")

    @property
    def alive(self) -> bool:
        """Its output is open as long as it lives."""
        return not self._ended.is_set()

    def answers_ping(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.send("GET", "/ping", {}, b"", PING_SECONDS).status == http.client.OK
        return False

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes, seconds: float) -> Answer:
        """TimeoutError when it does not answer in time; another OSError or HTTPException when it died."""
        connection = _UnixConnection(str(self._socket), seconds)
        with contextlib.closing(connection):
            with _unless_answered_early():
                connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Content-Type", ""), response.read())

    def stop(self) -> None:
        """At once: a container has nothing to put in order."""
        self._parent.end(self._child)
        self._socket.unlink(missing_ok=True)


@contextlib.contextmanager
def _unless_answered_early() -> Iterator[None]:
    """A container may answer and close before it has read everything; its answer is there all the same."""
    with contextlib.suppress(BrokenPipeError):
        yield
