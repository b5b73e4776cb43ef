"""What goes on after an operation has answered."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any


def later(name: str, work: Callable[..., None], *arguments: Any) -> None:
    """In a thread of its own, for the same account and region."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work, *arguments), name=name, daemon=True).start()
