"""What goes on after an operation has answered."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any


def later(name: str, work: Callable[..., None], *arguments: Any) -> None:
    """In a thread of its own, for the same account and region."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work, *arguments), name=name, daemon=True).start()


def wait_for(beginning: str, seconds: float) -> None:
    """Until the work whose name begins so has ended, or the time is up."""
    deadline = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread.name.startswith(beginning):
            thread.join(max(0.0, deadline - time.monotonic()))
