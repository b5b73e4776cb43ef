"""Which actions on which resources a request needs, as the service authorization reference has it.

Endpoint, config and model names are lower case in ARNs, as AWS writes them.
"""

from __future__ import annotations

from typing import Any

from local.adapters.services import SAGEMAKER, Check
from local.sagemaker.state import World

_KINDS = {
    "TrainingJob": ("training-job", "TrainingJobName"),
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
}
_VERBS = ("Create", "Update", "Describe", "Delete", "Stop")
_TAGGING = ("AddTags", "ListTags", "DeleteTags")
Context = dict[str, Any]


def arn_of(world: World, kind: str, name: str) -> str:
    """The ARN of a training-job, model, endpoint-config or endpoint."""
    lowered = name if kind == "training-job" else name.lower()
    return world.scope.arn("sagemaker", f"{kind}/{lowered}")


def checks(world: World, operation: str, request: dict[str, Any]) -> list[Check]:
    """Everything IAM must allow before the operation runs. List operations and Search take no resource: `*` only."""
    action = f"sagemaker:{operation}"
    tags = _request_tags(request)
    if operation in _TAGGING:
        arn = request["ResourceArn"]
        return [Check(action, arn, tags | _resource_tags(world, arn, operation))]
    resources = _resources(world, operation, request)
    if not resources:
        return [Check(action, "*", {})]
    context = tags | _asked_for(request)
    # What is being created has no tags yet: a condition on them never matches.
    new = resources[0] if operation.startswith("Create") else None
    asked = [
        Check(action, arn, context if arn == new else context | _resource_tags(world, arn, operation))
        for arn in resources
    ]
    if request.get("Tags"):
        asked.append(Check("sagemaker:AddTags", resources[0], tags | {"sagemaker:TaggingAction": operation}))
    role = request.get("RoleArn") or request.get("ExecutionRoleArn")
    if role and new:
        passed = {"iam:PassedToService": SAGEMAKER, "iam:AssociatedResourceArn": new}
        asked.append(Check("iam:PassRole", role, passed))
    return asked


def _resources(world: World, operation: str, request: dict[str, Any]) -> list[str]:
    for verb in _VERBS:
        kind = _KINDS.get(operation.removeprefix(verb)) if operation.startswith(verb) else None
        if kind is None:
            continue
        arns = [arn_of(world, kind[0], request[kind[1]])]
        if operation in ("CreateEndpoint", "UpdateEndpoint"):
            arns.append(arn_of(world, "endpoint-config", request["EndpointConfigName"]))
        return arns
    if operation == "InvokeEndpoint":
        return [arn_of(world, "endpoint", request["EndpointName"])]
    return []


def _resource_tags(world: World, arn: str, operation: str) -> Context:
    """AWS documents the calls that policies by tags cannot restrict: of those here ListTags, Search and the lists.

    InvokeEndpoint is not among them, and its endpoint has these keys in the service authorization reference.
    """
    if operation == "ListTags":
        return {}
    return {
        f"{service}:ResourceTag/{key}": value
        for key, value in world.tags.get(arn, {}).items()
        for service in ("aws", "sagemaker")
    }


def _request_tags(request: dict[str, Any]) -> Context:
    tags = request.get("Tags") or []
    keys = [tag["Key"] for tag in tags] + list(request.get("TagKeys") or [])
    context: Context = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    return context | ({"aws:TagKeys": keys} if keys else {})


def _asked_for(request: dict[str, Any]) -> Context:
    """The service's own condition keys, present when the request carries what they describe."""
    resources, variants = request.get("ResourceConfig", {}), request.get("ProductionVariants", [])
    serverless = [variant["ServerlessConfig"] for variant in variants if "ServerlessConfig" in variant]
    vpc = request.get("VpcConfig", {})
    isolated = request.get("EnableNetworkIsolation")
    encrypted = request.get("EnableInterContainerTrafficEncryption")
    context: Context = {
        # Of several values: a condition on them needs a set operator.
        "sagemaker:InstanceTypes": _instance_types(resources, variants),
        "sagemaker:VpcSubnets": vpc.get("Subnets"),
        "sagemaker:VpcSecurityGroupIds": vpc.get("SecurityGroupIds"),
        "sagemaker:MaxRuntimeInSeconds": request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"),
        "sagemaker:OutputKmsKey": request.get("OutputDataConfig", {}).get("KmsKeyId"),
        "sagemaker:VolumeKmsKey": resources.get("VolumeKmsKeyId") or request.get("KmsKeyId"),
        "sagemaker:NetworkIsolation": isolated if isolated is None else str(isolated).lower(),
        "sagemaker:InterContainerTrafficEncryption": encrypted if encrypted is None else str(encrypted).lower(),
        "sagemaker:ServerlessMaxConcurrency": serverless[0]["MaxConcurrency"] if serverless else None,
        "sagemaker:ServerlessMemorySize": serverless[0]["MemorySizeInMB"] if serverless else None,
    }
    return {key: value if isinstance(value, list) else str(value) for key, value in context.items() if value}


def _instance_types(resources: dict[str, Any], variants: list[dict[str, Any]]) -> list[str]:
    asked = [resources, *resources.get("InstanceGroups", []), *variants]
    return [where["InstanceType"] for where in asked if "InstanceType" in where]
