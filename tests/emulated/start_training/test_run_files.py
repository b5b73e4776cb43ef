"""The rows of a run appear together, in the end, or not at all."""

from collections.abc import Callable

import pytest

from ebb.bucket.run_folder import SETTINGS, RunFolder
from ebb.errors import WaitError
from ebb.start_training.check_upload import Attempt
from ebb.start_training.run_files import RunRows
from tests.emulated.stack import BUCKET, Stack

PREFIX = "runs/abalone/run/"
A_PART = b"1,2,3\n" * 1_500_000


@pytest.fixture
def attempt(stack: Stack) -> Attempt:
    folder = RunFolder(stack.s3, BUCKET, PREFIX)
    folder.write(SETTINGS, {"model_toml_version": None})
    return Attempt(folder, folder.require_kept(SETTINGS), None)


def test_rows_appear_when_all_are_written_and_are_measured(stack: Stack, attempt: Attempt) -> None:
    rows = attempt.rows()
    with rows.open() as parts:
        parts.train.write(A_PART, 1_500_000)
        parts.train.write(b"4,5,6\n7,8,9\n", 2)
        parts.validation.write(b"1,2,3\n", 1)
        parts.smoke.write(b"1,2,3\n", 1)
        assert [key for key in stack.listed() if key.endswith(".csv")] == []
    assert stack.read(f"{PREFIX}train.csv") == A_PART + b"4,5,6\n7,8,9\n"
    assert stack.read(f"{PREFIX}validation.csv") == stack.read(f"{PREFIX}smoke.csv") == b"1,2,3\n"
    assert rows.bytes == {"train": len(A_PART) + 12, "validation": 6}


def test_a_file_without_rows_does_not_appear(stack: Stack, attempt: Attempt) -> None:
    with attempt.rows().open() as parts:
        parts.train.write(b"1,2,3\n", 1)
    assert [key for key in stack.listed() if key.endswith(".csv")] == [f"{PREFIX}train.csv"]


def _nothing_appeared(stack: Stack) -> bool:
    left_open = stack.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    return stack.listed() == [f"{PREFIX}settings.json"] and not left_open


def _write(rows: RunRows, train: bytes, count: int, then: Callable[[], object] = lambda: None) -> None:
    with rows.open() as parts:
        parts.train.write(train, count)
        parts.validation.write(b"1,2,3\n", 1)
        then()


def test_an_error_among_the_rows_leaves_nothing(stack: Stack, attempt: Attempt) -> None:
    def fail() -> None:
        raise ValueError("a bad row")

    with pytest.raises(ValueError, match="a bad row"):
        _write(attempt.rows(), A_PART, 1_500_000, fail)
    assert _nothing_appeared(stack)


def test_the_slower_of_two_attempts_leaves_nothing(stack: Stack, attempt: Attempt) -> None:
    def overtake() -> None:
        stack.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}dataset.json", Body=b"{}")

    with pytest.raises(WaitError, match="was quicker"):
        _write(attempt.rows(), b"1,2,3\n", 1, overtake)
    assert [key for key in stack.listed() if key.endswith(".csv")] == []
