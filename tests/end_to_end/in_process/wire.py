"""Every AWS call of an invocation, numbered; one of them may be struck by a fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ConnectionClosedError

from local.server import Server
from local.stack import REGION

T = TypeVar("T")
Item = dict[str, dict[str, Any]]
_FAILURES = {"s3": "InternalError", "dynamodb": "InternalServerError", "logs": "ServiceUnavailableException"}
_THROTTLES = {
    "s3": ("SlowDown", 503),
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "sqs": ("RequestThrottled", 403),
    "cloudwatch": ("Throttling", 400),
}


class Fault(StrEnum):
    FAILS = "fails"
    ANSWER_LOST = "answer lost"
    THROTTLED = "throttled"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    OVERTAKEN = "overtaken"  # by another invocation, which runs from its beginning to its end before the call


class ProcessKilled(BaseException):
    """Not an Exception: nothing in a function can handle the end of its process."""


@dataclass(frozen=True)
class Strike:
    """`call` counts from 0 within the invocation."""

    invocation: int
    call: int
    fault: Fault


@dataclass
class Invocation:
    """`again`: the same function on the same event, from its beginning."""

    number: int
    function: str
    again: Callable[[], object]
    calls: list[str] = field(default_factory=list)
    dead: bool = False


@dataclass
class Wire:
    """`invocations`: all since the case began; `_open`: those at work, each but the first one beside the one before.

    `beside`: what overtakes, if it is not the same event once more.
    """

    strike: Strike | None = None
    beside: Callable[[], object] | None = None
    invocations: list[Invocation] = field(default_factory=list)
    struck: str = ""
    steps: set[tuple[str, str]] = field(default_factory=set)
    _open: list[Invocation] = field(default_factory=list)
    _states: dict[str, str] = field(default_factory=dict)

    def wrote(self, item: Item) -> None:
        """A row of the ledger: `steps` are those between the states of the models' endpoints."""
        if item["record"]["S"] != "endpoint":
            return
        model, state = item["model"]["S"], item["state"]["S"]
        before = self._states.get(model, "none")
        self._states[model] = state
        if before != state:
            self.steps.add((before, state))

    @contextmanager
    def invocation(self, function: str, again: Callable[[], object]) -> Iterator[None]:
        begun = Invocation(len(self.invocations), function, again)
        self.invocations.append(begun)
        self._open.append(begun)
        try:
            yield
        finally:
            self._open.pop()

    def call(self, service: str, operation: str, effect: Callable[[], T]) -> T:
        """A call of a service that lives in this process."""
        if refused := self.before(service, operation):
            raise ClientError(refused, operation)  # type: ignore[arg-type]
        answer = effect()
        self.after()
        return answer

    def before(self, service: str, operation: str) -> dict[str, Any] | None:
        """The error's answer, where the call is not to be made."""
        now = self._open[-1]
        if now.dead:
            raise ProcessKilled
        now.calls.append(f"{service}:{operation}")
        fault = self._fault(now)
        if fault is None:
            return None
        self.struck = f"{now.function} {fault} at {now.calls[-1]}"
        if fault is Fault.KILLED_BEFORE:
            now.dead = True
            raise ProcessKilled
        if fault is Fault.OVERTAKEN:
            (self.beside or now.again)()
        return _refusal(service, operation, fault) if fault in (Fault.FAILS, Fault.THROTTLED) else None

    def after(self) -> None:
        now = self._open[-1]
        fault = self._fault(now)
        if fault is Fault.KILLED_AFTER:
            now.dead = True
            raise ProcessKilled
        if fault is Fault.ANSWER_LOST:
            raise ConnectionClosedError(endpoint_url=now.calls[-1])

    def _fault(self, now: Invocation) -> Fault | None:
        strike = self.strike
        met = strike is not None and (strike.invocation, strike.call) == (now.number, len(now.calls) - 1)
        return strike.fault if strike and met else None


def _refusal(service: str, operation: str, fault: Fault) -> dict[str, Any]:
    code, status = _FAILURES.get(service, "InternalFailure"), 500
    if fault is Fault.THROTTLED:
        code, status = _THROTTLES.get(service, ("ThrottlingException", 400))
    if operation.startswith("Head"):  # has no body, so no code either
        code = str(status)
    return {"Error": {"Code": code, "Message": "Rate exceeded"}, "ResponseMetadata": {"HTTPStatusCode": status}}


class Session:
    """Makes the clients as boto3's session does: of this process where there is one, else of the local cloud.

    Each is made once for all cases: that takes longer than most cases. `wire` is the case's own.
    """

    region_name = REGION

    def __init__(self, cloud: Server) -> None:
        self._cloud = cloud
        self._session = boto3.session.Session(cloud.settings.access_key, cloud.settings.secret, region_name=REGION)
        self._made: dict[str, Any] = {}
        self.own: dict[str, Any] = {}
        self.wire = Wire()
        self._items: list[Item] = []

    def client(self, service: str, config: Any = None) -> Any:
        if service in self.own:
            return self.own[service]
        if service not in self._made:
            made = self._session.client(service, endpoint_url=self._cloud.settings.endpoint_url, config=config)  # type: ignore[call-overload]
            made.meta.events.register_last("before-call", self._before)
            made.meta.events.register_last("after-call", self._after)
            self._made[service] = made
        return self._made[service]

    def _before(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, Any] | None:
        """Here botocore's own retries are not reached: the fault holds for all of them."""
        refused = self.wire.before(model.service_model.service_name, model.name)
        if refused is None:
            self._items = _written(model.name, params)
            return None
        return AWSResponse("", refused["ResponseMetadata"]["HTTPStatusCode"], HTTPHeaders(), None), refused

    def _after(self, parsed: dict[str, Any], **_: Any) -> None:
        """A body that nobody gets to read is closed, as the end of a process would."""
        for item in self._items if "Error" not in parsed else ():
            self.wire.wrote(item)
        self._items = []
        try:
            self.wire.after()
        except BaseException:
            if "Body" in parsed:
                parsed["Body"].close()
            raise


def _written(operation: str, params: dict[str, Any]) -> list[Item]:
    """What a call puts into DynamoDB as a whole."""
    if operation == "PutItem":
        return [json.loads(params["body"])["Item"]]
    if operation == "TransactWriteItems":
        return [action["Put"]["Item"] for action in json.loads(params["body"])["TransactItems"] if "Put" in action]
    return []
