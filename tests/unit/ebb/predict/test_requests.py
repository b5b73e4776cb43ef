"""What an HTTP request says besides its rows."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.predict.errors import RequestError
from ebb.predict.http import MAX_SENT, Request, Response


def event(path: str = "/", body: str | None = None, *, encoded: bool = False, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rawPath": path,
        "headers": headers,
        "requestContext": {"http": {"method": "post"}},
        "isBase64Encoded": encoded,
    }
    return found if body is None else found | {"body": body}


def with_header(name: str, value: str) -> Request:
    return Request("POST", (), {name: value})


@pytest.mark.parametrize("path", ["/models/homes", "/models/homes/", "//models//homes", "models/homes"])
def test_slashes_do_not_matter(path: str) -> None:
    assert Request.of(event(path)).path == ("models", "homes")


def test_a_body_may_come_as_base64() -> None:
    sent = "grün".encode()
    assert Request.of(event(body="grün")).body == sent
    assert Request.of(event(body=base64.b64encode(sent).decode(), encoded=True)).body == sent
    assert Request.of(event()).body == b""


def test_a_body_that_cannot_be_read_is_a_bad_request() -> None:
    for broken in (event(body="a", encoded=True), event(body="\ud800")):
        with pytest.raises(RequestError, match="cannot be read"):
            Request.of(broken)


def test_more_than_six_megabytes_are_too_large() -> None:
    assert len(Request.of(event(body="x" * MAX_SENT)).body) == MAX_SENT
    with pytest.raises(RequestError, match="send fewer rows") as caught:
        Request.of(event(body="x" * (MAX_SENT + 1)))
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("application/json", ("application/json", "")),
        ("Application/JSON; Charset=UTF-8", ("application/json", "utf-8")),
        ('text/csv;header=present;charset="utf-8"', ("text/csv", "utf-8")),
        ("", ("", "")),
    ],
)
def test_a_content_type_may_have_parameters(given_: str, wanted: tuple[str, str]) -> None:
    assert with_header("content-type", given_).content_type == wanted


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=30", 30),
        ("wait=120", 120),
        ("wait=100000", 120),
        ("respond-async, wait=5", 5),
        ('WAIT="7"', 7),
        ("wait = 8; foo", 8),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=soon", 0),
        ("wait=٣", 0),
        ("await=30", 0),
        ("", 0),
    ],
)
def test_a_caller_holds_on_for_two_minutes_at_most_and_what_is_malformed_is_ignored(prefer: str, seconds: int) -> None:
    assert with_header("prefer", prefer).wait == seconds


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("application/json;q=0.5, text/csv;q=0.9", True),
        ("text/*", True),
        ("text/csv, */*;q=0.1", True),
        ("", False),
        ("*/*", False),
        ("application/json, text/csv;q=0.9", False),
        ("text/csv;q=0, */*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("image/png", False),
        ("text/csv;q=nonsense", True),
    ],
)
def test_csv_is_answered_to_who_likes_it_better_than_json(accept: str, is_csv: bool) -> None:  # noqa: FBT001
    assert with_header("accept", accept).wants_csv is is_csv


@given(st.text(max_size=80))
def test_no_header_is_beyond_reading(text: str) -> None:
    for name in ("accept", "prefer", "content-type"):
        request = with_header(name, text)
        assert 0 <= request.wait <= 120
        assert request.wants_csv in (True, False)
        assert len(request.content_type) == 2


def test_an_answer_that_lambda_cannot_carry_does_not_fit() -> None:
    assert Response(200, "1.5\n" * 1_000_000).fits  # type: ignore[arg-type]
    assert not Response(200, "1\n" * 2_500_000).fits  # type: ignore[arg-type]
