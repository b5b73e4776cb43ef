"""Of two attempts at the same run, whoever wrote a file first has written what counts."""

import pytest

from ebb.run_folder import RunFolder
from tests.emulated.stack import BUCKET, Stack


@pytest.fixture
def folder(stack: Stack) -> RunFolder:
    return RunFolder(stack.s3, BUCKET, "runs/abalone/run/")


def test_a_file_that_is_not_there_is_nothing(folder: RunFolder) -> None:
    assert folder.read("settings.json") is None


def test_the_first_to_write_a_file_wins_and_the_second_is_given_it(stack: Stack, folder: RunFolder) -> None:
    assert folder.write_once("settings.json", {"validation": 0.1}) == {"validation": 0.1}
    assert folder.write_once("settings.json", {"validation": 0.5}) == {"validation": 0.1}
    assert stack.read_json("runs/abalone/run/settings.json") == {"validation": 0.1}
    versions = stack.s3.list_object_versions(Bucket=BUCKET, Prefix="runs/abalone/run/")["Versions"]
    assert len(versions) == 1


def test_what_cannot_be_read_is_not_taken_for_missing(folder: RunFolder) -> None:
    elsewhere = RunFolder(folder.s3, "no-such-bucket", folder.prefix)
    with pytest.raises(Exception, match="NoSuchBucket"):
        elsewhere.read("settings.json")
