"""An object appears whole or not at all, byte for byte, in parts that S3 takes."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ebb.start_training.run_files import PART_SIZE, ObjectWriter

ROW = b"9" * 1023  # 1 KiB with its newline
ROWS_OF_A_PART = PART_SIZE // 1024


class FullDiskError(Exception):
    """S3 does not take it."""


@dataclass
class Bucket:
    """S3, as far as writing goes; `fails_at`: the part that is refused."""

    fails_at: int | None = None
    objects: dict[str, bytes] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    open_uploads: set[str] = field(default_factory=set)

    def put_object(self, *, Key: str, Body: bytes, **told: Any) -> None:  # noqa: N803
        self.objects[Key], self.told[Key] = Body, told

    def create_multipart_upload(self, *, Key: str, **told: Any) -> dict[str, str]:  # noqa: N803
        self.open_uploads.add(Key)
        self.told[Key] = told
        return {"UploadId": Key}

    def upload_part(self, *, PartNumber: int, Body: bytes, **_: Any) -> dict[str, str]:  # noqa: N803
        if self.fails_at == PartNumber:
            raise FullDiskError
        self.parts.append(Body)
        return {"ETag": f"etag-{PartNumber}"}

    def complete_multipart_upload(self, *, Key: str, MultipartUpload: dict[str, Any], **_: Any) -> None:  # noqa: N803
        assert [part["PartNumber"] for part in MultipartUpload["Parts"]] == list(range(1, len(self.parts) + 1))
        assert [part["ETag"] for part in MultipartUpload["Parts"]] == [f"etag-{n + 1}" for n in range(len(self.parts))]
        self.objects[Key] = b"".join(self.parts)
        self.open_uploads.remove(Key)

    def abort_multipart_upload(self, *, UploadId: str, **_: Any) -> None:  # noqa: N803
        self.open_uploads.remove(UploadId)


def _write(bucket: Bucket, count: int, error: Exception | None = None) -> None:
    with ObjectWriter(cast("Any", bucket), "ebb-data", "key", {"ebb:part": "data"}) as writer:
        for _ in range(count):
            writer.write(ROW + b"\n", 1)
        if error:
            raise error


def test_a_small_object_is_one_put() -> None:
    bucket = Bucket()
    _write(bucket, 3)
    assert bucket.objects == {"key": (ROW + b"\n") * 3}
    assert bucket.parts == []


def test_no_rows_make_no_object() -> None:
    bucket = Bucket()
    _write(bucket, 0)
    assert bucket.objects == {}


@pytest.mark.parametrize("extra", [-1, 0, 1, ROWS_OF_A_PART, ROWS_OF_A_PART + 7])
def test_an_object_of_any_size_has_exactly_its_rows(extra: int) -> None:
    bucket = Bucket()
    _write(bucket, ROWS_OF_A_PART + extra)
    assert bucket.objects == {"key": (ROW + b"\n") * (ROWS_OF_A_PART + extra)}
    assert bucket.open_uploads == set()
    assert all(len(part) >= 5 * 1024 * 1024 for part in bucket.parts[:-1])
    assert bool(bucket.parts) == (extra >= 0)


@pytest.mark.parametrize("count", [2, ROWS_OF_A_PART + 1])
def test_type_and_tags_are_told_to_s3_either_way(count: int) -> None:
    bucket = Bucket()
    _write(bucket, count)
    assert bucket.told["key"]["ContentType"] == "text/csv"
    assert bucket.told["key"]["Tagging"] == "ebb%3Apart=data"


@pytest.mark.parametrize("count", [2, ROWS_OF_A_PART + 1])
def test_an_error_among_the_rows_leaves_nothing_behind(count: int) -> None:
    bucket = Bucket()
    with pytest.raises(ValueError, match="a bad row"):
        _write(bucket, count, ValueError("a bad row"))
    assert bucket.objects == {}
    assert bucket.open_uploads == set()


def test_a_part_that_s3_refuses_leaves_nothing_behind() -> None:
    bucket = Bucket(fails_at=2)
    with pytest.raises(FullDiskError):
        _write(bucket, 2 * ROWS_OF_A_PART)
    assert bucket.objects == {}
    assert bucket.open_uploads == set()


def test_the_last_part_refused_leaves_nothing_behind_either() -> None:
    bucket = Bucket(fails_at=2)
    with pytest.raises(FullDiskError):
        _write(bucket, ROWS_OF_A_PART + 1)
    assert bucket.open_uploads == set()


def test_rows_are_counted() -> None:
    with ObjectWriter(cast("Any", Bucket()), "ebb-data", "key") as writer:
        assert writer.rows == 0
        writer.write(b"1,2\n", 1)
        writer.write(b"3,4\n", 1)
        assert writer.rows == 2
