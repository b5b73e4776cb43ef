"""An uploaded version as a source of bytes: streamed, resumed where the connection broke, ended before time is up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from ebb.datasets.source import BLOCK_SIZE
from ebb.errors import GoneError, RefusedError, code_of, is_missing_object, message_of
from ebb.names import Upload
from ebb.problems import Code, Problem

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_RESUMES = 3
LAST_MINUTE = dt.timedelta(seconds=60)
_INTERRUPTED = (HTTPClientError, BotocoreConnectionError, IncompleteReadError)


@dataclass(frozen=True)
class S3Source:
    """`until`: when the function's time is over. `encryption`: of the object, as S3 calls it."""

    s3: S3Client
    upload: Upload
    uploaded_at: dt.datetime
    size: int
    etag: str
    encryption: str
    until: dt.datetime

    @classmethod
    def find(cls, s3: S3Client, upload: Upload, until: dt.datetime) -> Self:
        """GoneError when the version is deleted, RefusedError when only its owner can read it."""
        version = {"Bucket": upload.bucket, "Key": upload.key, "VersionId": upload.version_id}
        try:
            head = s3.head_object(**version)  # type: ignore[arg-type]
        except ClientError as error:
            raise _explained(in_words(s3, error, version), upload, "") from error
        encryption = head.get("ServerSideEncryption", "")
        return cls(s3, upload, head["LastModified"], head["ContentLength"], head["ETag"], encryption, until)

    @property
    def name(self) -> str:
        return self.upload.key.rpartition("/")[2]

    def blocks(self) -> Iterator[bytes]:
        """All bytes, or an error: an interrupted body goes on where it broke off."""
        position, resumes = 0, 0
        while position < self.size:
            try:
                with closing(self._body(position)) as body:
                    while block := body.read(BLOCK_SIZE):
                        self._refuse_if_late()
                        position += len(block)
                        yield block
                if position < self.size:
                    raise IncompleteReadError(actual_bytes=position, expected_bytes=self.size)
            except _INTERRUPTED:
                resumes += 1
                if resumes > MAX_RESUMES:
                    raise

    def _body(self, position: int) -> Any:
        upload = self.upload
        rest: dict[str, Any] = {"Range": f"bytes={position}-"} if position else {}
        try:
            return self.s3.get_object(
                Bucket=upload.bucket, Key=upload.key, VersionId=upload.version_id, IfMatch=self.etag, **rest
            )["Body"]
        except ClientError as error:
            raise _explained(error, upload, self.encryption) from error

    def _refuse_if_late(self) -> None:
        """A pass that cannot end is the uploader's answer, not five time-outs that nobody hears of."""
        if self.until - dt.datetime.now(dt.UTC) < LAST_MINUTE:
            problem = "The file is too large to be read in one pass."
            raise RefusedError([Problem(Code.TOO_LARGE, problem, "Upload a sample of the rows.")])


def _explained(error: ClientError, upload: Upload, encryption: str) -> Exception:
    if is_missing_object(error):
        return GoneError(f"{upload.key}, version {upload.version_id}, is gone")
    problem = unreadable(error, encryption)
    return RefusedError([problem]) if problem else error


def in_words(s3: S3Client, error: ClientError, found: dict[str, str]) -> ClientError:
    """HeadObject answers a bare 400 to a key of the customer's own as to an expired token: GetObject says which."""
    if code_of(error) != "400":
        return error
    try:
        s3.get_object(**found)["Body"].close()  # type: ignore[arg-type]
    except ClientError as told:
        return told
    return error


def unreadable(error: ClientError, encryption: str = "") -> Problem | None:
    """What only the uploader can mend; None for a permission of ours that is missing, and for everything else.

    HeadObject asks for the same permission on the object as GetObject, but not for its KMS key: an object that was
    found and is encrypted with KMS is denied for its key, whatever the message says.
    """
    code, message = code_of(error), message_of(error)
    if code == "InvalidObjectState":
        return _unreadable("is archived", "Restore it, or upload it again with storage class STANDARD.")
    if code.startswith("KMS."):
        return _unreadable(f"is encrypted with a KMS key that cannot be used ({code})", _WITHOUT_KEY)
    if code == "AccessDenied" and (encryption.startswith("aws:kms") or "kms:" in message or "master key" in message):
        return _unreadable("is encrypted with a KMS key that Ebb may not use", _WITHOUT_KEY)
    if code == "InvalidRequest" and "Server Side Encryption" in message:
        return _unreadable("is encrypted with a key that only the uploader has (SSE-C)", _WITHOUT_KEY)
    return None


_WITHOUT_KEY = "Upload it without encryption options: the bucket encrypts it by itself."


def _unreadable(why: str, remedy: str) -> Problem:
    return Problem(Code.UNREADABLE, f"The object {why}.", remedy)
