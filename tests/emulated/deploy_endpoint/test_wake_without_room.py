"""A wake for which the account has no room: said, waited for, and given up when waiting cannot help."""

import datetime as dt
from dataclasses import replace

import pytest

from ebb.errors import WaitError
from ebb.ledger.endpoint_row import State
from ebb.messaging.requests import Request
from ebb.names import ModelName
from tests.emulated.deployments import Deployments
from tests.emulated.fake_sagemaker import client_error

WAKE = Request("Wake", ModelName("abalone"), by="predict")
FULL = (
    "The account's quota 'Maximum number of serverless endpoints' is 1, of which 1 in use, and 1 more would be needed"
)


@pytest.fixture
def asleep(runs: Deployments) -> Deployments:
    runs.was_live(1)
    runs.falls_asleep()
    return runs


def test_a_quota_that_is_full_is_said_and_waited_for_by_one_message_only(asleep: Deployments) -> None:
    sagemaker, first = asleep.stack.sagemaker, replace(WAKE, at=asleep.now)
    for _ in range(2):
        sagemaker.refuse("create_endpoint", _quota(limit=1))
    with pytest.raises(WaitError, match="Maximum number of serverless endpoints"):
        asleep.deploying.work_on(first)
    assert (asleep.row.state, asleep.row.blocked_by.startswith(FULL)) == (State.WAKING, True)
    later = replace(WAKE, at=asleep.now + dt.timedelta(minutes=1))
    outcome = asleep.deploying.work_on(later)
    assert (outcome["outcome"], outcome["reason"].startswith(FULL)) == ("already waking", True)
    with pytest.raises(WaitError, match="Maximum number of serverless endpoints"):
        asleep.deploying.work_on(first)
    sagemaker.max_endpoints = None
    assert asleep.deploying.work_on(first)["outcome"] == "created"
    asleep.calm()
    assert (asleep.row.state, asleep.row.blocked_by) == (State.LIVE, "")
    assert asleep.said() == ["EndpointWaking", "EndpointLive"]


def test_the_hindrance_is_gone_as_soon_as_there_is_room(asleep: Deployments) -> None:
    asleep.stack.sagemaker.refuse("create_endpoint", _quota(limit=1))
    with pytest.raises(WaitError):
        asleep.deploying.work_on(WAKE)
    asleep.stack.clients.sqs.send_message(QueueUrl=asleep.stack.deploy_queue, MessageBody=_change())
    asleep.deliver()
    assert (asleep.row.state, asleep.row.blocked_by) == (State.WAKING, "")


def test_a_quota_that_never_suffices_is_told_and_it_sleeps_on(asleep: Deployments) -> None:
    asleep.stack.sagemaker.refuse("create_endpoint", _quota(limit=0))
    assert asleep.deploying.work_on(WAKE)["outcome"] == "asleep still"
    assert (asleep.row.state, asleep.row.wanted, asleep.row.blocked_by) == (State.ASLEEP, None, "")
    _, said = asleep.stack.announcements()
    assert said["name"] == "EndpointBroken"
    assert "could not be woken: The account's quota" in said["sentence"]


def test_a_wake_that_waited_for_too_long_is_told_and_it_sleeps_on(asleep: Deployments) -> None:
    asleep.stack.sagemaker.refuse("create_endpoint", _quota(limit=1))
    with pytest.raises(WaitError) as wait:
        asleep.deploying.work_on(WAKE)
    reason = f"it has waited for 24 hours: {wait.value}"
    assert asleep.deploying.give_up(WAKE, reason)["outcome"] == "given up"
    _, said = asleep.stack.announcements()
    assert "could not be woken: it has waited for 24 hours: The account's quota" in said["sentence"]
    assert asleep.row.state is State.ASLEEP
    asleep.deploying.give_up(WAKE, reason)
    assert asleep.said() == []


def _quota(limit: int) -> Exception:
    quota = f"'Maximum number of serverless endpoints' is {limit} None, with current utilization of {limit} None"
    return client_error(
        "ResourceLimitExceeded", f"The account-level service limit {quota} and a request delta of 1 None."
    )


def _change() -> str:
    return '{"source": "ebb.change", "detail-type": "Apply Change", "detail": {"stack": "ebb", "model": "abalone"}}'
