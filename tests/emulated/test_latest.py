"""latest.json tells of the newest run: an older one that is late never takes its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ebb.announcements.latest import ATTEMPTS, Latest
from ebb.errors import WaitError
from tests.emulated.stack import BUCKET, ENDPOINT, NEWER, NOW, OLDER, Stack

KEY = "runs/abalone/latest.json"


def _write(stack: Stack, run: str | None, stage: str, bucket: str = BUCKET) -> None:
    Latest("abalone", run, stage, f"It is {stage}.", ENDPOINT).write(stack.s3, bucket, NOW)


def _there(stack: Stack) -> tuple[str | None, str]:
    latest = stack.read_json(KEY)
    return latest["run"], latest["stage"]


@contextmanager
def _before_writing(stack: Stack, happen: Callable[[], Any]) -> Iterator[None]:
    """Something happens between the look and the write; what it returns is the answer, None lets it go on."""
    event = "before-call.s3.PutObject"
    within: list[bool] = []

    def hook(**_: object) -> Any:
        if within:
            return None
        within.append(True)
        try:
            return happen()
        finally:
            within.pop()

    stack.s3.meta.events.register(event, hook)
    yield
    stack.s3.meta.events.unregister(event, hook)


def test_each_stage_of_a_run_takes_the_place_of_the_one_before(stack: Stack) -> None:
    for stage in ("training", "deploying", "live"):
        _write(stack, OLDER, stage)
        assert _there(stack) == (OLDER, stage)


@pytest.mark.parametrize("newer", [NEWER, f"{NEWER}-od"])
def test_an_older_run_that_is_late_leaves_the_newer_one_alone(stack: Stack, newer: str) -> None:
    _write(stack, OLDER, "training")
    _write(stack, newer, "training")
    _write(stack, OLDER, "failed")
    assert _there(stack) == (newer, "training")


def test_a_refusal_without_a_run_is_always_told_and_never_in_the_way(stack: Stack) -> None:
    _write(stack, NEWER, "live")
    _write(stack, None, "refused")
    assert _there(stack) == (None, "refused")
    _write(stack, OLDER, "live")
    assert _there(stack) == (OLDER, "live")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"run": 7}', b'{"stage": "live"}', b"\xff"])
def test_what_somebody_else_has_put_there_is_overwritten(stack: Stack, body: bytes) -> None:
    stack.upload(KEY, body)
    _write(stack, OLDER, "live")
    assert _there(stack) == (OLDER, "live")


@pytest.mark.parametrize("there", [None, OLDER])
def test_a_newer_run_that_comes_between_look_and_write_wins(stack: Stack, there: str | None) -> None:
    if there:
        _write(stack, there, "training")
    with _before_writing(stack, _once(lambda: _write(stack, NEWER, "training"))):
        _write(stack, OLDER, "failed")
    assert _there(stack) == (NEWER, "training")


def test_an_older_run_that_comes_between_look_and_write_is_overwritten(stack: Stack) -> None:
    with _before_writing(stack, _once(lambda: _write(stack, OLDER, "training"))):
        _write(stack, NEWER, "live")
    assert _there(stack) == (NEWER, "live")


@pytest.mark.parametrize(
    ("code", "times"), [("ConditionalRequestConflict", 1), ("PreconditionFailed", ATTEMPTS - 1), ("NoSuchKey", 1)]
)
def test_writers_at_the_same_time_look_again(stack: Stack, code: str, times: int) -> None:
    """AWS documents: 409 or 412, and 404 for If-Match on an object that was deleted meanwhile."""
    answers = iter([_answer(code)] * times)
    with _before_writing(stack, lambda: next(answers, None)):
        _write(stack, OLDER, "live")
    assert _there(stack) == (OLDER, "live")


def test_after_a_few_looks_it_waits(stack: Stack) -> None:
    with _before_writing(stack, lambda: _answer("PreconditionFailed")), pytest.raises(WaitError, match=KEY):
        _write(stack, OLDER, "live")


def test_what_may_not_be_written_or_read_is_an_error(stack: Stack) -> None:
    with _before_writing(stack, lambda: _answer("AccessDenied")), pytest.raises(ClientError, match="AccessDenied"):
        _write(stack, OLDER, "live")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        _write(stack, OLDER, "live", bucket="no-such-bucket")


def _once(act: Callable[[], Any]) -> Callable[[], Any]:
    acts = [act]
    return lambda: acts.pop()() if acts else None


def _answer(code: str) -> Any:
    return SimpleNamespace(status_code=400), {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
