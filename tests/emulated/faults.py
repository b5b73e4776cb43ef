"""Every call to AWS, in order; and what a test wants to go wrong with one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import Stack

_SERVICES = ("cloudwatch", "dynamodb", "events", "logs", "s3", "sqs")
Fault = Callable[[int, str], str]


class Died(BaseException):
    """The function is over: nothing of it goes on, not even what would tell of an error."""


class _Listened(list[Any]):
    """What a fake notes down of its calls, one by one."""

    def __init__(self, heard: Callable[[Any], None], before: list[Any]) -> None:
        super().__init__(before)
        self.heard = heard

    def append(self, call: Any) -> None:
        super().append(call)
        self.heard(call)


@dataclass
class Faults:
    """`fault`: asked before each call, by its number and name: `refuse`, `lose` (done, unanswered), `die`, or none."""

    stack: Stack
    made: list[str] = field(default_factory=list)
    fault: Fault = lambda _number, _name: ""
    _is_lost: bool = False

    def __post_init__(self) -> None:
        for service in _SERVICES:
            hooks = getattr(self.stack.clients, service).meta.events
            hooks.register(f"before-call.{service}", self._before)
            hooks.register(f"after-call.{service}", self._after)
        sagemaker, runtime = self.stack.sagemaker, self.stack.runtime
        sagemaker.calls = _Listened(self._to_sagemaker, sagemaker.calls)
        runtime.calls = _Listened(self._to_runtime, runtime.calls)

    def begin(self, fault: Fault = lambda _number, _name: "") -> None:
        """Count from here."""
        self.made.clear()
        self.fault = fault

    def _next(self, name: str) -> str:
        self.made.append(name)
        what = self.fault(len(self.made) - 1, name)
        if what == "die":
            raise Died
        return what

    def _before(self, model: Any, **_: Any) -> None:
        what = self._next(model.name)
        self._is_lost = what == "lose"
        if what == "refuse":
            raise EndpointConnectionError(endpoint_url="https://aws")

    def _after(self, **_: Any) -> None:
        if self._is_lost:
            self._is_lost = False
            raise ReadTimeoutError(endpoint_url="https://aws")

    def _to_sagemaker(self, call: tuple[str, str]) -> None:
        what = self._next(call[0])
        if what == "refuse":
            raise client_error("InternalFailure", "refused")
        if what == "lose":
            self.stack.sagemaker.lose(call[0], client_error("InternalFailure", "lost"))

    def _to_runtime(self, _: Any) -> None:
        """Refused, it was not called at all."""
        what = self._next("invoke_endpoint")
        if what == "refuse":
            self.stack.runtime.calls.pop()
        if what:
            raise ReadTimeoutError(endpoint_url="https://runtime")
