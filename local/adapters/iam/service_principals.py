"""What AWS's own services may do here: by a resource's policy, or as a role that trusts them."""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import cloudwatch_logs, iam, lambda_svc, sns, sqs

from local.adapters import services

Statement = dict[str, Any]


def may_send(queue_arn: str, service: str, source_arn: str) -> bool:
    """SQS asks the queue's policy, with its conditions."""
    return bool(sqs.queue_policy_allows(queue_arn, service, source_arn, responses.get_account_id()))


def may_publish(topic_arn: str, service: str, source_arn: str) -> bool:
    """SNS asks the topic's policy; "you can't use Condition blocks in Amazon SNS topic policies for EventBridge"."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    document = json.loads((topic or {}).get("attributes", {}).get("Policy") or "{}")
    plain = [statement for statement in _listed(document.get("Statement", [])) if not statement.get("Condition")]
    return _allows(plain, "sns:Publish", topic_arn, service, source_arn)


def may_invoke(function_arn: str, service: str, source_arn: str) -> bool:
    """Lambda asks the function's policy (AddPermission)."""
    function, _, _ = lambda_svc._get_func_record_for_ref(function_arn)
    statements = _listed((function or {}).get("policy", {}).get("Statement", []))
    return _allows(statements, "lambda:InvokeFunction", function_arn, service, source_arn)


def may_write_logs(group_arn: str, service: str, source_arn: str) -> bool:
    """Logs asks the group's own policy and the account's: two actions, on the group's streams."""
    group = group_arn.removesuffix(":*")
    policies = [cloudwatch_logs._log_group_policies.get(group.partition(":log-group:")[2])]
    policies += cloudwatch_logs._resource_policies.values()
    documents = [json.loads(policy["policyDocument"]) for policy in policies if policy]
    statements = [statement for document in documents for statement in _listed(document.get("Statement", []))]
    return all(
        _allows(statements, f"logs:{action}", f"{group}:log-stream:events", service, source_arn)
        for action in ("CreateLogStream", "PutLogEvents")
    )


def role_refusal(role_arn: str, service: str, action: str, resource: str) -> str:
    """Why this service, as this role, may not; empty when it may."""
    account = responses.get_account_id()
    role = iam._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
    question = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=responses.get_region(),
        service_context={"aws:sourceaccount": account},
    )
    if role is None or not _trusts(role["AssumeRolePolicyDocument"], service, question):
        return f"{service} cannot assume the role {role_arn}"
    if not services.role_allows(services.current_scope(), role_arn, action, resource):
        return f"{role_arn} is not authorized to perform: {action} on resource: {resource}"
    return ""


def _trusts(document: Any, service: str, question: Any) -> bool:
    statements = _listed((json.loads(document) if isinstance(document, str) else document)["Statement"])
    return any(
        statement["Effect"] == "Allow"
        and service in _listed(statement.get("Principal", {}).get("Service", []))
        and iam_evaluator._conditions_met(statement.get("Condition", {}), question)
        for statement in statements
    )


def _allows(statements: list[Statement], action: str, resource: str, service: str, source_arn: str) -> bool:
    account = responses.get_account_id()
    question = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    found = iam_evaluator.evaluate_resource_policy({"Statement": statements}, question, service=service)
    return bool(found.decision == "Allow")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
