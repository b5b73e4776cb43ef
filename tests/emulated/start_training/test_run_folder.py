"""Of two attempts at the same run, whoever wrote a file first has written what counts."""

from types import SimpleNamespace
from typing import Any

import pytest

from ebb.bucket.run_folder import Kept, RunFolder
from ebb.errors import EbbError, WaitError
from tests.emulated.stack import BUCKET, Stack


@pytest.fixture
def folder(stack: Stack) -> RunFolder:
    return RunFolder(stack.s3, BUCKET, "runs/abalone/run/")


def test_a_file_that_is_not_there_is_nothing(folder: RunFolder) -> None:
    assert folder.find("settings.json") is None
    with pytest.raises(EbbError, match=r"runs/abalone/run/settings.json has gone"):
        folder.require("settings.json")


def test_the_first_to_write_a_file_wins_and_the_second_is_told(stack: Stack, folder: RunFolder) -> None:
    assert folder.write("settings.json", {"validation": 0.1})
    assert not folder.write("settings.json", {"validation": 0.5})
    assert stack.read_json("runs/abalone/run/settings.json") == {"validation": 0.1}
    versions = stack.s3.list_object_versions(Bucket=BUCKET, Prefix="runs/abalone/run/")["Versions"]
    assert len(versions) == 1


def test_a_file_is_replaced_only_in_place_of_what_was_read(folder: RunFolder) -> None:
    folder.write("settings.json", {"validation": 0.1})
    read = folder.require_kept("settings.json")
    assert folder.write("settings.json", {"validation": 0.2}, over=read)
    assert not folder.write("settings.json", {"validation": 0.3}, over=read)
    assert folder.require("settings.json") == {"validation": 0.2}


@pytest.mark.parametrize("over", [None, Kept({}, '"etag"')])
def test_what_cannot_be_read_or_written_is_not_taken_for_missing(folder: RunFolder, over: Kept | None) -> None:
    elsewhere = RunFolder(folder.s3, "no-such-bucket", folder.prefix)
    with pytest.raises(Exception, match="NoSuchBucket"):
        elsewhere.find("settings.json")
    with pytest.raises(Exception, match="NoSuchBucket"):
        elsewhere.write("settings.json", {}, over)


def test_two_writes_at_the_very_same_time_are_waited_out(stack: Stack, folder: RunFolder) -> None:
    """AWS documents: 409 ConditionalRequestConflict, to be tried again."""

    def conflict(**_: object) -> Any:
        told = {"Error": {"Code": "ConditionalRequestConflict", "Message": "A conflicting operation is in progress."}}
        return SimpleNamespace(status_code=409), told | {"ResponseMetadata": {"HTTPStatusCode": 409}}

    stack.s3.meta.events.register("before-call.s3.PutObject", conflict)
    with pytest.raises(WaitError, match="another attempt"):
        folder.write("settings.json", {})
    stack.s3.meta.events.unregister("before-call.s3.PutObject", conflict)
