"""A process that dies between two calls of AWS, whichever they are: the next one is never made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.emulated.stack import Stack

_SERVICES = ("s3", "dynamodb", "events", "sqs", "logs")


class DiedError(Exception):
    """Nothing catches it."""


class Countdown(list[tuple[str, str]]):
    """Of calls that are still made; the fake SageMaker's record of its calls, so that it hears of those, too."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left, self.made = left, 0

    def tick(self, **_: Any) -> None:
        if self.made == self.left:
            raise DiedError
        self.made += 1

    def append(self, call: tuple[str, str]) -> None:
        self.tick()
        super().append(call)


@contextmanager
def dying(stack: Stack, after: int) -> Iterator[Countdown]:
    """So many calls are made, and then no more."""
    countdown, calls = Countdown(after), stack.sagemaker.calls
    hooks = [getattr(stack.clients, service).meta.events for service in _SERVICES]
    for service, hook in zip(_SERVICES, hooks, strict=True):
        hook.register(f"before-call.{service}", countdown.tick)
    stack.sagemaker.calls = countdown
    try:
        yield countdown
    finally:
        stack.sagemaker.calls = [*calls, *countdown]
        for service, hook in zip(_SERVICES, hooks, strict=True):
            hook.unregister(f"before-call.{service}", countdown.tick)
