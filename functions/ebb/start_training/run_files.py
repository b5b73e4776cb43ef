"""train.csv, validation.csv and smoke.csv of a run: all of them or, when the file is refused, none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from ebb.bucket.run_folder import RunFolder

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

CONTENT_TYPE = "text/csv"
PART_SIZE = 8 * 1024 * 1024  # S3 takes no part under 5 MiB but the last
_EXPIRING = {"ebb:part": "data"}


class ObjectWriter:
    """Collects lines; a small object is one PutObject, a large one a multipart upload.

    The object appears only when the `with` block ends well; an error aborts the upload and leaves nothing behind.
    """

    def __init__(self, s3: S3Client, bucket: str, key: str, tags: dict[str, str] | None = None) -> None:
        self._s3, self._place = s3, (bucket, key)
        self._tagging = urlencode(tags or {})
        self._pending: list[bytes] = []
        self._size = 0
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self.rows = 0

    def write(self, rows: bytes, count: int) -> None:
        """`count` rows, each ended by a newline."""
        self._pending.append(rows)
        self._size += len(rows)
        self.rows += count
        if self._size >= PART_SIZE:
            self._send_part()

    def _send_part(self) -> None:
        bucket, key = self._place
        if self._upload_id is None:
            self._upload_id = self._s3.create_multipart_upload(
                Bucket=bucket, Key=key, Tagging=self._tagging, ContentType=CONTENT_TYPE, ChecksumAlgorithm="CRC32"
            )["UploadId"]
        number = len(self._parts) + 1
        sent = self._s3.upload_part(
            Bucket=bucket,
            Key=key,
            UploadId=self._upload_id,
            PartNumber=number,
            Body=self._take(),
            ChecksumAlgorithm="CRC32",
        )
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": sent["ETag"]}
        if "ChecksumCRC32" in sent:
            part["ChecksumCRC32"] = sent["ChecksumCRC32"]
        self._parts.append(part)

    def _take(self) -> bytes:
        body, self._pending, self._size = b"".join(self._pending), [], 0
        return body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        except BaseException:
            self._abort()
            raise
        if kind is not None:
            self._abort()

    def _abort(self) -> None:
        if self._upload_id is not None:
            bucket, key = self._place
            self._s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=self._upload_id)

    def _finish(self) -> None:
        bucket, key = self._place
        if not self.rows:  # no rows, no object
            return
        if self._upload_id is None:
            self._s3.put_object(
                Bucket=bucket, Key=key, Tagging=self._tagging, Body=self._take(), ContentType=CONTENT_TYPE
            )
            return
        if self._pending:
            self._send_part()
        self._s3.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )


class Part:
    """One file of the three, and what it measures."""

    def __init__(self, writer: ObjectWriter) -> None:
        self._writer = writer
        self.rows = self.bytes = 0

    def write(self, rows: bytes, count: int) -> None:
        self._writer.write(rows, count)
        self.rows += count
        self.bytes += len(rows)


@dataclass(frozen=True)
class Parts:
    train: Part
    validation: Part
    smoke: Part


@dataclass
class RunRows:
    """Where the rows go. `check` has the last word before they appear: what it raises leaves nothing behind."""

    folder: RunFolder
    check: Callable[[], None]
    bytes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator[Parts]:
        with ExitStack() as stack:
            parts = Parts(
                Part(stack.enter_context(self._writer("train.csv", _EXPIRING))),
                Part(stack.enter_context(self._writer("validation.csv", _EXPIRING))),
                Part(stack.enter_context(self._writer("smoke.csv", {}))),
            )
            yield parts
            self.check()
        self.bytes = {"train": parts.train.bytes, "validation": parts.validation.bytes}

    def _writer(self, name: str, tags: dict[str, str]) -> ObjectWriter:
        return ObjectWriter(self.folder.s3, self.folder.bucket, self.folder.key(name), tags)
