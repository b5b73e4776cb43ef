"""A role of the deployed stack without one of its permissions, and what its function says of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.passing_time import at_work
from tests.end_to_end.tide import Tide, eventually

# What is not there has no tags, so IAM denies that, too: the functions take one for the other.
IN_OTHER_WORDS = {
    ("DeployEndpoint", "sagemaker:DescribeEndpoint"): "may not be described yet",
    ("ConfirmEndpoint", "sagemaker:DescribeEndpoint"): "may not be described yet",
    ("DeployEndpoint", "s3:GetObject"): "model.tar.gz is not there",
    ("TearDownIdle", "sagemaker:DescribeEndpoint"): "confirm_endpoint is to look at it",
}
FUNCTIONS = {
    "StartTraining": "start-training",
    "DeployEndpoint": "deploy-endpoint",
    "ConfirmEndpoint": "confirm-endpoint",
    "TearDownIdle": "tear-down-idle",
    "Predict": "predict",
}


def denials(tide: Tide, role: str, action: str) -> list[str]:
    """Log lines that refuse this action. S3 answers a HEAD without words: a bare 403."""
    lines = tide.log_lines(f"/aws/lambda/ebb-{FUNCTIONS[role]}")
    words = ["(403)", "accessdenied"] if action.startswith("s3:") else [f"to perform: {action}".lower()]
    words += [IN_OTHER_WORDS[role, action]] if (role, action) in IN_OTHER_WORDS else []
    return [line for line in lines if any(word in line.lower() for word in words)]


@contextmanager
def without(tide: Tide, role: str, action: str, sid: str | None = None) -> Iterator[None]:
    """The role with every statement as it is, but for this one action (in the statement of this name only)."""
    iam = tide.cloud.admin.client("iam")
    name = next(r["RoleName"] for r in iam.list_roles()["Roles"] if f"-{role}Role-" in r["RoleName"])
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    whole = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in policies}
    cut = {one: _less(whole[one], action, sid) for one in policies}
    assert cut != whole, f"{role} had no {action} in {sid or 'any statement'}"
    _put(iam, name, cut)
    try:
        yield
    finally:
        _put(iam, name, whole)
        _forget_messages(tide)


def _put(iam: Any, role: str, documents: dict[str, dict[str, Any]]) -> None:
    for policy, document in documents.items():
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def _less(document: dict[str, Any], action: str, sid: str | None) -> dict[str, Any]:
    kept = []
    for statement in document["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        left = [each for each in actions if each != action or sid not in (None, statement["Sid"])]
        kept += [statement] if left == actions else [{**statement, "Action": left}] if left else []
    return {**document, "Statement": kept}


def _forget_messages(tide: Tide) -> None:
    """What failed would come again in the middle of another test."""
    sqs = tide.cloud.admin.client("sqs")

    def all_forgotten() -> bool:
        for queue in ("IntakeQueueUrl", "DeployQueueUrl", "ConfirmQueueUrl"):
            sqs.purge_queue(QueueUrl=tide.outputs[queue])
        return not at_work(tide.cloud)

    eventually(all_forgotten, "nothing at work any more")
