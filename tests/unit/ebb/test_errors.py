"""Foreign errors are told apart by AWS's codes and, where a code says nothing, by AWS's words."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from ebb.errors import (
    is_already_there,
    is_in_progress,
    is_missing_object,
    is_passing,
    is_precondition_failed,
)

ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
CASES: list[tuple[str, str, Callable[[ClientError], bool] | None]] = [
    ("404", "Not Found", is_missing_object),
    ("405", "Method Not Allowed", is_missing_object),
    ("NoSuchKey", "The specified key does not exist.", is_missing_object),
    ("NoSuchVersion", "The specified version does not exist.", is_missing_object),
    ("403", "Forbidden", None),
    ("AccessDenied", "Access Denied", None),
    ("NoSuchBucket", "The specified bucket does not exist", None),
    ("ResourceInUse", "Job name must be unique within an AWS account and region", is_already_there),
    ("ValidationException", f'Cannot create already existing endpoint "{ARN}:endpoint/e".', is_already_there),
    ("ValidationException", f'Cannot create already existing model "{ARN}:model/m".', is_already_there),
    ("ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/e".', is_in_progress),
    ("ValidationException", f'Could not find endpoint "{ARN}:endpoint/e".', None),
    ("ValidationException", "1 validation error detected", None),
    ("PreconditionFailed", "At least one of the pre-conditions", is_precondition_failed),
    ("ConditionalRequestConflict", "The conditional request cannot succeed", None),
    ("ThrottlingException", "Rate exceeded", is_passing),
    ("ResourceLimitExceeded", "The account-level service limit 'x' is 0", is_passing),
    ("ValidationException", "Could not assume role arn:aws:iam::123456789012:role/training", is_passing),
]


@pytest.mark.parametrize(("code", "message", "meant"), CASES)
@pytest.mark.parametrize(
    "test", [is_missing_object, is_already_there, is_in_progress, is_precondition_failed, is_passing]
)
def test_an_error_means_one_thing_only(
    code: str, message: str, meant: Callable[[ClientError], bool] | None, test: Callable[[ClientError], bool]
) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "Operation")
    assert test(error) is (test is meant)


def test_an_error_without_a_message_is_judged_by_its_code() -> None:
    error = ClientError({"Error": {"Code": "ValidationException"}}, "Operation")
    assert not is_already_there(error)
    assert not is_in_progress(error)
