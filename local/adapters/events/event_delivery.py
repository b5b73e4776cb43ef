"""A rule delivers only where it is let in; tries again what may pass; and what it gives up goes to the target's DLQ."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch_logs, eventbridge, lambda_svc, sns, sqs

from local.adapters.events.dead_letters import EVENTS, SCHEDULER, count, give_up, is_schedule
from local.adapters.events.delivery_retries import RetryPolicy, UndeliveredError, keep_trying
from local.adapters.iam import service_principals
from local.adapters.logs.log_targets import group_of
from local.adapters.replacing import replace
from local.clock import Clock
from local.faults import Fault, Faults

_ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "logs": "logs:PutLogEvents",
}
_LETS_IN = {
    "lambda": service_principals.may_invoke,
    "sqs": service_principals.may_send,
    "sns": service_principals.may_publish,
    "logs": service_principals.may_write_logs,
}


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target."""

    target: dict[str, Any]
    event: dict[str, Any]
    rule: dict[str, Any]
    invoke: Callable[[], None]
    clock: Clock
    faults: Faults

    def begin(self) -> None:
        if _is_first(self.target, self.rule):
            count(self.rule, "triggered")
        count(self.rule, "begun")
        why = self.attempt()
        if why is not None and why.may_pass:
            _aside(lambda: self._keep_trying(why))
        elif why is not None:
            give_up(self.target, self.event, self.rule, why)

    def _keep_trying(self, why: UndeliveredError) -> None:
        given_up = keep_trying(self._again, why, RetryPolicy.of(self.target), self.clock)
        if given_up is not None:
            give_up(self.target, self.event, self.rule, given_up)

    def _again(self) -> UndeliveredError | None:
        count(self.rule, "tried again")
        return self.attempt()

    def attempt(self) -> UndeliveredError | None:
        """Why it failed; None when it did not."""
        fault = self.faults.fire("events", f"Deliver:{self.event.get('DetailType', '')}", "before")
        try:
            self._meet(fault)
        except UndeliveredError as why:
            count(self.rule, "failed")
            return why
        return None

    def _meet(self, fault: Fault | None) -> None:
        """What was ordered for this attempt. A dropped one is delivered, as far as the rule knows."""
        if fault is None:
            self._deliver()
        elif fault.do == "delay":
            _aside(lambda: self._deliver_late(fault.seconds))
        elif fault.do == "twice":
            self._deliver()
            self._deliver()
        elif fault.do in ("fail", "throttle"):
            usual = "THROTTLING" if fault.do == "throttle" else "INTERNAL_ERROR"
            raise UndeliveredError(fault.code or usual, "A fault was ordered for this delivery.")

    def _deliver(self) -> None:
        _check(self.target, self.rule)
        self.invoke()

    def _deliver_late(self, seconds: float) -> None:
        self.clock.wait(seconds, threading.Event())
        try:
            self._deliver()
        except UndeliveredError as why:
            give_up(self.target, self.event, self.rule, why)


def install(clock: Clock, faults: Faults) -> None:
    def delivering(invoke: Any) -> Any:
        def invoke_target(target: Any, event: Any, rule: Any, view: Any = None) -> None:
            Delivery(target, event, rule, lambda: invoke(target, event, rule, view), clock, faults).begin()

        return invoke_target

    replace(eventbridge, "_invoke_target", delivering)
    replace(eventbridge, "_dispatch_to_lambda", lambda _: _invoke_asynchronously)


def _aside(work: Callable[[], None]) -> None:
    """In a thread that acts for the same account in the same region."""
    account, region = responses.get_account_id(), responses.get_region()

    def run() -> None:
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        work()

    threading.Thread(target=run, name="delivery", daemon=True).start()


def _is_first(target: dict[str, Any], rule: dict[str, Any]) -> bool:
    """A rule is triggered once, however many targets it has."""
    key = eventbridge._rule_key(rule.get("Name", ""), rule.get("EventBusName", "default"))
    return (eventbridge._targets.get(key) or [target])[0] is target


def _check(target: dict[str, Any], rule: dict[str, Any]) -> None:
    """The target exists, and lets the rule, or the schedule's role, in."""
    arn = target.get("Arn", "")
    kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if kind not in _ACTIONS:
        return
    if not _exists(kind, arn):
        raise UndeliveredError("NO_RESOURCE", f"The target {arn} does not exist.")
    if is_schedule(rule):
        refused = service_principals.role_refusal(target.get("RoleArn", ""), SCHEDULER, _ACTIONS[kind], arn)
        if refused:
            raise UndeliveredError("NO_PERMISSIONS", refused)
    elif not _LETS_IN[kind](arn, EVENTS, rule.get("Arn", "")):
        raise UndeliveredError("NO_PERMISSIONS", f"{EVENTS} is not authorized to perform: {_ACTIONS[kind]} on {arn}")


def _exists(kind: str, arn: str) -> bool:
    if kind == "sqs":
        return sqs._queue_by_arn(arn) is not None
    if kind == "sns":
        return sns._topic_by_arn_any_scope(arn) is not None
    if kind == "logs":
        return group_of(arn) in cloudwatch_logs._log_groups
    return lambda_svc._get_func_record_for_ref(arn)[0] is not None


def _invoke_asynchronously(arn: str, payload: str) -> None:
    """With the retries, age and destination of the function's EventInvokeConfig; ministack invokes once."""
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function and config:
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))
