"""An uploaded version as a source of bytes: streamed, resumed where the connection broke, ended before time is up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from ebb.aws.client_errors import is_missing_object
from ebb.bucket.unreadable import in_words, unreadable
from ebb.datasets.source import BLOCK_SIZE
from ebb.errors import GoneError
from ebb.names import Upload
from ebb.problems import Code, Problem, RefusedError
from ebb.times import utc_now

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_RESUMES = 3
LAST_MINUTE = dt.timedelta(seconds=60)
_INTERRUPTED = (HTTPClientError, BotocoreConnectionError, IncompleteReadError)


@dataclass(frozen=True)
class S3Source:
    """`encryption`: of the object, as S3 calls it. `until`: when the function's time is over, by this clock."""

    s3: S3Client
    upload: Upload
    uploaded_at: dt.datetime
    size: int
    etag: str
    encryption: str
    until: dt.datetime
    clock: Callable[[], dt.datetime] = utc_now

    @classmethod
    def find(cls, s3: S3Client, upload: Upload, until: dt.datetime, clock: Callable[[], dt.datetime] = utc_now) -> Self:
        """GoneError when the version is deleted, RefusedError when only its owner can read it."""
        version = {"Bucket": upload.bucket, "Key": upload.key, "VersionId": upload.version_id}
        try:
            head = s3.head_object(**version)  # type: ignore[arg-type]
        except ClientError as error:
            raise _explained(in_words(s3, error, version), upload, "") from error
        encryption = head.get("ServerSideEncryption", "")
        return cls(s3, upload, head["LastModified"], head["ContentLength"], head["ETag"], encryption, until, clock)

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
        if self.until - self.clock() < LAST_MINUTE:
            problem = "The file is too large to be read in one pass."
            raise RefusedError([Problem(Code.TOO_LARGE, problem, "Upload a sample of the rows.")])


def _explained(error: ClientError, upload: Upload, encryption: str) -> Exception:
    if is_missing_object(error):
        return GoneError(f"{upload.key}, version {upload.version_id}, is gone")
    problem = unreadable(error, encryption)
    return RefusedError([problem]) if problem else error
