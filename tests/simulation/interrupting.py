"""Something happens at a call that a function makes: before it, or between its being done and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ebb.aws.clients import Clients

_CLIENTS = ("s3", "sagemaker", "sagemaker_runtime", "dynamodb", "events", "sqs", "logs", "cloudwatch")


class Died(BaseException):
    """The function is gone: nothing in it hears of that."""


def die() -> None:
    raise Died


@dataclass
class Interruptions:
    """At a step, or when an operation is called for the first time.

    Steps count from 0: an even one is before a call, the odd one after it is when it was done.
    """

    happen: dict[int | str, Callable[[], object]]
    step: int = field(default=0, init=False)

    def around(self, clients: Clients) -> Clients:
        wrapped = Clients(clients.session)
        vars(wrapped).update({name: _Client(getattr(clients, name), self) for name in _CLIENTS})
        return wrapped

    def pass_by(self, operation: str = "") -> None:
        happens = self.happen.pop(self.step, None) or self.happen.pop(operation, None)
        self.step += 1
        if happens:
            happens()


@dataclass(frozen=True)
class _Client:
    client: Any
    interruptions: Interruptions

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        if name == "exceptions":
            return found
        if name == "get_paginator":
            return lambda operation: _Paginator(operation, found(operation), self.interruptions)
        return lambda **asked: self._call(name, found, asked)

    def _call(self, name: str, operation: Callable[..., Any], asked: dict[str, Any]) -> Any:
        self.interruptions.pass_by(name)
        answer = operation(**asked)
        self.interruptions.pass_by()
        return answer


@dataclass(frozen=True)
class _Paginator:
    operation: str
    paginator: Any
    interruptions: Interruptions

    def paginate(self, **asked: Any) -> Iterator[Any]:
        self.interruptions.pass_by(self.operation)
        for page in self.paginator.paginate(**asked):
            self.interruptions.pass_by()
            yield page
