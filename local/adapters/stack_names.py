"""CloudFormation: what has a name that is taken is not created.

ministack creates it over what is there, which may be another stack's, and its roll-back then deletes that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs, dynamodb, eventbridge, iam, lambda_svc, sns, sqs, ssm
from ministack.services.cloudformation import stacks

from local.adapters.replacing import replace


def _topics() -> list[str]:
    return [arn.rpartition(":")[2] for arn in sns._topics]


# The property that is the name, and all names that are taken.
_NAMED: dict[str, tuple[str, Callable[[], Any]]] = {
    "AWS::SSM::Parameter": ("Name", lambda: ssm._parameters),
    "AWS::SQS::Queue": ("QueueName", lambda: sqs._queue_name_to_url),
    "AWS::SNS::Topic": ("TopicName", _topics),
    "AWS::Lambda::Function": ("FunctionName", lambda: lambda_svc._functions),
    "AWS::Logs::LogGroup": ("LogGroupName", lambda: cloudwatch_logs._log_groups),
    "AWS::DynamoDB::Table": ("TableName", lambda: dynamodb._tables),
    "AWS::IAM::Role": ("RoleName", lambda: iam._roles),
    "AWS::Events::EventBus": ("Name", lambda: eventbridge._event_buses),
}


def install() -> None:
    replace(stacks, "_provision_keeping_seed", _unless_taken)


def _unless_taken(provision: Any) -> Any:
    """Of new resources only: what the stack has already goes another way."""

    def provisioned(kind: str, logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
        property_name, taken = _NAMED.get(kind, ("", list))
        name = properties.get(property_name)
        if name and name in taken():
            raise ValueError(f"Resource of type '{kind}' with identifier '{name}' already exists.")
        return provision(kind, logical_id, properties, *rest)

    return provisioned
