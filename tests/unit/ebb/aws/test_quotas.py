"""A quota is permanent when more is asked for than it ever allows; what is not understood is no quota."""

import pytest
from botocore.exceptions import ClientError

from ebb.aws.quotas import Quota, quota_of

TRAINING = "ml.m5.xlarge for training job usage"
ENDPOINTS = "Maximum number of serverless endpoints"
CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
ADVICE = "Please use AWS Service Quotas to request an increase for this quota. If it is not available, contact support."


def _message(name: str, limit: str, used: str, delta: str) -> str:
    return (
        f"The account-level service limit '{name}' is {limit}, with current utilization of {used} "
        f"and a request delta of {delta}. {ADVICE}"
    )


def _error(message: str, code: str = "ResourceLimitExceeded") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateTrainingJob")


@pytest.mark.parametrize(
    ("printed", "quota", "permanent"),
    [
        ((TRAINING, "0 Instances", "0 Instances", "1 Instances"), Quota(TRAINING, 0, 0, 1), True),
        ((TRAINING, "8 Instances", "8 Instances", "1 Instances"), Quota(TRAINING, 8, 8, 1), False),
        (
            (f"{TRAINING} (spot)", "2 Instances", "0 Instances", "4 Instances"),
            Quota(f"{TRAINING} (spot)", 2, 0, 4),
            True,
        ),
        ((ENDPOINTS, "50 None", "50 None", "1 None"), Quota(ENDPOINTS, 50, 50, 1), False),
        ((CONCURRENCY, "10", "0", "20"), Quota(CONCURRENCY, 10, 0, 20), True),
        ((CONCURRENCY, "1,000 None", "995 None", "1,000 None"), Quota(CONCURRENCY, 1000, 995, 1000), False),
        (("size", "100.0 of GB", "12.0 of GB", "101.0 of GB"), Quota("size", 100, 12, 101), True),
    ],
)
def test_a_quota_is_read_from_awss_sentence(
    printed: tuple[str, str, str, str],
    quota: Quota,
    permanent: bool,  # noqa: FBT001
) -> None:
    assert quota_of(_error(_message(*printed))) == quota
    assert quota.permanent is permanent


@pytest.mark.parametrize(
    "message", ["The account-level service limit 'x' is 0", "is 8", "", _message("x", "a", "b", "c")]
)
def test_a_sentence_that_is_not_understood_is_no_quota(message: str) -> None:
    assert quota_of(_error(message)) is None


def test_another_error_is_no_quota_whatever_it_says() -> None:
    assert quota_of(_error(_message(TRAINING, "0", "0", "1"), "ValidationException")) is None
    assert quota_of(ClientError({"Error": {"Code": "ResourceLimitExceeded"}}, "CreateTrainingJob")) is None


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        (Quota(TRAINING, 0, 0, 1), ("is 0, but 1 would be needed: waiting cannot help", "[training] instance_type")),
        (Quota(CONCURRENCY, 10, 9, 20), ("is 10, but 20 would be needed", "[endpoint] max_concurrency")),
        (Quota(ENDPOINTS, 50, 50, 1), ("is 50, of which 50 in use, and 1 more", "ask for less in model.toml")),
    ],
)
def test_the_sentence_names_the_quota_and_what_to_do(quota: Quota, said: tuple[str, str]) -> None:
    assert quota.sentence.startswith(f"The account's quota '{quota.name}' is ")
    assert "Ask AWS Service Quotas for an increase, or " in quota.sentence
    assert all(part in quota.sentence for part in said)


def test_a_permanent_quota_says_the_same_whatever_is_in_use() -> None:
    assert Quota(TRAINING, 1, 0, 2).sentence == Quota(TRAINING, 1, 1, 2).sentence
