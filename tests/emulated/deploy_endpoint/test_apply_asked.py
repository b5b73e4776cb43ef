"""A model.toml beside an upload that was accepted is for the live run: start_training asks for it to be applied."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ebb.aws.event_bus import EventLostError
from ebb.errors import WaitError
from ebb.messaging.requests import order_of, put_request
from ebb.names import Upload
from tests.emulated.intake import Intake
from tests.emulated.stack import ACCOUNT, GOOD_ROWS, NOW, REGION, Stack

KEY, TOML = "datasets/abalone/abalone.csv", "datasets/abalone/model.toml"
OLD, NEW = b"validation = 0.25", b"validation = 0.25\n[idle]\nkeep = true"


@pytest.fixture
def asked(stack: Stack) -> Callable[[], list[dict[str, Any]]]:
    """What the stack's rule would bring to deploy_endpoint since the last look."""
    queue = stack.clients.sqs.create_queue(QueueName="asked")["QueueUrl"]
    pattern = {"source": ["ebb.request"], "detail": {"stack": ["ebb"]}}
    stack.clients.events.put_rule(Name="requests", EventBusName="ebb-requests", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:asked"
    stack.clients.events.put_targets(
        Rule="requests", EventBusName="ebb-requests", Targets=[{"Id": "asked", "Arn": arn}]
    )
    return lambda: stack.messages(queue)


@pytest.fixture
def accepted(stack: Stack, intake: Intake) -> str:
    """A run that is live, under its own model.toml."""
    stack.upload(TOML, OLD)
    run = str(intake.take(stack.upload(KEY, GOOD_ROWS))["run"])
    stack.ledger.record_run("abalone", run, "live", NOW)
    stack.announcements()
    return run


@pytest.mark.parametrize("stage", ["live", "superseded", "held-back", "rolled-back", "failed"])
def test_it_is_asked_for_when_the_newest_run_is_decided(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]], stage: str
) -> None:
    stack.ledger.record_run("abalone", accepted, stage, NOW)
    outcome = intake.take(stack.upload(TOML, NEW))
    assert outcome == {"outcome": "asked to apply", "model": "abalone", "newest": accepted}
    (event,) = asked()
    assert (event["source"], event["detail-type"]) == ("ebb.request", "Apply")
    assert event["detail"] == {"stack": "ebb", "model": "abalone"}
    assert (stack.announcements(), list(stack.sagemaker.jobs)) == ([], [accepted])


def test_deploy_endpoint_understands_it(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]]
) -> None:
    intake.take(stack.upload(TOML, NEW))
    order: Any = order_of(asked()[0])
    assert (order.kind, order.model) == ("Apply", "abalone")


def test_told_twice_it_asks_twice_which_is_harmless(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]]
) -> None:
    settings = stack.upload(TOML, NEW)
    assert [intake.take(settings)["outcome"] for _ in range(2)] == ["asked to apply"] * 2
    assert len(asked()) == 2


def test_a_function_that_dies_before_it_asked_does_so_when_it_is_told_again(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]]
) -> None:
    settings = stack.upload(TOML, NEW)
    with stack.broken("events", "PutEvents"), pytest.raises(ConnectionError):
        intake.take(settings)
    intake.take(settings)
    assert len(asked()) == 1


@pytest.mark.parametrize("stage", ["training", "candidate", "deploying"])
def test_a_run_that_is_on_its_way_has_the_old_ones_and_is_waited_for(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]], stage: str
) -> None:
    stack.ledger.record_run("abalone", accepted, stage, NOW)
    settings = stack.upload(TOML, NEW)
    with pytest.raises(WaitError, match=accepted):
        intake.take(settings)
    assert (asked(), stack.messages(stack.intake_queue)) == ([], [])
    stack.ledger.record_run("abalone", accepted, "live", NOW)
    intake.take(settings)
    assert len(asked()) == 1


@pytest.mark.parametrize("stage", ["training", "live"])
def test_settings_that_the_run_has_already_are_not_asked_for(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]], stage: str
) -> None:
    """Both files were uploaded together, and the events came in any order."""
    stack.ledger.record_run("abalone", accepted, stage, NOW)
    versions = stack.s3.list_object_versions(Bucket="ebb-databucket-1example", Prefix=TOML)["Versions"]
    settings = Upload("ebb-databucket-1example", TOML, versions[0]["VersionId"])
    assert intake.take(settings)["outcome"] == "nothing to run again"
    assert asked() == []


def test_settings_that_are_deleted_are_not_asked_for(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]]
) -> None:
    settings = stack.upload(TOML, NEW)
    stack.s3.delete_object(Bucket=settings.bucket, Key=TOML)
    intake.take(settings)
    assert asked() == []


def test_given_up_after_the_longest_wait_it_tells_nothing_wrong(
    stack: Stack, intake: Intake, accepted: str, asked: Callable[[], list[dict[str, Any]]]
) -> None:
    stack.ledger.record_run("abalone", accepted, "training", NOW)
    assert intake.give_up(stack.upload(TOML, NEW), "it waited 24 hours")["outcome"] == "already training"
    assert (stack.announcements(), asked()) == ([], [])


def test_what_the_bus_does_not_take_is_an_error() -> None:
    class Refusing:
        def put_events(self, **_: Any) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    events: Any = Refusing()
    with pytest.raises(EventLostError, match="Apply"):
        put_request(events, "ebb-requests", "ebb", "Apply", "abalone")
