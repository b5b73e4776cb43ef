"""One serving container: a process that answers HTTP on a Unix socket."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from local.sagemaker.role import LogStream

START_SECONDS = 180.0
ANSWER_SECONDS = 60.0


class InstanceFailedError(Exception):
    """The container did not start, or did not answer `/ping` with 200 in time."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(self._path)


class Instance:
    """Starts the container and waits for its first ping. One call at a time."""

    def __init__(self, folder: Path, environment: dict[str, str], log: LogStream) -> None:
        self.idle_since = 0.0
        # Not below the model's folder: a socket's path may have 107 bytes only.
        self._sockets = tempfile.TemporaryDirectory(prefix="sm-")
        path = f"{self._sockets.name}/s"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.container.serve", str(folder), path],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._pass_on, args=(log,), daemon=True).start()
        self._connection = _UnixConnection(path)
        try:
            self._wait_for_ping(Path(path))
        except BaseException:
            self.stop()
            raise

    def _wait_for_ping(self, path: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not path.exists():
            if not self.alive or time.monotonic() > deadline:
                raise InstanceFailedError(
                    "The primary container for production variant did not pass the ping health check. "
                    "Please check CloudWatch logs for this endpoint."
                )
            time.sleep(0.005)
        answer = self.send("GET", "/ping", {}, b"")
        if answer.status != 200:
            raise InstanceFailedError(
                "The primary container for production variant did not pass the ping health check "
                f"(it answered {answer.status}). Please check CloudWatch logs for this endpoint."
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """TimeoutError after 60 seconds; OSError or HTTPException when the container died."""
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        return Answer(response.status, response.getheader("Content-Type", ""), response.read())

    def stop(self) -> None:
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._sockets.cleanup()

    def _pass_on(self, log: LogStream) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            log.write([line.rstrip("\n")])
