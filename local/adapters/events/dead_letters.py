"""What becomes of an event that could not be delivered: the target's own dead-letter queue, with the reason."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import cloudwatch, eventbridge, sqs

from local.adapters.events.delivery_retries import UndeliveredError
from local.adapters.iam import service_principals

EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
# What happened, by rule in `AWS/Events` and by group in `AWS/Scheduler`; empty where one of the two does not count it.
_METRICS = {
    "triggered": ("TriggeredRules", ""),
    "begun": ("Invocations", "InvocationAttemptCount"),
    "tried again": ("RetryInvocationAttempts", "InvocationAttemptCount"),
    "failed": ("", "TargetErrorCount"),
    "given up": ("FailedInvocations", "InvocationDroppedCount"),
}


def is_schedule(rule: dict[str, Any]) -> bool:
    return ":scheduler:" in str(rule.get("Arn", ""))


def count(rule: dict[str, Any], what: str) -> None:
    of_rules, of_schedules = _METRICS[what]
    if is_schedule(rule) and of_schedules:
        group = {"ScheduleGroup": rule.get("GroupName", "default")}
        cloudwatch.record_metric("AWS/Scheduler", of_schedules, 1, "Count", group)
    elif not is_schedule(rule) and of_rules:
        cloudwatch.record_metric("AWS/Events", of_rules, 1, "Count", _dimensions(rule))


def _dimensions(rule: dict[str, Any]) -> dict[str, str]:
    """AWS documents: both for a rule on a custom bus, the rule's name alone on the default one."""
    bus = rule.get("EventBusName", "default")
    return {"RuleName": rule.get("Name", "")} | ({} if bus == "default" else {"EventBusName": bus})


def give_up(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], why: UndeliveredError) -> None:
    count(rule, "given up")
    queue_arn = target.get("DeadLetterConfig", {}).get("Arn", "")
    if not queue_arn or not _lets_in(queue_arn, target, rule):
        return
    whole = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
    payload = target.get("Input", whole) if is_schedule(rule) else whole
    eventbridge._dispatch_to_sqs(eventbridge.parse_arn(queue_arn), payload, {})
    message = sqs._queue_by_arn(queue_arn)["messages"][-1]
    named = {
        name: {"DataType": "String", "StringValue": value} for name, value in _attributes(target, rule, why).items()
    }
    message["message_attributes"] = named
    message["md5_attrs"] = sqs._md5_msg_attrs(named)


def _attributes(target: dict[str, Any], rule: dict[str, Any], why: UndeliveredError) -> dict[str, str]:
    known = {
        ("SCHEDULE_ARN" if is_schedule(rule) else "RULE_ARN"): rule.get("Arn", ""),
        "TARGET_ARN": target.get("Arn", ""),
        "ERROR_CODE": why.code,
        "ERROR_MESSAGE": str(why),
        "RETRY_ATTEMPTS": str(why.retries),
    }
    return known | ({"EXHAUSTED_RETRY_CONDITION": why.exhausted} if why.exhausted else {})


def _lets_in(queue_arn: str, target: dict[str, Any], rule: dict[str, Any]) -> bool:
    if sqs._queue_by_arn(queue_arn) is None:
        return False
    if is_schedule(rule):
        return not service_principals.role_refusal(target.get("RoleArn", ""), SCHEDULER, "sqs:SendMessage", queue_arn)
    return service_principals.may_send(queue_arn, EVENTS, rule.get("Arn", ""))
