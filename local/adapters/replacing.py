"""Replace one name in one of ministack's modules, or say clearly that it is no longer there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


class InternalMovedError(RuntimeError):
    """An internal of ministack that an adapter stands on is not where it was in the pinned version."""


def replace(module: ModuleType | type, name: str, wrap: Callable[[Any], Any]) -> None:
    """Set `module.name` (or a class's method) to `wrap(its present value)`."""
    present = getattr(module, name, None)
    if present is None:
        raise InternalMovedError(f"{module.__name__}.{name} is gone: this ministack is not the pinned version")
    setattr(module, name, wrap(present))
