"""A stack on moved time: endpoints with callers, metrics that come late, ticks, and the functions between the queues.

Nothing waits: time goes on only with `World.advance`, from one thing that is to happen to the next.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError

from ebb.aws.clients import Clients
from ebb.confirm_endpoint import confirm
from ebb.context import Context
from ebb.deploy_endpoint import dispatch
from ebb.environment import TearDownIdleSettings
from ebb.errors import EbbError, WaitError
from ebb.ledger.ledger import Ledger
from ebb.messaging.messages import CheckEndpoint
from ebb.messaging.requests import Order, order_of
from ebb.tear_down_idle.failures import Failures, Guard
from ebb.tear_down_idle.tear_down import rules_of
from ebb.tear_down_idle.tick import run_tick
from ebb.tear_down_idle.verdict.evidence import Questions
from ebb.times import parsed
from tests.emulated.stack import AFTER, BUCKET, JOURNAL, NOW, REGION, TABLE
from tests.simulation.account import Account, CountedRuntime
from tests.simulation.fake_cloudwatch import FakeCloudWatch
from tests.simulation.fake_dynamodb import FakeDynamoDB
from tests.simulation.fake_services import FakeEvents, FakeLogs, FakeS3, FakeSQS
from tests.simulation.interrupting import Died, Interruptions
from tests.simulation.settings import FUNCTION, LEASE, confirm_settings, deploy_settings, tear_down_settings

MINUTE = dt.timedelta(minutes=1)
# AWS documents: a request that was signed more than five minutes ago, or ahead, is denied.
SIGNED_FOR = dt.timedelta(minutes=5)
_AGAIN = dt.timedelta(minutes=1)
_SQS_TAKES = dt.timedelta(seconds=1)
Happening = Callable[[], object]


class StrictFailures(Failures):
    """What is no answer of AWS, and nothing that Ebb itself says, is a mistake in the code, which no test passes by."""

    def of(self, what: str) -> Guard:
        return _StrictGuard(self, what)


class _StrictGuard(Guard):
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, EbbError | ClientError) and super().__exit__(kind, error, None)


@dataclass
class Ticked:
    """What a tick has decided, by endpoint, and what it did not understand; empty when it could not work."""

    at: dt.datetime
    decided: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    died: bool = False


@dataclass
class World:
    """`delay`: of the metrics of what happens next. `signed`: whether AWS looks at the clock of who calls.

    `idle_after`, `kept_by_settings`: what the model.toml of an endpoint's model says.
    """

    now: dt.datetime = NOW
    delay: dt.timedelta = MINUTE
    signed: bool = True
    settings: TearDownIdleSettings = field(default_factory=tear_down_settings)
    said: list[tuple[dt.datetime, str, dict[str, Any]]] = field(default_factory=list)
    ticks: list[Ticked] = field(default_factory=list)
    is_ticking: bool = False
    idle_after: dict[str, int] = field(default_factory=dict)
    kept_by_settings: set[str] = field(default_factory=set)
    _coming: list[tuple[dt.datetime, int, Happening]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.cloudwatch = FakeCloudWatch(lambda: self.now)
        self.sagemaker = Account(self.now, world=self)
        self.runtime = CountedRuntime(self.sagemaker, self, ours=False)
        self.s3, self.dynamodb, self.logs = FakeS3(lambda: self.now), FakeDynamoDB(), FakeLogs()
        self.sqs, self.events = FakeSQS(self._post), FakeEvents(self._put)
        ours = CountedRuntime(self.sagemaker, self, ours=True, models=self.runtime.models)
        self.clients = self._clients(ours)
        self.callers_clients = self._clients(self.runtime)
        self.deploy_settings, self.confirm_settings = deploy_settings(), confirm_settings()

    def _clients(self, runtime: CountedRuntime) -> Clients:
        clients = Clients(cast("Any", SimpleNamespace(region_name=REGION)))
        named = ("s3", "sagemaker", "dynamodb", "events", "sqs", "logs", "cloudwatch")
        vars(clients).update({name: getattr(self, name) for name in named} | {"sagemaker_runtime": runtime})
        return clients

    @property
    def ledger(self) -> Ledger:
        return Ledger(cast("Any", self.dynamodb), TABLE)

    # Time

    def at(self, when: dt.datetime, happens: Happening) -> None:
        heapq.heappush(self._coming, (max(when, self.now), next(self._numbers), happens))

    def after(self, span: dt.timedelta, happens: Happening) -> None:
        self.at(self.now + span, happens)

    def advance(self, span: dt.timedelta) -> None:
        """What is to happen until then happens, one after the other."""
        until = self.now + span
        while self._coming and self._coming[0][0] <= until:
            when, _, happens = heapq.heappop(self._coming)
            self._is(max(when, self.now))
            happens()
        self._is(max(until, self.now))

    def _is(self, now: dt.datetime) -> None:
        self.now = self.sagemaker.now = now

    def seconds(self) -> float:
        return self.now.timestamp()

    # What runs in Lambda

    def ticks_every(self, span: dt.timedelta) -> None:
        def tick() -> None:
            self.after(span, tick)
            self.tick()

        self.after(span, tick)

    def tick(self, skew: dt.timedelta = dt.timedelta(), interruptions: Interruptions | None = None) -> Ticked:
        """As tear_down_idle does it, whose clock may be wrong."""
        ticked, holder, now = Ticked(self.now), f"request-{next(self._numbers)}", self.now + skew
        self.ticks.append(ticked)
        told = {"FunctionName": FUNCTION}
        self.cloudwatch.record("AWS/Lambda", "Invocations", told, 1, self.delay)
        if self.signed and abs(skew) > SIGNED_FOR:
            return ticked
        clients = interruptions.around(self.clients) if interruptions else self.clients
        outer, self.is_ticking = self.is_ticking, True
        try:
            self._work(ticked, clients, holder, now)
        except Died:
            ticked.died = True
        except ClientError as error:
            ticked.told.append(str(error))
        finally:
            self.is_ticking = outer
        return ticked

    def _work(self, ticked: Ticked, clients: Clients, holder: str, now: dt.datetime) -> None:
        context, failures = Context(clients, self.settings, now.replace(microsecond=0)), StrictFailures()
        ledger = context.ledger
        last = ledger.take_lease(holder, now, LEASE)
        if last is None:
            return
        before = parsed(last["at"]) if "at" in last else None
        try:
            questions = Questions(context, rules_of(self.settings), FUNCTION, before)
            outcome = run_tick(context, questions, failures, AFTER)
            ticked.decided = {line["endpoint"]: line for line in outcome["decided"]}
            ticked.told = failures.told
        except Exception:
            ledger.release_lease(holder)
            raise
        ledger.release_lease(holder)

    @property
    def in_seconds(self) -> dt.datetime:
        """As the functions read the clock."""
        return self.now.replace(microsecond=0)

    def deploys(self, order: Order) -> None:
        dispatch.work_on(Context(self.clients, self.deploy_settings, self.in_seconds), order)

    def _post(self, queue: str, event: dict[str, Any], delay: int) -> None:
        self.after(_SQS_TAKES + dt.timedelta(seconds=delay), lambda: self._deliver(queue, event))

    def _deliver(self, queue: str, event: dict[str, Any]) -> None:
        """What has to wait is sent again."""
        try:
            if queue == "deploy":
                self.deploys(order_of(event))
            elif queue == "confirm":
                context = Context(self.clients, self.confirm_settings, self.in_seconds)
                confirm.check(context, CheckEndpoint.of(event))
        except WaitError:
            self.after(_AGAIN, lambda: self._deliver(queue, event))

    def _put(self, source: str, name: str, detail: dict[str, Any]) -> None:
        if source == "ebb.request":
            event = {"source": source, "detail-type": name, "detail": detail, "time": self.now.isoformat()}
            self._post("deploy", event, 0)
        else:
            self.said.append((self.now, name, detail))

    def asks(self, request: str, model: str) -> None:
        """Somebody, of the stack."""
        self._put("ebb.request", request, {"stack": "ebb", "model": model, "by": "request"})

    def becomes(self, **settings: Any) -> None:
        """The stack is deployed with other parameters."""
        self.settings = replace(self.settings, **settings)

    def keeps(self, key: str, body: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)


__all__ = ["JOURNAL", "World"]
