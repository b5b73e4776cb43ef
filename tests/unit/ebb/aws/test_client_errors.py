"""Foreign errors are told apart by AWS's codes and, where a code says nothing, by AWS's words."""

import datetime as dt
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from ebb.aws.client_errors import (
    is_already_there,
    is_in_progress,
    is_missing_object,
    is_passing,
    is_permanent_quota,
    is_precondition_failed,
    is_refused,
    is_young,
    wait_for,
)

QUOTA = (
    "The account-level service limit 'ml.m5.xlarge for training job usage' is {0} Instances, with current utilization "
    "of {1} Instances and a request delta of {2} Instances. Please use AWS Service Quotas to request an increase."
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
    ("ResourceLimitExceeded", QUOTA.format(8, 8, 1), is_passing),
    ("ResourceLimitExceeded", QUOTA.format(0, 0, 1), is_permanent_quota),
    ("ResourceLimitExceeded", QUOTA.format(2, 0, 4), is_permanent_quota),
    ("ThrottlingException", QUOTA.format(0, 0, 1), is_passing),
    ("ValidationException", "Could not assume role arn:aws:iam::123456789012:role/training", is_passing),
]


@pytest.mark.parametrize(("code", "message", "meant"), CASES)
@pytest.mark.parametrize(
    "test",
    [is_missing_object, is_already_there, is_in_progress, is_precondition_failed, is_passing, is_permanent_quota],
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


ROLE = "Could not assume role arn:aws:iam::123456789012:role/training"


@pytest.mark.parametrize(
    ("message", "passing", "young"),
    [
        (ROLE, True, True),
        ("Could not access model data at s3://b/model.tar.gz", True, True),
        (f'Could not find endpoint configuration "{ARN}:endpoint-config/c".', True, False),
        ("1 validation error detected", False, False),
    ],
)
def test_what_is_young_passes_within_minutes_or_not_at_all(message: str, passing: bool, young: bool) -> None:  # noqa: FBT001
    error = ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "CreateModel")
    assert (is_passing(error), is_young(error), is_refused(error)) == (passing, young, not passing)


@pytest.mark.parametrize(
    ("code", "message", "reason", "minutes"),
    [
        ("ResourceLimitExceeded", QUOTA.format(8, 8, 1), "room in the account's quota 'ml.m5.xlarge for", None),
        ("ResourceLimitExceeded", "The limit is 8", "CreateModel to pass (ResourceLimitExceeded: The limit", None),
        ("ThrottlingException", "Rate exceeded", "CreateModel to pass (ThrottlingException: Rate exceeded)", None),
        ("ValidationException", ROLE, f"CreateModel to pass (ValidationException: {ROLE})", 10),
    ],
)
def test_what_is_waited_for_is_named_and_for_how_long(
    code: str, message: str, reason: str, minutes: int | None
) -> None:
    wait = wait_for(ClientError({"Error": {"Code": code, "Message": message}}, "CreateModel"))
    assert str(wait).startswith(reason)
    assert wait.longest == (dt.timedelta(minutes=minutes) if minutes else None)


UNSEEN = f'Could not find model "{ARN}:model/m".'


def test_a_model_just_made_may_not_be_known_yet_to_what_makes_a_config_of_it() -> None:
    error = ClientError({"Error": {"Code": "ValidationException", "Message": UNSEEN}}, "CreateEndpointConfig")
    assert (is_passing(error), is_young(error), is_refused(error)) == (True, True, False)
    assert wait_for(error).longest == dt.timedelta(minutes=10)


@pytest.mark.parametrize("operation", ["CreateEndpoint", "DescribeModel", "DeleteModel"])
def test_a_model_that_anything_else_does_not_find_is_gone(operation: str) -> None:
    error = ClientError({"Error": {"Code": "ValidationException", "Message": UNSEEN}}, operation)
    assert (is_passing(error), is_young(error)) == (False, False)
