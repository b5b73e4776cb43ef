"""What the roles and the zip hold is what the functions need: take one away, and the tide stops with its name."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.stack import ROOT
from tests.end_to_end.tide import ABALONE, Tide, eventually

BUILT = ROOT / ".aws-sam/build"

REMOVED = [
    ("StartTraining", "sagemaker:CreateTrainingJob", "start-training"),
    ("StartTraining", "s3:GetObjectVersion", "start-training"),
    ("StartTraining", "s3:ListBucket", "start-training"),
    ("StartTraining", "sagemaker:AddTags", "start-training"),
    ("StartTraining", "iam:PassRole", "start-training"),
    ("DeployEndpoint", "sagemaker:ListTags", "deploy-endpoint"),
    ("DeployEndpoint", "sagemaker:CreateEndpoint", "deploy-endpoint"),
]


@pytest.mark.parametrize(("role", "action", "function"), REMOVED)
def test_without_one_permission_the_function_ends_with_access_denied(
    tide: Tide, role: str, action: str, function: str
) -> None:
    model = f"denied-{zlib.crc32(action.encode()):08x}"
    with without(tide, role, action):
        tide.upload(model, ABALONE.read_bytes())
        eventually(lambda: denials(tide, function, action), f"AccessDenied for {action}")
    assert tide.endpoint(model) is None


def denials(tide: Tide, function: str, action: str) -> list[str]:
    """Log lines that refuse this action. S3 answers a HEAD without words: a bare 403."""
    lines = tide.log_lines(f"/aws/lambda/ebb-{function}")
    words = ("(403)", "AccessDenied") if action.startswith("s3:") else (f"to perform: {action}",)
    return [line for line in lines if any(word in line for word in words)]


@contextmanager
def without(tide: Tide, role: str, action: str) -> Iterator[None]:
    """The role with every statement as it is, but for this one action."""
    iam = tide.cloud.admin.client("iam")
    name = next(r["RoleName"] for r in iam.list_roles()["Roles"] if f"-{role}Role-" in r["RoleName"])
    policy = iam.list_role_policies(RoleName=name)["PolicyNames"][0]
    whole = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    put = {"RoleName": name, "PolicyName": policy}
    iam.put_role_policy(**put, PolicyDocument=json.dumps(less(whole, action)))
    try:
        yield
    finally:
        iam.put_role_policy(**put, PolicyDocument=json.dumps(whole))


def less(document: dict[str, Any], action: str) -> dict[str, Any]:
    kept = []
    for statement in document["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        left = [each for each in actions if each != action]
        kept += [{**statement, "Action": left}] if left else []
    assert kept != document["Statement"], f"{action} was not there"
    return {**document, "Statement": kept}


def test_without_one_dependency_in_the_zip_the_function_ends_with_its_name(tide: Tide) -> None:
    functions = tide.cloud.admin.client("lambda")
    name = tide.outputs["StartTrainingFunctionName"]
    whole = zipped(BUILT / "StartTrainingFunction")
    functions.update_function_code(
        FunctionName=name, ZipFile=zipped(BUILT / "StartTrainingFunction", but="aws_lambda_powertools")
    )
    try:
        answer = functions.invoke(FunctionName=name, Payload=b'{"Records": []}')
        assert "aws_lambda_powertools" in answer["Payload"].read().decode()
        assert answer["FunctionError"]
    finally:
        functions.update_function_code(FunctionName=name, ZipFile=whole)


def test_the_zip_is_pure_python_and_small(tide: Tide) -> None:
    for function in ("StartTrainingFunction", "DeployEndpointFunction", "TearDownIdleFunction"):
        content = zipped(BUILT / function)
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        assert not [name for name in names if name.endswith((".so", ".pyd", ".dylib", ".pyc"))]
        assert len(content) < 2_000_000


def zipped(folder: Path, but: str = "\0") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not name.startswith(but):
                archive.write(path, name)
    return buffer.getvalue()
