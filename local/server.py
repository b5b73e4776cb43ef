"""The local cloud as a process of its own, started and stopped by whoever needs one."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from local.settings import NUMBERS, Settings
from local.stack import ROOT, VENV, Administrator

READY_SECONDS = 30.0


class NotReadyError(RuntimeError):
    """The server ended, or did not answer, before it was ready; the message is what it printed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`with Server(settings) as server:` — a local cloud that ends with the block, or with this process."""

    def __init__(self, settings: Settings, log: Path, *, stays: bool = False) -> None:
        self.settings = replace(settings, secret=settings.secret or secrets.token_urlsafe(24))
        self.admin = Administrator(self.settings)
        self._log, self._stays = log, stays
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        command = [sys.executable, "-m", "local", "--port", str(self.settings.port)]
        if not self._stays:
            command += ["--parent", str(os.getpid())]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever started it, who then stops it in order
            )
        self._wait_until_ready()
        return self

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "LOG_LEVEL") if name in os.environ}
        return {
            **kept,
            **{name.upper(): str(getattr(self.settings, name)) for name in NUMBERS},
            "AWS_SECRET_ACCESS_KEY": self.settings.secret,
            "FUNCTION_PYTHON": str(VENV / "lambda/bin/python"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        while not self._log.read_text(errors="replace").rstrip().endswith("ready"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NotReadyError(self._log.read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def door(self, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST with a body, `/_local/<name>`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.settings.endpoint_url}/_local/{name}", data=data)  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy leads to this machine
        with opener.open(request, timeout=60) as answer:
            return dict(json.load(answer))

    def advance(self, duration: str) -> None:
        """Move the cloud's clock forward: `90s`, `15m`, `24h`."""
        self.door("clock", {"advance": duration})

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
