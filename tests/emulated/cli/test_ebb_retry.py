"""`ebb retry`: what failed is trained again from the same bytes, what was not deployed is asked for again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.app import main
from ebb.announcements.latest import Latest
from ebb.ledger.endpoint_row import EndpointRow, Reason, State, Wanted
from ebb.ledger.ledger import Ledger
from ebb.names import Upload
from ebb.times import parsed
from tests.emulated.cloudformation import CloudFormation
from tests.emulated.described import described
from tests.emulated.intake import Intake
from tests.emulated.stack import ACCOUNT, BUCKET, ENDPOINT, GOOD_ROWS, NEWER, NOW, OLDER, REGION, TABLE, Stack

KEY = "datasets/abalone/a b+c.csv"


@pytest.fixture(autouse=True)
def cloudformation(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    with described(stack, monkeypatch) as known:
        yield known


@pytest.fixture
def requests(stack: Stack) -> str:
    """The queue that hears what people ask of the stack."""
    pattern = {"source": ["ebb.request"], "detail-type": ["Retry"], "detail": {"stack": ["ebb"]}}
    stack.clients.events.put_rule(Name="requests", EventBusName="ebb-requests", EventPattern=json.dumps(pattern))
    target = {"Id": "deploy", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:ebb-deploy"}
    stack.clients.events.put_targets(Rule="requests", EventBusName="ebb-requests", Targets=[target])  # type: ignore[list-item]
    return stack.deploy_queue


def reached(stack: Stack, stage: str, run: str | None = NEWER, **more: Any) -> None:
    Latest("abalone", run, stage, "So it is.", ENDPOINT, **more).write(stack.s3, BUCKET, NOW)


def retried(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["retry", *(words or ("abalone",)), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def failed(stack: Stack, intake: Intake) -> tuple[str, Upload]:
    """A run whose training failed, and its upload."""
    content: dict[str, Any] = {"ContentType": "text/csv", "Metadata": {"from": "the lab"}}
    version = stack.s3.put_object(Bucket=BUCKET, Key=KEY, Body=GOOD_ROWS, **content)["VersionId"]
    upload = Upload(BUCKET, KEY, version)
    run = intake.take(upload)["run"]
    reached(stack, "failed", run)
    return run, upload


def test_failed_training_is_tried_again_as_a_new_version_of_the_same_bytes(
    stack: Stack, failed: tuple[str, Upload], intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    run, upload = failed
    code, document = retried(capsys)
    current = stack.s3.head_object(Bucket=BUCKET, Key=KEY)
    assert code == 0
    assert current["VersionId"] != upload.version_id
    assert (current["ContentType"], current["Metadata"]) == ("text/csv", {"from": "the lab"})
    assert stack.read(KEY) == GOOD_ROWS
    assert document == {
        "stack": "ebb",
        "model": "abalone",
        "action": "train",
        "sentence": f"{KEY} is uploaded again, with the same content, as version {current['VersionId']}. "
        "It is trained as a new run.",
        "run": run,
        "stage": "failed",
        "key": KEY,
        "version_id": current["VersionId"],
    }
    again = intake.take(Upload(BUCKET, KEY, current["VersionId"]))
    assert (again["outcome"], again["run"] != run) == ("training", True)


def test_it_is_the_failed_version_that_is_copied(
    stack: Stack, failed: tuple[str, Upload], capsys: pytest.CaptureFixture[str]
) -> None:
    stack.upload(KEY, b"another file by now")
    assert retried(capsys)[0] == 0
    assert stack.read(KEY) == GOOD_ROWS


def test_what_has_been_deleted_cannot_be_tried_again(
    stack: Stack, failed: tuple[str, Upload], capsys: pytest.CaptureFixture[str]
) -> None:
    stack.s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=failed[1].version_id)
    code, document = retried(capsys)
    assert (code, document["error"]["code"]) == (1, "failed")
    assert document["error"]["message"].endswith("has been deleted: upload the file again.")


def test_without_its_run_folder_nobody_knows_the_file(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    reached(stack, "failed")
    assert main(["retry", "abalone"]) == 1
    assert f"runs/abalone/{NEWER}/dataset.json has gone: upload the file again." in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["held-back", "rolled-back"])
def test_a_run_that_was_not_deployed_is_asked_for_again(
    stack: Stack, requests: str, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reached(stack, stage)
    assert main(["retry", "abalone"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert " ".join(said[:-1]) == f"✓ Asked to deploy {NEWER} again; it was {stage.replace('-', ' ')}."
    assert said[-1] == "  Watch it: aws logs tail /ebb/ebb/journal --follow"
    (event,) = stack.messages(requests)
    assert (event["source"], event["detail-type"]) == ("ebb.request", "Retry")
    assert event["detail"] == {"stack": "ebb", "model": "abalone", "run": NEWER}


def test_a_broken_endpoint_comes_before_everything_else(
    stack: Stack, requests: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = Wanted("ebb-abalone-200101000000-bbbbb", Reason.ROLLBACK, parsed("2026-11-22T15:00:00Z"), instead_of=OLDER)
    Ledger(stack.clients.dynamodb, TABLE).write_endpoint(EndpointRow("abalone", state=State.BROKEN, wanted=wanted))
    reached(stack, "refused", problems=[{"code": "not_a_number"}])
    code, document = retried(capsys)
    assert (code, document["action"], document["run"], document["stage"]) == (0, "deploy", OLDER, "broken")
    (event,) = stack.messages(requests)
    assert event["detail"] == {"stack": "ebb", "model": "abalone", "run": OLDER}


def test_a_refused_file_would_be_refused_again(
    stack: Stack, intake: Intake, requests: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = GOOD_ROWS.replace(b"\n3,3.5", b"\n3,three")
    intake.take(stack.upload(KEY, bad))
    assert main(["retry", "abalone"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("✗ The newest upload of abalone was refused, and would be refused again. Correct it")
    assert "line 4, column 1: 'three'" in said
    assert "→" in said
    code, document = retried(capsys)
    assert (code, document["action"], len(document["problems"])) == (1, "refused", 1)
    assert [version["Key"] for version in stack.s3.list_object_versions(Bucket=BUCKET, Prefix=KEY)["Versions"]] == [KEY]
    assert stack.messages(requests) == []


@pytest.mark.parametrize("stage", ["waiting", "training", "live", "asleep"])
def test_there_is_nothing_to_retry(stack: Stack, requests: str, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    reached(stack, stage)
    code, document = retried(capsys)
    assert (code, document["action"], document["stage"]) == (0, "nothing", stage)
    assert document["sentence"] == f"Nothing to retry: abalone is {stage}."
    assert stack.messages(requests) == []


def test_an_unknown_model_is_not_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retry", "nosuch"]) == 3
    said = capsys.readouterr().err
    assert (
        f"The stack ebb knows no model nosuch. Upload a file to s3://{BUCKET}/datasets/nosuch/ to make it one." in said
    )


@pytest.mark.parametrize("model", ["Abalone", "a/../b", "\x1b[2J", ""])
def test_what_can_be_no_model_is_not_looked_for(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = retried(capsys, model)
    assert (code, document["error"]["code"]) == (3, "not_found")
    assert document["error"]["message"].startswith(f"'{model}' is no model: a model name has 1 to 28")
