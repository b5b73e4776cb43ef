"""What the roles and the zip hold is what the functions need: take one away, and the tide stops with its name."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from local.stack import ROOT
from tests.end_to_end.passing_time import eventually_moved, until_all_is_quiet
from tests.end_to_end.permissions import denials, without
from tests.end_to_end.tide import ABALONE, Tide, eventually

ROWS = ABALONE.read_text().splitlines()
BUILT = ROOT / ".aws-sam/build"

# Of each statement that the tide needs, one action: what a first run needs,
FIRST_RUN = [
    ("StartTraining", "sagemaker:CreateTrainingJob"),
    ("StartTraining", "s3:GetObjectVersion"),
    ("StartTraining", "s3:ListBucket"),
    ("StartTraining", "sagemaker:AddTags"),
    ("StartTraining", "iam:PassRole"),
    ("DeployEndpoint", "sagemaker:ListTags"),
    ("DeployEndpoint", "sagemaker:DescribeTrainingJob"),
    ("DeployEndpoint", "dynamodb:PutItem"),
    ("DeployEndpoint", "dynamodb:UpdateItem"),
    ("DeployEndpoint", "s3:GetObject"),
    ("DeployEndpoint", "iam:PassRole"),
    ("DeployEndpoint", "sagemaker:CreateEndpointConfig"),
    ("DeployEndpoint", "sagemaker:AddTags"),
    ("DeployEndpoint", "sagemaker:CreateEndpoint"),
    ("DeployEndpoint", "sqs:SendMessage"),
    ("ConfirmEndpoint", "sagemaker:DescribeEndpoint"),
    ("ConfirmEndpoint", "sqs:SendMessage"),
    ("ConfirmEndpoint", "s3:GetObject"),
    ("ConfirmEndpoint", "sagemaker:InvokeEndpoint"),
    ("ConfirmEndpoint", "sagemaker:AddTags"),
    ("ConfirmEndpoint", "dynamodb:PutItem"),
    ("ConfirmEndpoint", "dynamodb:UpdateItem"),
    ("ConfirmEndpoint", "s3:PutObject"),
    ("ConfirmEndpoint", "events:PutEvents"),
]
# The others of them only in `make soak`.
IN_SHORT = [
    ("StartTraining", "sagemaker:CreateTrainingJob"),
    ("DeployEndpoint", "iam:PassRole"),
    ("DeployEndpoint", "sagemaker:CreateEndpoint"),
    ("ConfirmEndpoint", "sagemaker:InvokeEndpoint"),
]
AFTER_CREATION = [("DeployEndpoint", "sqs:SendMessage"), *(each for each in FIRST_RUN if each[0] == "ConfirmEndpoint")]
# a job that fails,
FAILED_RUN = [pytest.param("logs:DescribeLogStreams", marks=pytest.mark.soak), "logs:GetLogEvents"]
FAILS = '[hyperparameters]\neval_metric = "accuracy"\n'  # of labels that are no classes
# and what only a later run needs: but for the last, the row is settled by then.
LATER_RUNS = [
    ("ConfirmEndpoint", "sagemaker:Search"),
    ("ConfirmEndpoint", "sagemaker:DeleteEndpointConfig"),
    ("ConfirmEndpoint", "sagemaker:DeleteModel"),
    ("ConfirmEndpoint", "sagemaker:DeleteEndpoint"),
    ("DeployEndpoint", "sagemaker:UpdateEndpoint"),
]


def _long(rows: list[tuple[str, str]], short: list[tuple[str, str]]) -> list[Any]:
    return [pytest.param(*row, marks=() if row in short else pytest.mark.soak) for row in rows]


@pytest.mark.parametrize(("role", "action"), _long(FIRST_RUN, IN_SHORT))
def test_without_one_permission_the_function_ends_with_access_denied(tide: Tide, role: str, action: str) -> None:
    model = f"denied-{zlib.crc32(f'{role} {action}'.encode()):08x}"
    before = len(denials(tide, role, action))
    with without(tide, role, action):
        tide.upload(model, ABALONE.read_bytes())
        eventually(lambda: denials(tide, role, action)[before:], f"AccessDenied for {action}")
        if (role, action) not in AFTER_CREATION:
            assert tide.endpoint(model) is None
        assert "EndpointLive" not in [event["detail-type"] for event in tide.announced(model)]


@pytest.mark.parametrize("action", FAILED_RUN)
def test_without_one_permission_a_failed_job_is_not_told_of(tide: Tide, action: str) -> None:
    model = f"denied-{zlib.crc32(action.encode()):08x}"
    with without(tide, "DeployEndpoint", action):
        tide.upload(model, "\n".join(row.replace(",", ".5,", 1) for row in ROWS), settings=FAILS)
        eventually(lambda: denials(tide, "DeployEndpoint", action), f"AccessDenied for {action}")
        assert [event["detail-type"] for event in tide.announced(model)] == ["TrainingStarted"]


@pytest.fixture(scope="module")
def veteran(tide: Tide) -> str:
    """A model with a run before its live one, so that the next one leaves something to be removed."""
    model = "veteran"
    for number in (1, 2):
        tide.live(model, tide.run(model, tide.upload(model, "\n".join(ROWS[number:]))))
    return model


@pytest.mark.parametrize(("role", "action"), _long(LATER_RUNS, LATER_RUNS[1:2]))
def test_without_one_permission_a_later_run_ends_with_access_denied(
    tide: Tide, veteran: str, role: str, action: str
) -> None:
    before = len(denials(tide, role, action))
    number = 3 + LATER_RUNS.index((role, action))
    with without(tide, role, action):
        tide.upload(veteran, "\n".join(ROWS[number:]))
        eventually_moved(tide.cloud, lambda: denials(tide, role, action)[before:], f"AccessDenied for {action}")


def test_without_one_permission_a_lost_row_is_not_made_anew(tide: Tide, veteran: str) -> None:
    until_all_is_quiet(tide.cloud)  # what came late for the test before would make it anew, with all permissions
    key = {"model": {"S": veteran}, "record": {"S": "endpoint"}}
    tide.cloud.admin.client("dynamodb").delete_item(TableName=tide.outputs["LedgerTableName"], Key=key)
    look = {
        "source": "ebb.check",
        "detail-type": "Check Endpoint",
        "detail": {"stack": "ebb", "endpoint": "ebb-veteran"},
    }

    with without(tide, "ConfirmEndpoint", "sagemaker:ListTags"):
        sqs = tide.cloud.admin.client("sqs")
        sqs.send_message(QueueUrl=tide.outputs["ConfirmQueueUrl"], MessageBody=json.dumps(look))
        eventually(lambda: denials(tide, "ConfirmEndpoint", "sagemaker:ListTags"), "AccessDenied for ListTags")


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
    for function in (
        "StartTrainingFunction",
        "DeployEndpointFunction",
        "ConfirmEndpointFunction",
        "TearDownIdleFunction",
        "PredictFunction",
    ):
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
