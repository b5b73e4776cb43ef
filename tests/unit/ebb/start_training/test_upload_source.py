"""An uploaded version is read whole, whatever breaks on the way; or the error says who can mend it."""

import datetime as dt
import io
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as SocketTimeoutError

from ebb.errors import GoneError
from ebb.names import Upload
from ebb.problems import Code, RefusedError
from ebb.start_training.upload_source import S3Source

MEBIBYTE = 1024 * 1024
CONTENT = bytes(range(256)) * 4 * 1024 * 3 + b"the end"
UPLOAD = Upload("ebb-data", "datasets/abalone/abalone.csv.gz", "version-1")
NEVER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def _client_error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


class Breaking(io.BytesIO):
    """A connection that breaks after so many bytes; None: the server closes it as if all was said."""

    def __init__(self, content: bytes, after: int, error: Exception | None) -> None:
        super().__init__(content[:after])
        self.error = error

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if not found and self.error:
            raise self.error
        return found


@dataclass
class Bucket:
    """S3, as far as reading goes: each answer breaks as told, then reading goes well."""

    breaks: list[Any] = field(default_factory=list)  # (after so many bytes, how), or the error of the call itself
    size: int = len(CONTENT)
    encryption: str = "AES256"
    asked: list[dict[str, Any]] = field(default_factory=list)

    def head_object(self, **asked: Any) -> dict[str, Any]:
        if self.breaks and isinstance(self.breaks[0], Exception):
            raise self.breaks.pop(0)
        encryption = {"ServerSideEncryption": self.encryption} if self.encryption else {}
        return {"LastModified": NEVER, "ContentLength": self.size, "ETag": '"etag"'} | encryption

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        start = int(asked.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        content = CONTENT[start:]
        after, error = len(content), None
        if self.breaks:
            found = self.breaks.pop(0)
            if isinstance(found, Exception):
                raise found
            after, error = found
        return {"Body": StreamingBody(cast("Any", Breaking(content, after, error)), len(content))}


def _source(bucket: Bucket) -> S3Source:
    return S3Source(cast("Any", bucket), UPLOAD, NEVER, bucket.size, '"etag"', bucket.encryption, NEVER)


def test_a_version_is_found_with_its_size_and_time() -> None:
    source = S3Source.find(cast("Any", Bucket()), UPLOAD, NEVER)
    assert source == _source(cast("Any", source.s3))
    assert (source.name, source.size, source.uploaded_at) == ("abalone.csv.gz", len(CONTENT), NEVER)


def test_an_object_is_read_in_blocks_of_its_own_version_as_often_as_is_asked() -> None:
    bucket = Bucket()
    source = _source(bucket)
    for _ in range(2):
        blocks = list(source.blocks())
        assert max(map(len, blocks)) <= MEBIBYTE
        assert b"".join(blocks) == CONTENT
    whole = {"Bucket": "ebb-data", "Key": UPLOAD.key, "VersionId": "version-1", "IfMatch": '"etag"'}
    assert bucket.asked == [whole, whole]


INTERRUPTIONS = [
    (SocketTimeoutError(cast("Any", None), "https://s3", "timed out"), ReadTimeoutError),
    (ProtocolError("reset by peer"), ResponseStreamingError),
    (None, IncompleteReadError),
    (ConnectionClosedError(endpoint_url="https://s3"), ConnectionClosedError),
]


@pytest.mark.parametrize("how", [error for error, _ in INTERRUPTIONS])
@pytest.mark.parametrize("after", [0, 1, MEBIBYTE, 2 * MEBIBYTE + 17])
def test_an_interrupted_body_goes_on_where_it_broke_off(how: Exception | None, after: int) -> None:
    bucket = Bucket([(after, how), (3, how), EndpointConnectionError(endpoint_url="https://s3")])
    assert b"".join(_source(bucket).blocks()) == CONTENT
    ranges = [asked.get("Range") for asked in bucket.asked]
    assert ranges == [None, *([f"bytes={after}-"] if after else [None]), *[f"bytes={after + 3}-"] * 2]
    assert all(asked["IfMatch"] == '"etag"' for asked in bucket.asked)


@pytest.mark.parametrize(("how", "known_as"), INTERRUPTIONS)
def test_a_body_that_breaks_for_the_fourth_time_is_left_to_the_queue(
    how: Exception | None, known_as: type[Exception]
) -> None:
    read = []
    with pytest.raises(known_as):
        read += list(_source(Bucket([(5, how)] * 4)).blocks())
    assert read == []


def test_a_body_that_ends_early_without_a_word_is_no_whole_file() -> None:
    bucket = Bucket(size=len(CONTENT) + 1)
    with pytest.raises(IncompleteReadError):
        list(_source(bucket).blocks())
    assert len(bucket.asked) == 4


def test_a_version_that_goes_while_it_is_read_is_gone() -> None:
    bucket = Bucket()
    source = _source(bucket)
    assert b"".join(source.blocks()) == CONTENT
    bucket.breaks = [_client_error("NoSuchVersion")]
    with pytest.raises(GoneError, match="version-1, is gone"):
        next(source.blocks())


@pytest.mark.parametrize(
    ("error", "encryption", "said"),
    [
        (_client_error("InvalidObjectState", "not valid for its storage class"), "AES256", "is archived"),
        (_client_error("KMS.DisabledException", "is disabled"), "aws:kms", "KMS.DisabledException"),
        (_client_error("KMS.NotFoundException", "not found"), "", "KMS.NotFoundException"),
        (_client_error("AccessDenied", "Access Denied"), "aws:kms", "a KMS key that Ebb may not use"),
        (_client_error("AccessDenied", "Access Denied"), "aws:kms:dsse", "a KMS key that Ebb may not use"),
        (_client_error("AccessDenied", "not authorized to perform: kms:Decrypt"), "", "a KMS key that Ebb may not use"),
        (_client_error("InvalidRequest", "using a form of Server Side Encryption."), "", "only the uploader has"),
    ],
)
def test_what_only_the_uploader_can_mend_is_an_answer(error: ClientError, encryption: str, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        next(_source(Bucket([error], encryption=encryption)).blocks())
    (problem,) = refused.value.problems
    assert problem.code is Code.UNREADABLE
    assert said in problem.problem
    assert "pload it" in problem.remedy


def test_what_a_bare_400_means_is_asked_once_more_in_words() -> None:
    bare, sse_c = _client_error("400", "Bad Request"), _client_error("InvalidRequest", "form of Server Side Encryption")
    with pytest.raises(RefusedError, match="SSE-C"):
        S3Source.find(cast("Any", Bucket([bare, sse_c])), UPLOAD, NEVER)
    with pytest.raises(ClientError, match="ExpiredToken"):
        S3Source.find(cast("Any", Bucket([bare, _client_error("ExpiredToken")])), UPLOAD, NEVER)
    with pytest.raises(ClientError, match="Bad Request"):
        S3Source.find(cast("Any", Bucket([bare])), UPLOAD, NEVER)


@pytest.mark.parametrize(
    "error",
    [
        _client_error("AccessDenied", "not authorized to perform: s3:GetObjectVersion"),
        _client_error("403", "Forbidden"),
        _client_error("InvalidRequest", "Missing required header"),
        _client_error("ExpiredToken"),
        _client_error("InternalError"),
    ],
)
def test_what_the_uploader_cannot_mend_escapes(error: ClientError) -> None:
    with pytest.raises(ClientError) as escaped:
        S3Source.find(cast("Any", Bucket([error])), UPLOAD, NEVER)
    assert escaped.value is error
    with pytest.raises(ClientError):
        next(_source(Bucket([error])).blocks())


def test_a_pass_that_cannot_end_in_time_is_refused() -> None:
    until = dt.datetime(2026, 11, 22, 16, 15, tzinfo=dt.UTC)
    clock = iter([until - dt.timedelta(seconds=60), until - dt.timedelta(seconds=59)])
    blocks = replace(_source(Bucket()), until=until, clock=lambda: next(clock)).blocks()
    assert next(blocks)
    with pytest.raises(RefusedError, match="too large to be read in one pass"):
        next(blocks)


def test_whoever_is_told_no_clock_goes_by_the_real_one() -> None:
    now = dt.datetime.now(dt.UTC)
    assert next(replace(_source(Bucket()), until=now + dt.timedelta(seconds=90)).blocks())
    with pytest.raises(RefusedError, match="too large to be read in one pass"):
        next(replace(_source(Bucket()), until=now + dt.timedelta(seconds=59)).blocks())
