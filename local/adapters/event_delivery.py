"""A rule delivers only where it is let in; what it cannot deliver goes to the target's own DLQ and is counted.

The Logs target is not asked for a resource policy: CloudFormation drops `LogGroup.ResourcePolicyDocument` here, so
that a template with a right one would be refused. The template itself has to be tested for it.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch, eventbridge, lambda_svc, sns, sqs

from local.adapters import service_principals
from local.adapters.replacing import replace
from local.clock import Clock
from local.faults import Faults

EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
_ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}


class UndeliveredError(Exception):
    """Why a target did not get its event."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def install(clock: Clock, faults: Faults) -> None:
    replace(eventbridge, "_invoke_target", lambda invoke: _with_faults(_strictly(invoke), clock, faults))
    replace(eventbridge, "_dispatch_to_lambda", lambda _: _invoke_asynchronously)


def _with_faults(invoke: Any, clock: Clock, faults: Faults) -> Any:
    def invoke_target(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        fault = faults.fire("events", f"Deliver:{event.get('DetailType', '')}", "before")
        if fault is None:
            invoke(target, event, rule, view)
        elif fault.do == "delay":
            scope = responses.get_account_id(), responses.get_region()
            late = threading.Thread(target=_late, args=(clock, fault.seconds, scope, invoke, target, event, rule))
            late.daemon = True
            late.start()
        elif fault.do == "twice":
            invoke(target, event, rule, view)
            invoke(target, event, rule, view)
        elif fault.do in ("fail", "throttle"):
            code = fault.code or "INTERNAL_ERROR"
            _undelivered(target, event, rule, UndeliveredError(code, "A fault was ordered for this delivery."))

    return invoke_target


def _late(clock: Clock, seconds: float, scope: tuple[str, str], invoke: Any, *what: Any) -> None:
    responses.set_request_account_id(scope[0])
    responses.set_request_region(scope[1])
    if clock.wait(seconds, threading.Event()):
        invoke(*what)


def _strictly(invoke: Any) -> Any:
    def invoke_target(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        if _is_first(target, rule):
            _count(rule, "TriggeredRules")
        _count(rule, "Invocations")
        try:
            _check(target, rule)
        except UndeliveredError as why:
            _undelivered(target, event, rule, why)
        else:
            invoke(target, event, rule, view)

    return invoke_target


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
        raise UndeliveredError("RESOURCE_NOT_FOUND", f"The target {arn} does not exist.")
    if _is_schedule(rule):
        refused = service_principals.role_refusal(target.get("RoleArn", ""), SCHEDULER, _ACTIONS[kind], arn)
        if refused:
            raise UndeliveredError("NO_PERMISSIONS", refused)
        return
    lets_in = {
        "lambda": service_principals.may_invoke,
        "sqs": service_principals.may_send,
        "sns": service_principals.may_publish,
    }[kind]
    if not lets_in(arn, EVENTS, rule.get("Arn", "")):
        raise UndeliveredError("NO_PERMISSIONS", f"{EVENTS} is not authorized to perform: {_ACTIONS[kind]} on {arn}")


def _exists(kind: str, arn: str) -> bool:
    if kind == "sqs":
        return sqs._queue_by_arn(arn) is not None
    if kind == "sns":
        return sns._topic_by_arn_any_scope(arn) is not None
    return lambda_svc._get_func_record_for_ref(arn)[0] is not None


def _is_schedule(rule: dict[str, Any]) -> bool:
    return ":scheduler:" in str(rule.get("Arn", ""))


def _undelivered(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], why: UndeliveredError) -> None:
    _count(rule, "FailedInvocations")
    queue_arn = target.get("DeadLetterConfig", {}).get("Arn", "")
    if not queue_arn or not _lets_dead_letters_in(queue_arn, target, rule):
        return
    whole = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
    payload = target.get("Input", whole) if _is_schedule(rule) else whole
    eventbridge._dispatch_to_sqs(eventbridge.parse_arn(queue_arn), payload, {})
    attributes = {
        ("SCHEDULE_ARN" if _is_schedule(rule) else "RULE_ARN"): rule.get("Arn", ""),
        "TARGET_ARN": target.get("Arn", ""),
        "ERROR_CODE": why.code,
        "ERROR_MESSAGE": str(why),
    }
    message = sqs._queue_by_arn(queue_arn)["messages"][-1]
    named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    message["message_attributes"] = named
    message["md5_attrs"] = sqs._md5_msg_attrs(named)


def _lets_dead_letters_in(queue_arn: str, target: dict[str, Any], rule: dict[str, Any]) -> bool:
    if sqs._queue_by_arn(queue_arn) is None:
        return False
    if _is_schedule(rule):
        return not service_principals.role_refusal(target.get("RoleArn", ""), SCHEDULER, _ACTIONS["sqs"], queue_arn)
    return service_principals.may_send(queue_arn, EVENTS, rule.get("Arn", ""))


_OF_SCHEDULES = {"Invocations": "InvocationAttemptCount", "FailedInvocations": "TargetErrorCount"}


def _count(rule: dict[str, Any], name: str) -> None:
    """`AWS/Events` by rule, `AWS/Scheduler` by group."""
    if not _is_schedule(rule):
        cloudwatch.record_metric("AWS/Events", name, 1, "Count", {"RuleName": rule.get("Name", "")})
    elif name in _OF_SCHEDULES:
        group = {"ScheduleGroup": rule.get("GroupName", "default")}
        cloudwatch.record_metric("AWS/Scheduler", _OF_SCHEDULES[name], 1, "Count", group)


def _invoke_asynchronously(arn: str, payload: str) -> None:
    """With the retries, age and destination of the function's EventInvokeConfig; ministack invokes once."""
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function and config:
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))
