"""What our SageMaker asks of the other services in this process: the bus, the metrics, IAM."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ministack.core import iam_actions, iam_evaluator, responses, router
from ministack.services import cloudwatch, eventbridge, iam, sts

from local.adapters.sagemaker_route import Response

SAGEMAKER = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class Scope:
    """The account and region a request was signed for."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def current_scope() -> Scope:
    return Scope(responses.get_account_id(), responses.get_region())


def put_event(scope: Scope, detail_type: str, detail: dict[str, Any], arn: str) -> None:
    """An event of source `aws.sagemaker` on the default bus."""
    _enter(scope)
    entry = {
        "Source": "aws.sagemaker",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [arn],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def put_metric(scope: Scope, name: str, value: float, unit: str, dimensions: dict[str, str]) -> None:
    """One datapoint in the namespace `AWS/SageMaker`, now."""
    _enter(scope)
    cloudwatch.record_metric("AWS/SageMaker", name, value, unit, dimensions)


def _enter(scope: Scope) -> None:
    # Background threads carry no request of their own.
    responses.set_request_account_id(scope.account)
    responses.set_request_region(scope.region)


@dataclass(frozen=True)
class Check:
    """A question to IAM: whether the caller may do `action` on `resource`, given these condition keys."""

    action: str
    resource: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """The check that failed for whom, and whether a policy denies it by name."""

    check: Check
    principal: str
    explicit: bool


def refusal(scope: Scope, headers: dict[str, str], query: dict[str, Any], checks: list[Check]) -> Refusal | None:
    """The first check that the caller's policies do not allow; None when all pass."""
    key = router.extract_access_key_id(headers, query)
    for check in checks:
        denied = iam_evaluator.enforce(
            key, check.action, "sagemaker", scope.region, resource_arn=check.resource, service_context=check.context
        )
        if denied:
            by_name = getattr(denied, "decision", "") == "Deny"
            return Refusal(check, getattr(denied, "principal_arn", ""), by_name)
    return None


def denial(refused: Refusal, headers: dict[str, str]) -> Response:
    check, principal = refused.check, refused.principal
    why = (
        "with an explicit deny in an identity-based policy"
        if refused.explicit
        else f"because no identity-based policy allows the {check.action} action"
    )
    message = f"User: {principal} is not authorized to perform: {check.action} on resource: {check.resource} {why}"
    answer: Response = iam_actions.access_denied_response(
        "sagemaker", check.action, principal, "", headers=headers, resource_arn=check.resource, message=message
    )
    return answer


class RoleNotAssumableError(Exception):
    """The role does not exist, is too young, or its trust policy does not let SageMaker in."""


def assume_role(scope: Scope, role_arn: str, session: str, youngest: float = 0) -> dict[str, str]:
    """boto3 client arguments for a session of a role of this age, as SageMaker itself would hold."""
    role = _role(scope, role_arn)
    if role is None or not _trusts_sagemaker(role, scope) or (youngest and _age(role) < youngest):
        raise RoleNotAssumableError(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{SAGEMAKER}' to assume the role."
        )
    digest = hashlib.sha256(f"{role_arn}:{session}:{time.time_ns()}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:], hashlib.sha256(digest.encode()).hexdigest()
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{scope.account}:assumed-role/{role['RoleName']}/{session[:64]}",
            "UserId": f"{role['RoleName']}:{session}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
        "region_name": scope.region,
    }


def role_allows(scope: Scope, role_arn: str, action: str, resource: str, **context: str) -> bool:
    """Whether the role's own policies allow a call that nothing here performs, such as pulling an image."""
    name = role_arn.rsplit("/", 1)[-1]
    question = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=scope.account,
        action=action,
        resource_arn=resource,
        region=scope.region,
        service_context=context,
    )
    policies = iam_evaluator._gather_role_policies(name, scope.account)
    return bool(iam_evaluator.evaluate(question, policies).decision == "Allow")


def _role(scope: Scope, role_arn: str) -> dict[str, Any] | None:
    role: dict[str, Any] | None = iam._roles.get_scoped(scope.account, None, role_arn.rsplit("/", 1)[-1])
    return role if role and role.get("Arn") == role_arn else None


def _age(role: dict[str, Any]) -> float:
    return time.time() - datetime.fromisoformat(role["CreateDate"]).timestamp()


def _trusts_sagemaker(role: dict[str, Any], scope: Scope) -> bool:
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    question = iam_evaluator.EvalContext(
        principal_arn=SAGEMAKER,
        principal_type="Service",
        principal_account=scope.account,
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region=scope.region,
        service_context={"aws:sourceaccount": scope.account, "aws:sourcearn": scope.arn("sagemaker", "any/resource")},
    )
    return any(
        statement["Effect"] == "Allow"
        and SAGEMAKER in _listed(statement.get("Principal", {}).get("Service", []))
        and "sts:AssumeRole" in _listed(statement["Action"])
        and iam_evaluator._conditions_met(statement.get("Condition", {}), question)
        for statement in statements
    )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
