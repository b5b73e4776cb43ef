"""`ebb uninstall`: nothing is left that costs money in SageMaker, and nothing of anybody else's is touched."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.app import main
from ebb.ledger.endpoint_row import EndpointRow, State
from ebb.times import parsed
from tests.emulated import listed_resources
from tests.emulated.cli.asked_of_ebb import said
from tests.emulated.cli.sagemaker_resources import LOGS, SCHEDULE, groups, make_machinery, place_all, placed
from tests.emulated.described import described
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.listed_resources import ListedResources
from tests.emulated.served_sagemaker import served
from tests.emulated.stack import BUCKET, ENDPOINT, JOURNAL, NEWER, NOW, REGION, TABLE, Stack

CHANGING_CALLS = ("delete_endpoint", "delete_endpoint_config", "delete_model")


@pytest.fixture(autouse=True)
def cloud(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[ListedResources]:
    with (
        described(stack, monkeypatch) as known,
        listed_resources.running(known) as listed,
        served(stack.sagemaker, monkeypatch),
    ):
        known.stacks["ebb"] = dict(known.stacks["ebb"]) | {"DeployEndpointFunctionName": "ebb-deploy-endpoint"}
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", listed.address)
        said(stack, "live")
        yield listed


@pytest.fixture
def machinery(stack: Stack, cloud: ListedResources) -> str:
    """The id of the event source mapping."""
    mapping = make_machinery(stack)
    cloud.resources = [
        ("AWS::Lambda::EventSourceMapping", "DeployEndpointFunctionDeploy", mapping),
        ("AWS::S3::Bucket", "DataBucket", BUCKET),
        ("AWS::Scheduler::Schedule", "TearDownTimer", SCHEDULE),
    ]
    return mapping


@pytest.fixture
def deployed(stack: Stack) -> None:
    place_all(stack)


def uninstalled(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["uninstall", "--yes", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def steps(document: dict[str, Any], outcome: str) -> list[str]:
    return [f"{step['kind']} {step['name']} {step['what']}" for step in document["steps"] if step["outcome"] == outcome]


def test_all_that_is_the_stacks_goes_in_the_order_that_needs_its_roles(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = uninstalled(capsys)
    assert code == 0
    done = steps(document, "done")
    assert done[:3] == [
        "schedule TearDownTimer disabled",
        "event source DeployEndpointFunctionDeploy disabled",
        f"training job {NEWER} stopped",
    ]
    assert sorted(done[3:5]) == [f"endpoint {ENDPOINT} deleted", f"endpoint {NEWER} deleted"]
    assert done[5:] == [
        f"endpoint config {NEWER} deleted",
        f"model {NEWER} deleted",
        f"log group {LOGS}{ENDPOINT} deleted",
        f"log group {LOGS}{NEWER} deleted",
    ]
    assert len(done) == len(document["steps"])
    assert (stack.sagemaker.endpoints, stack.sagemaker.configs, stack.sagemaker.models) == ({}, {}, {})
    assert groups(stack) == []
    assert [job["TrainingJobStatus"] for job in stack.sagemaker.jobs.values()] == ["Stopping", "Completed"]
    assert document["next"] == f"sam delete --stack-name ebb --region {REGION}"


def test_the_schedule_stays_as_it_is_but_for_its_state(
    stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler, functions = stack.clients.session.client("scheduler"), stack.clients.session.client("lambda")
    before: Any = scheduler.get_schedule(Name=SCHEDULE)
    assert uninstalled(capsys)[0] == 0
    after: Any = scheduler.get_schedule(Name=SCHEDULE)
    changed = {name for name in before if before[name] != after[name]} - {"ResponseMetadata", "LastModificationDate"}
    assert (changed, after["State"]) == ({"State"}, "DISABLED")
    assert functions.get_event_source_mapping(UUID=machinery)["State"] == "Disabled"


def test_a_dry_run_lists_the_same_and_changes_nothing(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["uninstall", "--dry-run", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    planned = steps(document, "planned")
    assert len(planned) == len(document["steps"]) == 9
    assert not [call for call, _ in stack.sagemaker.calls if call in CHANGING_CALLS]
    assert stack.clients.session.client("scheduler").get_schedule(Name=SCHEDULE)["State"] == "ENABLED"
    assert stack.sagemaker.jobs[NEWER]["TrainingJobStatus"] == "InProgress"
    assert document["next"] == "ebb uninstall"
    assert sorted(planned) == sorted(steps(uninstalled(capsys)[1], "done"))


def test_what_is_not_the_stacks_by_its_tag_is_named_and_left(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "ebb-other-300101000000-ccccc"
    placed(stack, "ebb-untagged")
    placed(stack, other, **{"ebb:stack": "lake"})
    placed(stack, "web-ebb-shop", **{"ebb:stack": "lake"})
    for endpoint in ("ebb-untagged", other, "web-ebb-shop"):
        stack.clients.logs.create_log_group(logGroupName=f"{LOGS}{endpoint}")
    code, document = uninstalled(capsys)
    assert code == 0
    assert sorted(stack.sagemaker.endpoints) == sorted([other, "ebb-untagged", "web-ebb-shop"])
    assert sorted(stack.sagemaker.models) == sorted(stack.sagemaker.configs) == sorted(stack.sagemaker.endpoints)
    left = {step["name"]: step["why"] for step in document["steps"] if step["outcome"] == "left"}
    assert left == {
        other: "it is not this stack's: it carries ebb:stack=lake",
        "ebb-untagged": "it is not this stack's: it has no tag ebb:stack",
        f"{LOGS}{other}": "no model of this stack goes by its name",
        f"{LOGS}ebb-untagged": "no model of this stack goes by its name",
    }
    assert groups(stack) == [other, "ebb-untagged", "web-ebb-shop"]


def test_the_logs_of_an_endpoint_that_took_our_models_name_are_left(
    stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    placed(stack, ENDPOINT)
    stack.clients.logs.create_log_group(logGroupName=f"{LOGS}{ENDPOINT}")
    code, document = uninstalled(capsys)
    assert (code, steps(document, "done")[2:]) == (0, [])
    assert groups(stack) == [ENDPOINT]


def test_one_that_cannot_be_deleted_is_named_and_the_rest_goes(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("delete_endpoint", client_error("AccessDeniedException", "Not you."), ENDPOINT)
    stack.sagemaker.refuse("delete_model", client_error("AccessDeniedException", "Not you either."))
    code, document = uninstalled(capsys)
    assert code == 1
    failed = {step["name"]: step["why"] for step in document["steps"] if step["outcome"] == "failed"}
    assert failed == {
        ENDPOINT: "Your credentials do not allow DeleteEndpoint: Not you.",
        NEWER: "Your credentials do not allow DeleteModel: Not you either.",
    }
    assert list(stack.sagemaker.endpoints) == [ENDPOINT]
    assert stack.sagemaker.configs == {}
    assert document["next"] == "ebb uninstall"


def test_it_goes_on_where_it_was(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("delete_endpoint", client_error("InternalFailure", "Try again."), ENDPOINT)
    assert uninstalled(capsys)[0] == 1
    code, document = uninstalled(capsys)
    assert code == 0
    assert f"endpoint {ENDPOINT} deleted" in steps(document, "done")
    code, document = uninstalled(capsys)
    assert (code, steps(document, "done")) == (
        0,
        ["schedule TearDownTimer disabled", "event source DeployEndpointFunctionDeploy disabled"],
    )


def test_an_endpoint_that_is_being_changed_is_waited_for(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=NEWER)
    code, document = uninstalled(capsys, "--wait", "0.2")
    assert (code, document["next"]) == (4, "ebb uninstall")
    assert [step for step in document["steps"] if step["name"] == ENDPOINT] == [
        {
            "kind": "endpoint",
            "name": ENDPOINT,
            "what": "deleted",
            "outcome": "waiting",
            "why": "it is still Updating",
        }
    ]
    stack.sagemaker.settle(ENDPOINT)
    assert uninstalled(capsys)[0] == 0
    assert stack.sagemaker.endpoints == {}


def test_one_that_began_to_change_since_it_was_listed_is_tried_again(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = client_error("ValidationException", f'Cannot update in-progress endpoint "{ENDPOINT}".')
    stack.sagemaker.refuse("delete_endpoint", busy, ENDPOINT)
    code, document = uninstalled(capsys)
    assert (code, steps(document, "failed")) == (0, [])
    assert steps(document, "done").count(f"endpoint {ENDPOINT} deleted") == 1


def test_what_cannot_be_listed_is_a_failure(
    stack: Stack, machinery: str, deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sagemaker.refuse("list_endpoints", client_error("AccessDeniedException", "Not you."))
    code, document = uninstalled(capsys)
    assert (code, steps(document, "failed")) == (1, ["endpoint * looked for"])
    assert stack.sagemaker.models == {}


def test_it_says_what_stays(stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]) -> None:
    stack.ledger.write_endpoint(EndpointRow("adopted/notebook", state=State.LIVE, due=parsed("2026-11-22T15:00:00Z")))
    assert main(["uninstall", "--yes"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"bucket {BUCKET} costs money: uploads, runs and artifacts, 0.0 MB, all versions counted." in told
    assert f"table {TABLE} costs next to nothing" in told
    assert "/aws/sagemaker/TrainingJobs is the account's" in told
    assert "endpoint notebook was adopted: not touched, and watched no longer." in told
    assert "training jobs ebb-… stay in SageMaker's list" in told
    assert "bucket aws-sam-cli-managed-default-… is SAM's own" in told
    assert told.endswith(f"Now the stack itself: sam delete --stack-name ebb --region {REGION}")


def test_it_asks_for_the_stacks_name_first(
    stack: Stack, deployed: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("ebb\n"))
    assert main(["uninstall"]) == 2
    assert "Nobody can be asked here: say --yes." in capsys.readouterr().err
    assert stack.sagemaker.calls == []


def test_the_journal_is_written_into_the_bucket_before_its_group_goes_with_the_stack(
    stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = stack.clients.logs
    logs.create_log_stream(logGroupName=JOURNAL, logStreamName="decisions")
    at = int(NOW.timestamp() * 1000)
    event = {"timestamp": at, "message": '{"did": "knocked"}'}
    logs.put_log_events(logGroupName=JOURNAL, logStreamName="decisions", logEvents=[event])  # type: ignore[list-item]
    code, document = uninstalled(capsys, "--dry-run")
    assert (code, stack.s3.list_objects_v2(Bucket=BUCKET, Prefix="journal/")["KeyCount"]) == (0, 0)
    code, document = uninstalled(capsys)
    assert code == 0
    (written,) = [step["name"] for step in document["steps"] if step["kind"] == "journal"]
    key = written.removeprefix(f"s3://{BUCKET}/")
    assert key.startswith("journal/ebb/")
    assert [json.loads(line) for line in stack.read(key).splitlines()] == [
        {"at": "2026-11-22T16:00:00.000+00:00", "stream": "decisions", "message": '{"did": "knocked"}'}
    ]
    assert written in [each["name"] for each in document["stays"]]


def test_what_another_prefix_has_left_is_found_by_its_tag(
    stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger knows former prefixes by its runs; a stack that was never ours is not touched."""
    run = "lake-abalone-261122000001-k3v7q"
    placed(stack, "lake-abalone", **{"ebb:stack": "ebb"})
    placed(stack, "lake-other", **{"ebb:stack": "lake"})
    stack.ledger.write_endpoint(
        EndpointRow("abalone", state=State.LIVE, live_run=run, due=parsed("2026-11-22T15:00:00Z"))
    )
    assert uninstalled(capsys)[0] == 0
    assert list(stack.sagemaker.endpoints) == ["lake-other"]


def test_a_stack_that_is_switched_off_says_so_refuses_requests_and_is_switched_on_again(
    stack: Stack, machinery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert uninstalled(capsys)[0] == 0
    assert main(["status"]) == 0
    assert "The stack ebb is switched off since 20" in " ".join(capsys.readouterr().out.split())
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["switched_off_since"].endswith("Z")
    assert main(["wake", "abalone"]) == 1
    assert "`ebb uninstall --undo` switches it on." in " ".join(capsys.readouterr().err.split())

    assert main(["uninstall", "--undo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert steps(document, "done") == [
        "event source DeployEndpointFunctionDeploy enabled",
        "schedule TearDownTimer enabled",
    ]
    scheduler, functions = stack.clients.session.client("scheduler"), stack.clients.session.client("lambda")
    assert scheduler.get_schedule(Name=SCHEDULE)["State"] == "ENABLED"
    assert functions.get_event_source_mapping(UUID=machinery)["State"] == "Enabled"
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["switched_off_since"] is None
