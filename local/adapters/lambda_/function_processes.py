"""Functions run as on Lambda: an interpreter with boto3 only, Lambda's own variables only, a folder of their own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

from local.adapters.replacing import replace
from local.clock import Clock
from local.settings import Settings

_SITE = Path(__file__).parents[2] / "function_site"
_RUNTIME_VARIABLES = ("AWS_", "LAMBDA_", "_LAMBDA_", "_MINISTACK_")
_BUSY_SECONDS = 10.0
_KEPT_SECONDS = 15 * 60  # Lambda ends what nobody has called for about so long


def install(settings: Settings, clock: Clock) -> None:
    real_run = lambda_runtime.subprocess.Popen
    offset = Path(tempfile.mkdtemp(prefix="clock-")) / "offset"
    offset.write_text("0")

    def start(command: list[str], *, env: dict[str, str], cwd: str, **named: Any) -> Any:
        own_folder = Path(cwd).parent / "tmp"
        own_folder.mkdir(exist_ok=True)
        given = {name: value for name, value in env.items() if name.startswith(_RUNTIME_VARIABLES)}
        clean = given | {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(own_folder),
            "PYTHONPATH": str(_SITE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOCAL_CLOCK": str(offset),
        }
        command = [str(settings.function_python), *command[1:]]
        return real_run(command, env=clean, cwd=cwd, **named)

    # The module's own view of `subprocess`; what the function declares itself reaches it through its first message.
    replace(
        lambda_runtime,
        "subprocess",
        lambda module: SimpleNamespace(**{**vars(module), "Popen": start}),
    )

    def moved(seconds: float) -> None:
        written = offset.with_suffix(".new")
        written.write_text(str(clock.offset))
        written.replace(offset)  # each process reads it before its next event
        _end_those_of_before(seconds)

    clock.after_each_move(moved)


def _end_those_of_before(seconds: float) -> None:
    """Of a long move the processes end, as on Lambda; one that is at work is left to finish first, with the old time.

    What the move itself sets off is not waited for.
    """
    with lambda_runtime._lock:
        old = [worker for workers in lambda_runtime._workers.values() for worker in workers]
    deadline = time.monotonic() + _BUSY_SECONDS
    ends = seconds >= _KEPT_SECONDS
    while (old := _still_at_work(old, ends=ends)) and time.monotonic() < deadline:
        time.sleep(0.01)


def _still_at_work(workers: list[Any], *, ends: bool) -> list[Any]:
    """Those that are; whether the others end."""
    with lambda_runtime._lock:
        idle = [worker for worker in workers if not worker.in_use]
        if not ends:
            return [worker for worker in workers if worker.in_use]
        for known in lambda_runtime._workers.values():
            known[:] = [worker for worker in known if worker not in idle]
    lambda_runtime.kill_workers(idle)
    return [worker for worker in workers if worker not in idle]


def stop() -> None:
    """End every function process and remove its folder."""
    lambda_runtime.reset()
