"""400 names the row, the column and the remedy; and whatever is sent, there is an answer within bounds."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebb.evaluation.inference import MAX_BYTES
from ebb.predict.errors import RequestError
from ebb.predict.sent_rows import SentRows
from tests.unit.ebb.predict.homes import encoded, encoded_csv, refused, run_of, sent

GOOD = {"rooms": 3, "heating": "gas", "garden": "yes"}
ROOMS = {"position": 1, "name": "rooms"}
GARDEN = {"position": 4, "name": "garden"}
SECONDS = 20  # of the processor; far more than any of it takes


def told(body: Any, content_type: str = "application/json") -> tuple[Any, Any, str]:
    error = refused(body, content_type)
    assert (error["status"], error["code"]) == (400, "bad_row")
    return error["row"], error["column"], error["message"]


def test_a_feature_that_is_absent_is_named() -> None:
    row, column, message = told([GOOD, {"heating": "gas", "garden": None}])
    assert (row, column) == (1, ROOMS)
    assert "no 'rooms'" in message
    assert "null" in message


def test_an_unknown_column_is_named_with_the_nearest_known_one() -> None:
    row, column, message = told([GOOD | {"heatin": "gas"}])
    assert (row, column) == (0, {"position": None, "name": "heatin"})
    assert "'heatin'. Did you mean 'heating'?" in message
    assert "Leave it out." in told(GOOD | {"zzz": 1})[2]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("gas", "'gas' in the column 'rooms' is not a number"),
        ("inf", "not a number"),
        ("1,000", "not a number"),
        ("9" * 40, "too large"),
        ("1" * 5000 + "x", "is not a number"),
        (True, "true is none of the values"),
        ([1], "A list or an object is no value in the column 'rooms'"),
        ({"a": 1}, "A list or an object"),
    ],
)
def test_a_value_that_is_no_number_is_named(value: Any, words: str) -> None:
    row, column, message = told({"rows": [GOOD, GOOD, GOOD | {"rooms": value}]})
    assert (row, column) == (2, ROOMS)
    assert words in message


@pytest.mark.parametrize("value", ["perhaps", 1, 0])
def test_true_and_false_are_not_guessed(value: Any) -> None:
    row, column, message = told([GOOD | {"garden": value}])
    assert (row, column) == (0, GARDEN)
    assert "neither true nor false" in message


def test_a_row_of_another_width_is_told_which_widths_there_are() -> None:
    row, column, message = told([[3, "gas", "yes"], [3, "gas"]])
    assert (row, column) == (1, None)
    assert "2 values; the model's file has 4 beside the label, or 3 without those that were dropped" in message
    assert told("a,3,10,gas,yes\n", "text/csv")[0] == 0


def test_what_is_no_row_is_told_so() -> None:
    assert told([1, 2])[0] == 0
    for body in ("[]", '{"rows": []}'):
        assert "no rows" in told(body)[2]
    for text in ("", "rooms,heating,garden\n", "\n\n"):
        assert "no rows" in told(text, "text/csv")[2]


def test_a_csv_row_is_counted_without_header_and_blank_lines() -> None:
    row, column, message = told("rooms,heating,garden\n\n1,gas,yes\n\nx,gas,yes\n", "text/csv")
    assert (row, column) == (1, ROOMS)
    assert "'x'" in message
    assert told('rooms,heating,garden\n1,gas,yes\n"2\n",gas,yes\n3,gas\n', "text/csv")[0] == 2


def test_rows_are_counted_on_and_on() -> None:
    assert told("3,gas,yes\n" * 150_000 + "x,gas,yes\n", "text/csv")[0] == 150_000
    assert told("3,gas,yes\n" * 150_000 + "3,gas\n", "text/csv")[0] == 150_000


def test_a_csv_header_must_name_known_columns_each_once() -> None:
    assert "Did you mean 'rooms'?" in told("room,heating,garden\n1,gas,yes\n", "text/csv")[2]
    assert told("heating,garden\ngas,yes\n", "text/csv")[1] == ROOMS
    assert "'rooms' twice" in told("rooms,rooms,heating,garden\n1,1,gas,yes\n", "text/csv")[2]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"rooms,heating,garden\n1,g\xe4s,yes\n", "not UTF-8"),
        (b"1,gas,y\0es\n", "NUL"),
        (b'1,gas,"yes\n', "never closed"),
        (b'1,g"as,yes\n', "quote"),
        (b"1,gas,yes\r2,gas,no\n", "carriage return"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_a_csv_is_refused_for_what_start_training_would_refuse(body: bytes, words: str) -> None:
    assert words in told(body, "text/csv")[2]


def test_a_file_without_a_header_has_no_column_names() -> None:
    run = run_of("10,3,gas\n" * 6 + "12,4,oil\n" * 6, 0, ())
    error = refused({"rooms": 3}, run=run)
    assert "send arrays" in error["message"]
    assert refused([["x", "gas"]], run=run)["column"] == {"position": 1, "name": None}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b'{"rooms": NaN}', "NaN is no JSON"),
        (b"[-Infinity]", "-Infinity is no JSON"),
        (b'{"rooms": 1, "rooms": 2}', "'rooms' twice"),
        (b'{"a": "\xff"}', "not UTF-8: byte 0xFF"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"3", "no rows"),
        (b'"rows"', "no rows"),
        (b"null", "no rows"),
    ],
)
def test_what_is_no_json_of_rows_is_a_bad_request(body: bytes, words: str) -> None:
    error = refused(body)
    assert (error["status"], error["code"], error["row"], error["column"]) == (400, "bad_request", None, None)
    assert words in error["message"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 500, "1" * 1_000_000])
def test_numbers_beyond_all_measure_are_refused_at_once(number: str) -> None:
    began = time.process_time()
    assert told(f'{{"rooms": {number}, "heating": "gas", "garden": true}}')[1] == ROOMS
    assert time.process_time() - began < SECONDS


def test_what_does_not_go_into_one_request_is_too_large() -> None:
    least = 4 + 10 * len("3,1,0,0,1\n")
    assert len(encoded([[3, "gas", "yes"]] * 10, run_of(most_bytes=least))) == 10
    error = refused([[3, "gas", "yes"]] * 10, run=run_of(most_bytes=least - 1))
    assert (error["status"], error["code"]) == (413, "too_large")
    assert "up to row 9" in error["message"]
    missing = 4 + len("nan,1,0,0,nan\n")
    assert encoded([[None, "gas", None]], run_of(most_bytes=missing)) == [",1,0,0,nan"]
    assert refused([[None, "gas", None]], run=run_of(most_bytes=missing - 1))["status"] == 413
    assert (run_of().most_bytes, run_of(most_bytes=10**8 - 1).most_bytes) == (MAX_BYTES, MAX_BYTES)


def test_a_hundred_thousand_rows_are_read_in_bounded_time() -> None:
    body, began = json.dumps([[3, "gas", "yes"]] * 100_000), time.process_time()
    assert len(encoded(body)) == len(encoded_csv("3,gas,yes\n" * 100_000)) == 100_000
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("content_type", ["", "application/x-www-form-urlencoded", "text/csv; charset=latin-1", "csv"])
def test_only_json_and_csv_in_utf_8_are_read(content_type: str) -> None:
    assert refused(b"1", content_type)["status"] == 415
    with pytest.raises(RequestError, match="Content-Encoding"):
        SentRows.of(sent(b"", "text/csv", **{"content-encoding": "gzip"}))


@given(name=st.text(max_size=200), value=st.text(max_size=200))
def test_no_more_than_forty_characters_come_back_and_none_that_could_do_harm(name: str, value: str) -> None:
    for body in ({"rooms": value} | GOOD | {"rooms": f"x{value}"}, GOOD | {f"?{name}": 1}):
        error = refused(body)
        assert error["message"].isprintable()
        assert not set('"\\') & set(error["message"])
        assert (name + value)[:41] not in error["message"] or len(name + value) <= 40
        assert error["column"] is None or len(error["column"]["name"]) <= 40


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["rooms", "rows", "gas"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["rooms", "rows", "x"]), inner),
        max_leaves=12,
    )
)
def test_any_json_is_encoded_or_refused(content: Any) -> None:
    with suppress(RequestError):
        assert encoded(json.dumps(content))


@given(st.binary(max_size=60) | st.text("rooms,heatinggarden;\n\r\"'0 1.eE-", max_size=60).map(str.encode))
def test_any_bytes_are_encoded_or_refused(body: bytes) -> None:
    for content_type in ("text/csv", "application/json"):
        with suppress(RequestError):
            assert SentRows.of(sent(body, content_type)).encoded(run_of())
