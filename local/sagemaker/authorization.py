"""Which actions on which resources a request needs, as the service authorization reference has it.

Endpoint and config names are lower case in ARNs, as AWS writes them.
"""

from __future__ import annotations

from typing import Any

from local.adapters.bridge import SAGEMAKER, Check
from local.sagemaker.state import World

_KINDS = {
    "TrainingJob": ("training-job", "TrainingJobName"),
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
}
_VERBS = ("Create", "Update", "Describe", "Delete", "Stop")
_TAGGING = ("AddTags", "ListTags", "DeleteTags")


def arn_of(world: World, kind: str, name: str) -> str:
    """The ARN of a training-job, model, endpoint-config or endpoint."""
    lowered = name if kind == "training-job" else name.lower()
    return world.scope.arn("sagemaker", f"{kind}/{lowered}")


def checks(world: World, operation: str, request: dict[str, Any]) -> list[Check]:
    """Everything IAM must allow before the operation runs."""
    action = f"sagemaker:{operation}"
    if operation in _TAGGING:
        arn = request["ResourceArn"]
        return [Check(action, arn, _request_tags(request) | _resource_tags(world, arn))]
    resources = _resources(world, operation, request)
    if not resources:
        return [Check(action, "*", {})]
    context = _request_tags(request) | _asked_for(request)
    asked = [Check(action, arn, context | _resource_tags(world, arn, operation)) for arn in resources]
    if request.get("Tags"):
        asked.append(Check("sagemaker:AddTags", resources[0], context | {"sagemaker:TaggingAction": operation}))
    role = request.get("RoleArn") or request.get("ExecutionRoleArn")
    if role and operation.startswith("Create"):
        asked.append(Check("iam:PassRole", role, {"iam:PassedToService": SAGEMAKER}))
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


def _resource_tags(world: World, arn: str, operation: str = "") -> dict[str, Any]:
    # What is being created has no tags yet, so a condition on them never matches;
    # whether AWS evaluates them for InvokeEndpoint is not documented, so here it does not.
    if operation == "InvokeEndpoint" or (operation.startswith("Create") and arn not in world.tags):
        return {}
    # Tag based conditions do not work for ListTags.
    return {f"aws:ResourceTag/{key}": value for key, value in world.tags.get(arn, {}).items()}


def _request_tags(request: dict[str, Any]) -> dict[str, Any]:
    tags = request.get("Tags") or []
    keys = [tag["Key"] for tag in tags] + list(request.get("TagKeys") or [])
    context: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    return context | ({"aws:TagKeys": keys} if keys else {})


def _asked_for(request: dict[str, Any]) -> dict[str, Any]:
    """The service's own condition keys, present when the request carries what they describe."""
    context: dict[str, Any] = {}
    if instance := request.get("ResourceConfig", {}).get("InstanceType"):
        context["sagemaker:InstanceTypes"] = [instance]
    if seconds := request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"):
        context["sagemaker:MaxRuntimeInSeconds"] = str(seconds)
    if "EnableNetworkIsolation" in request:
        context["sagemaker:NetworkIsolation"] = str(request["EnableNetworkIsolation"]).lower()
    for variant in request.get("ProductionVariants", []):
        if serverless := variant.get("ServerlessConfig"):
            context["sagemaker:ServerlessMaxConcurrency"] = str(serverless["MaxConcurrency"])
            context["sagemaker:ServerlessMemorySize"] = str(serverless["MemorySizeInMB"])
        elif "InstanceType" in variant:
            context["sagemaker:InstanceTypes"] = [variant["InstanceType"]]
    return context
