"""What an error of AWS means: who can mend it, and whether it passes. Codes tell, and where they do not, words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ebb.aws.quotas import quota_of
from ebb.errors import WaitError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


_PASSING_CODES = (
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ResourceLimitExceeded",
)
YOUTH = dt.timedelta(minutes=10)
_YOUNG = ("Could not assume role", "Could not access model data")
_NOT_YET = ("Could not find endpoint configuration",)
# CreateEndpointConfig right after CreateModel; for any other operation a model that is not found is gone.
_UNSEEN = ("CreateEndpointConfig", 'Could not find model "')


def code_of(error: ClientError) -> str:
    """AWS's error code. S3's HEAD answers have only the HTTP status as code."""
    return error.response["Error"]["Code"]


def message_of(error: ClientError) -> str:
    return error.response["Error"].get("Message", "")


def is_missing_object(error: ClientError) -> bool:
    """No such key or version, or a delete marker in its place."""
    return code_of(error) in ("404", "405", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed")


def is_already_there(error: ClientError) -> bool:
    """A name is taken. SageMaker says so with ResourceInUse for jobs and in words for everything else."""
    if code_of(error) == "ResourceInUse":
        return True
    return code_of(error) == "ValidationException" and "already existing" in message_of(error)


def is_precondition_failed(error: ClientError) -> bool:
    """A conditional write met what it must not overwrite; 409, two writes at once, is for the queue to try again."""
    return code_of(error) in ("PreconditionFailed", "412")


def is_gone(error: ClientError) -> bool:
    """What is to be deleted is not there: somebody else was quicker."""
    return code_of(error) == "ValidationException" and message_of(error).startswith("Could not find")


def is_denied(error: ClientError) -> bool:
    """IAM does not allow it, which is also how a resource that is not there, and so has no tags, looks."""
    return code_of(error) in ("AccessDeniedException", "AccessDenied")


def is_in_progress(error: ClientError) -> bool:
    """SageMaker changes an endpoint one change at a time."""
    return code_of(error) == "ValidationException" and "in-progress endpoint" in message_of(error)


def is_passing(error: ClientError) -> bool:
    """The same call will pass later: a rate limit, capacity in use, or something just made that is not known yet.

    A quota whose sentence is not understood counts as passing: the longest wait ends it all the same.
    """
    if code_of(error) in _PASSING_CODES:
        return not is_permanent_quota(error)
    known = any(words in message_of(error) for words in _NOT_YET)
    return (code_of(error) == "ValidationException" and known) or is_young(error)


def is_permanent_quota(error: ClientError) -> bool:
    """More is asked for than the account may ever have."""
    quota = quota_of(error)
    return quota is not None and quota.permanent


def is_young(error: ClientError) -> bool:
    """Passing, but only while a role or a model that was just made is not known everywhere: ten minutes at most."""
    operation, unseen = _UNSEEN
    known = any(words in message_of(error) for words in _YOUNG)
    known = known or (error.operation_name == operation and message_of(error).startswith(unseen))
    return code_of(error) == "ValidationException" and known


def wait_for(error: ClientError) -> WaitError:
    """What is waited for after an error that `is_passing`, and for how long at most."""
    quota = quota_of(error)
    if quota:
        return WaitError(f"room in the account's quota '{quota.name}', which is {quota.limit}")
    reason = f"{error.operation_name} to pass ({code_of(error)}: {message_of(error)})"
    return WaitError(reason, longest=YOUTH if is_young(error) else None)


def is_refused(error: ClientError) -> bool:
    """SageMaker does not take the request as it is, now or later."""
    return code_of(error) == "ValidationException" and not is_passing(error)
