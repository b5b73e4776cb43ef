"""What goes wrong with one thing does not stop the rest; in the end one error lists all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ebb.errors import EbbError
from ebb.observability import logger

if TYPE_CHECKING:
    from types import TracebackType


class TickIncompleteError(EbbError):
    """The pass is finished, but not everything in it could be done; the message names what could not."""


@dataclass
class Failures:
    told: list[str] = field(default_factory=list)

    def of(self, what: str) -> Guard:
        """`with failures.of(…)`: what is raised inside is kept for the end."""
        return Guard(self, what)

    def raise_if_any(self) -> None:
        if self.told:
            raise TickIncompleteError("; ".join(self.told))


@dataclass(frozen=True)
class Guard:
    failures: Failures
    what: str

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.failures.told.append(f"{self.what}: {error}")
        logger.error("not done", extra={"about": self.what}, exc_info=error)
        return True
