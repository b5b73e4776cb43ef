from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from cli.aws_errors import explained
from cli.outcome import CommandError, ExitCode

REFUSED = boto.EndpointConnectionError(endpoint_url="https://sqs")


def answer(code: str, message: str = "No.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CopyObject")


def told(error: Exception) -> str:
    with pytest.raises(CommandError) as failed, explained():
        raise error
    assert failed.value.code is ExitCode.FAILED
    return str(failed.value)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_aws_does_not_accept(code: str) -> None:
    assert told(answer(code, "It has expired.")).startswith(
        "AWS does not accept your credentials: It has expired. Sign in"
    )


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "403"])
def test_what_the_credentials_do_not_allow_is_named(code: str) -> None:
    assert told(answer(code)) == "Your credentials do not allow CopyObject: No."


@pytest.mark.parametrize(("message", "said"), [("It is full.", "It is full."), ("", "Odd")])
def test_any_other_answer_is_told_as_it_is(message: str, said: str) -> None:
    assert told(answer("Odd", message)) == f"AWS refused CopyObject: {said}"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (boto.NoCredentialsError(), "There are no AWS credentials. Sign in"),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), "There are no AWS credentials. Sign in"),
        (boto.SSOTokenLoadError(error_msg="gone"), "There are no AWS credentials. Sign in"),
        (boto.ProfileNotFound(profile="lab"), "The config profile (lab) could not be found: correct AWS_PROFILE."),
        (boto.NoRegionError(), "No region is named. Set AWS_DEFAULT_REGION"),
        (boto.DataNotFoundError(data_path="x"), "AWS could not be asked: Unable to load data for: x"),
    ],
)
def test_what_is_missing_on_this_side(error: BotoCoreError, said: str) -> None:
    assert told(error).startswith(said)


@pytest.mark.parametrize("error", [REFUSED, boto.ReadTimeoutError(endpoint_url="https://sqs")])
def test_when_aws_cannot_be_reached_the_address_is_named(error: BotoCoreError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert told(error) == "AWS cannot be reached. Check region and network."
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert told(error) == "AWS cannot be reached. AWS_ENDPOINT_URL is http://127.0.0.1:4566; does `make up` run?"


def test_what_is_no_answer_of_aws_is_a_bug_and_stays_one() -> None:
    with pytest.raises(KeyError), explained():
        raise KeyError("bug")
