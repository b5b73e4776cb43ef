"""What a request may hold: stricter than training, and in other places more lenient."""

import math

import numpy as np
import pytest

from local.container.csv_payload import UnsupportedPayloadError, read_payload
from local.container.errors import NotEmulatedError, UserError


def rows(body: bytes, content_type: str | None = "text/csv") -> list[list[float]]:
    dense = read_payload(body, content_type).get_data().toarray()
    return [[float(value) for value in row] for row in dense]


@pytest.mark.parametrize(
    "body",
    [
        b"1,2,3",
        b"1,2,3\n",
        b"1,2,3\r\n",
        b"1, 2, 3",
        b" 1,2,3",
        b"\n1,2,3",
        b"1\t2\t3",
        b"1;2;3",
        b"1 2 3",
        b"1:2:3",
        b"1|2|3",
    ],
)
def test_numbers_are_read_whatever_separates_them(body: bytes) -> None:
    assert rows(body) == [[1.0, 2.0, 3.0]]


def test_rows_keep_their_order() -> None:
    assert rows(b"1,2,3\r\n4,5,6\r\n") == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize("body", [b"5", b"8.25", b"10"])
def test_a_letter_or_digit_is_no_delimiter_and_a_comma_takes_its_place(body: bytes) -> None:
    assert rows(body) == [[float(body)]]


def test_a_pipe_that_is_mistaken_for_a_digit_is_refused() -> None:
    with pytest.raises(UnsupportedPayloadError, match=r"could not convert string to float: .*-4\.44\|1\.34"):
        rows(b"-4.44|1.34|2.44")


def test_the_delimiter_is_looked_for_in_the_first_512_characters() -> None:
    """A space would win over the pipe, but it comes too late."""
    (row,) = rows(b"1|2|" * 128 + b" 5")
    assert row == [1, 2] * 128 + [5]
    with pytest.raises(UnsupportedPayloadError, match="could not convert string to float"):
        rows(b"1|2|" * 127 + b" 5")


@pytest.mark.parametrize(
    ("body", "present"), [(b"1,,3", 2), (b",2,3", 2), (b"1,2,", 2), (b",,", 0), (b"1,nan,3", 2), (b"1,NaN,3", 2)]
)
def test_an_empty_cell_or_nan_is_missing(body: bytes, present: int) -> None:
    matrix = read_payload(body, "text/csv")
    assert matrix.num_col() == 3
    assert matrix.num_nonmissing() == present


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"a,b,c\n1,2,3", "ValueError", "'a'"),
        (b"1,abc,3", "ValueError", "'abc'"),
        (b"1,NA,3", "ValueError", "'NA'"),
        (b'"1","2","3"', "ValueError", "'\"1\"'"),
        (b"\xef\xbb\xbf1,2,3", "ValueError", "'\\ufeff1'"),
        (b'{"instances": [[1, 2, 3]]}', "ValueError", "could not convert string to float: "),
        (b"# comment\n1,2,3", "ValueError", "inhomogeneous shape"),
        ("ä,1".encode("latin-1"), "UnicodeDecodeError", "codec can't decode byte"),
        (b"1,inf,3", "xgboost.core.XGBoostError", "`inf`"),
        (b"1,1e400,3", "xgboost.core.XGBoostError", "`inf`"),
        (b"1,2,3\n4,5", "ValueError", "inhomogeneous shape"),
        (b"1,2,3\n\n4,5,6", "ValueError", "inhomogeneous shape"),
        (b"1,2,3\n4;5;6", "ValueError", "inhomogeneous shape"),
        (b" \n ", "_csv.Error", "Could not determine delimiter"),
        (b"\n", "_csv.Error", "Could not determine delimiter"),
        (b"\r\n\r\n", "_csv.Error", "Could not determine delimiter"),
    ],
)
def test_anything_but_numbers_is_refused(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(UnsupportedPayloadError) as refusal:
        read_payload(body, "text/csv")
    head = "Loading csv data failed with Exception, please ensure data is in csv format:\n "
    assert str(refusal.value).startswith(f"{head}<class '{kind}'>\n ")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "content_type", ["text/csv", "csv", "TEXT/CSV", "text/csv; charset=utf-8", "text/csv;label_size=1"]
)
def test_names_of_csv(content_type: str) -> None:
    assert rows(b"1,2,3", content_type) == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/octet-stream", "application/x-npy"]
)
def test_other_types_are_refused_with_the_list(content_type: str) -> None:
    with pytest.raises(UserError) as refusal:
        read_payload(b"1,2,3", content_type)
    assert str(refusal.value) == (
        f"{content_type} is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, text/csv, "
        "text/libsvm, text/x-libsvm, application/x-parquet, application/x-recordio-protobuf."
    )


def test_a_label_in_the_request_is_refused() -> None:
    with pytest.raises(UserError, match="Optional parameter label_size must be equal to 1"):
        read_payload(b"1,2,3", "text/csv;label_size=0")


def test_parquet_is_listed_and_still_refused() -> None:
    with pytest.raises(UnsupportedPayloadError, match=r"^Content-type application/x-parquet is not supported\.$"):
        read_payload(b"PAR1", "application/x-parquet")


@pytest.mark.parametrize(
    ("content_type", "named"),
    [("text/libsvm", "libsvm"), (None, "libsvm"), ("application/x-recordio-protobuf", "recordio-protobuf")],
)
def test_other_formats_are_refused_by_name(content_type: str | None, named: str) -> None:
    with pytest.raises(NotEmulatedError, match=f"^not emulated by this local cloud: inference on {named}$"):
        read_payload(b"1,2,3", content_type)


def test_numbers_are_not_rounded_before_xgboost_sees_them() -> None:
    assert rows(b"0.1,1e-5")[0] == pytest.approx([0.1, 1e-5], rel=1e-6)
    assert math.isclose(np.float32(0.1), rows(b"0.1,2")[0][0])
