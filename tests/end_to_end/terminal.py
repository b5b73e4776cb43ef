"""A program on a terminal of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

TIME_LIMIT = 60


def heed_interrupts() -> None:
    """A person's shell does; one that runs the tests in the background has told its children not to."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """Everything that the program writes to stdout and stderr."""

    def __init__(self, command: Sequence[str | Path], columns: int = 80, **variables: str) -> None:
        self._end, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        usual = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command,
            env=usual | variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=heed_interrupts,  # noqa: PLW1509  (no threads)
        )
        os.close(theirs)
        self._until = time.monotonic() + TIME_LIMIT
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    @classmethod
    def run(cls, command: Sequence[str | Path], columns: int = 80, **variables: str) -> Self:
        with cls(command, columns, **variables) as terminal:
            terminal.finish()
        return terminal

    @property
    def text(self) -> str:
        return self._read.decode()

    def wait_for(self, text: str) -> None:
        while text not in self.text:
            assert self._more(), f"it ended without {text!r}: {self.text}"

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def finish(self) -> int:
        while self._more():
            pass
        return self.process.wait(TIME_LIMIT)

    def _more(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], max(self._until - time.monotonic(), 0))
        assert ready, f"nothing more came in {TIME_LIMIT} s: {self.text}"
        with contextlib.suppress(OSError):  # Linux's way to say that nobody holds the other end
            if more := os.read(self._end, 65536):
                self._read += more
                return True
        return False
