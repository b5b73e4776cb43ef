"""What AWS, or the way to it, has against a command: as sentences for the person who typed it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from cli.outcome import CommandError, ExitCode
from ebb.aws.client_errors import code_of, message_of

_SIGN_IN = "Sign in (`aws configure`, `aws sso login`), or `source .local/env` for the local cloud."
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
)
_WRONG_CREDENTIALS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_DENIED = ("403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@contextmanager
def explained() -> Iterator[None]:
    """CommandError for everything that botocore raises."""
    try:
        yield
    except ClientError as error:
        raise CommandError(ExitCode.FAILED, _answer(error)) from error
    except BotoCoreError as error:
        raise CommandError(ExitCode.FAILED, _way(error, os.environ)) from error


def _answer(error: ClientError) -> str:
    said = message_of(error) or code_of(error)
    if code_of(error) in _WRONG_CREDENTIALS:
        return f"AWS does not accept your credentials: {said.rstrip('. ')}. {_SIGN_IN}"
    if code_of(error) in _DENIED:
        return f"Your credentials do not allow {error.operation_name}: {said}"
    return f"AWS refused {error.operation_name}: {said}"


def _way(error: BotoCoreError, environment: Mapping[str, str]) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"There are no AWS credentials. {_SIGN_IN}"
    if isinstance(error, boto.ProfileNotFound):
        return f"{error}: correct AWS_PROFILE."
    if isinstance(error, boto.NoRegionError):
        return "No region is named. Set AWS_DEFAULT_REGION, or the region of your profile."
    if isinstance(error, (boto.ConnectionError, boto.HTTPClientError)):
        address = environment.get("AWS_ENDPOINT_URL")
        where = f"AWS_ENDPOINT_URL is {address}; does `make up` run?" if address else "Check region and network."
        return f"AWS cannot be reached. {where}"
    return f"AWS could not be asked: {error}"
