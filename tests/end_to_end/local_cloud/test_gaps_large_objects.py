"""Large objects are on disk, whichever way they came, and are read, copied and removed as small ones are."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.body_on_disk import BodyOnDisk, Spill
from tests.end_to_end.local_cloud.conftest import Account
from tests.end_to_end.tide import eventually

MEGABYTE = 1024**2
# Of several sizes, the last one small.
PARTS = [random.Random(1).randbytes(size) for size in (6 * MEGABYTE, 5 * MEGABYTE + 3, 7)]  # noqa: S311
WHOLE = b"".join(PARTS)


@pytest.fixture(scope="module")
def bucket(account: Account) -> str:
    s3, name = account.client("s3"), "large-objects"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    return name


def begin(s3: Any, bucket: str, key: str) -> str:
    return str(s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="CRC32")["UploadId"])


def send(s3: Any, bucket: str, key: str, upload: str, number: int, body: bytes) -> dict[str, Any]:
    where = {"Bucket": bucket, "Key": key, "UploadId": upload, "PartNumber": number}
    sent = s3.upload_part(**where, Body=body, ChecksumAlgorithm="CRC32")
    return {"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}


def put(s3: Any, bucket: str, key: str, parts: list[bytes] = PARTS) -> dict[str, Any]:
    """The parts come in the wrong order, as those of several threads do."""
    upload = begin(s3, bucket, key)
    sent = [send(s3, bucket, key, upload, number, body) for number, body in reversed(list(enumerate(parts, 1)))]
    listed = {"Parts": sorted(sent, key=lambda part: part["PartNumber"])}
    return dict(s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=listed))


def get(s3: Any, bucket: str, key: str, **asked: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key, **asked)["Body"].read())


def crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def test_a_large_upload_in_parts_has_its_bytes_its_etag_and_its_checksum(account: Account, bucket: str) -> None:
    s3 = account.client("s3")

    done = put(s3, bucket, "whole")

    etag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in PARTS)).hexdigest()  # noqa: S324  (S3's own)
    checksum = base64.b64encode(crc32(b"".join(crc32(part) for part in PARTS))).decode() + "-3"
    assert (done["ETag"], done["ChecksumCRC32"]) == (f'"{etag}-3"', checksum)
    for version in ({}, {"VersionId": done["VersionId"]}):
        head = s3.head_object(Bucket=bucket, Key="whole", ChecksumMode="ENABLED", **version)
        assert (head["ETag"], head["ContentLength"]) == (done["ETag"], len(WHOLE))
        assert (head["ChecksumCRC32"], head["ChecksumType"]) == (checksum, "COMPOSITE")
        assert get(s3, bucket, "whole", **version) == WHOLE


def test_an_event_and_a_listing_tell_the_size_of_a_large_object(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    next_event = account.tap("large", {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})

    done = put(s3, bucket, "told")

    told = next_event()["detail"]["object"]
    assert (told["size"], told["version-id"]) == (len(WHOLE), done["VersionId"])
    assert s3.list_objects_v2(Bucket=bucket, Prefix="told")["Contents"][0]["Size"] == len(WHOLE)


def test_a_part_under_five_mebibytes_can_only_be_the_last(account: Account, bucket: str) -> None:
    s3, smallest = account.client("s3"), WHOLE[: 5 * MEGABYTE]

    with pytest.raises(ClientError, match="EntityTooSmall"):
        put(s3, bucket, "too-small", [smallest[1:], b"the end"])
    put(s3, bucket, "large-enough", [smallest, b"the end"])


RANGES = {
    "bytes=0-0": (0, 1),
    "bytes=100-6291555": (100, 6291556),  # into the second part
    "bytes=6291456-": (6291456, len(WHOLE)),
    "bytes=-9": (len(WHOLE) - 9, len(WHOLE)),
}


@pytest.mark.parametrize("asked_for", ["the object", "its version"])
def test_ranges_of_a_large_object_are_read(account: Account, bucket: str, asked_for: str) -> None:
    s3, key = account.client("s3"), f"ranges of {asked_for}"
    done = put(s3, bucket, key)
    version = {"VersionId": done["VersionId"]} if asked_for == "its version" else {}

    for asked, (start, stop) in RANGES.items():
        answer = s3.get_object(Bucket=bucket, Key=key, Range=asked, **version)
        assert answer["Body"].read() == WHOLE[start:stop]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert answer["ContentRange"] == f"bytes {start}-{stop - 1}/{len(WHOLE)}"
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={len(WHOLE)}-", **version)


def test_a_range_of_a_small_objects_version_is_a_range_too(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    version = s3.put_object(Bucket=bucket, Key="small", Body=b"0123456789", ChecksumAlgorithm="CRC32")["VersionId"]

    answer = s3.get_object(Bucket=bucket, Key="small", VersionId=version, Range="bytes=2-4")

    assert answer["Body"].read() == b"234"
    assert "ChecksumCRC32" not in answer, "that is the whole object's"


def test_a_large_object_is_copied_whole_and_in_parts(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    source = {"Bucket": bucket, "Key": "source", "VersionId": put(s3, bucket, "source")["VersionId"]}

    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    upload = begin(s3, bucket, "in-parts")
    where = {"Bucket": bucket, "Key": "in-parts", "UploadId": upload}
    copied = f"bytes=10-{7 * MEGABYTE - 1}"
    first = s3.upload_part_copy(**where, PartNumber=1, CopySource=source, CopySourceRange=copied)["CopyPartResult"]
    second = send(s3, bucket, "in-parts", upload, 2, b"the end")
    parts = [{"PartNumber": 1, "ETag": first["ETag"]}, second]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    assert get(s3, bucket, "copy") == WHOLE
    assert get(s3, bucket, "in-parts") == WHOLE[10 : 7 * MEGABYTE] + b"the end"


def test_an_older_version_of_a_large_object_is_still_there(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    old = put(s3, bucket, "twice")
    new = s3.put_object(Bucket=bucket, Key="twice", Body=WHOLE[::-1])

    assert get(s3, bucket, "twice", VersionId=old["VersionId"]) == WHOLE
    assert get(s3, bucket, "twice") == WHOLE[::-1]
    s3.delete_object(Bucket=bucket, Key="twice", VersionId=new["VersionId"])
    assert get(s3, bucket, "twice") == WHOLE


def in_memory(account: Account) -> int:
    """Bytes of the cloud's process that no file backs."""
    status = Path(f"/proc/{account.cloud.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1024


def test_memory_does_not_grow_with_an_object(account: Account, bucket: str) -> None:
    s3, size = account.client("s3"), 160 * MEGABYTE
    before = in_memory(account)

    version = put(s3, bucket, "huge", [WHOLE[: 8 * MEGABYTE]] * 20)["VersionId"]
    body = s3.get_object(Bucket=bucket, Key="huge", VersionId=version)["Body"]
    first = len(body.read(MEGABYTE))
    grown = in_memory(account) - before

    assert first + sum(len(block) for block in body.iter_chunks(MEGABYTE)) == size
    assert max(grown, in_memory(account) - before) < size / 2


def read_so_far(account: Account) -> int:
    counters = Path(f"/proc/{account.cloud.pid}/io").read_text().split()
    return int(counters[counters.index("rchar:") + 1])


def test_nothing_is_read_for_a_reader_that_left(account: Account, bucket: str) -> None:
    s3, size = account.client("s3"), 96 * MEGABYTE
    put(s3, bucket, "left", [WHOLE[: 8 * MEGABYTE]] * 12)
    before = read_so_far(account)
    body = s3.get_object(Bucket=bucket, Key="left")["Body"]
    body.read(MEGABYTE)

    body.close()

    assert all(get(s3, bucket, "left", Range="bytes=0-3") == WHOLE[:4] for _ in range(20))
    assert read_so_far(account) - before < size / 2


def files_without_a_name(account: Account) -> int:
    links = Path(f"/proc/{account.cloud.pid}/fd").iterdir()
    return sum(str(link.readlink()).endswith("(deleted)") for link in links if link.is_symlink())


def test_deleting_and_aborting_free_the_disk(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    before = files_without_a_name(account)
    done = put(s3, bucket, "short-lived")
    upload = begin(s3, bucket, "never-finished")
    send(s3, bucket, "never-finished", upload, 1, PARTS[0])
    assert files_without_a_name(account) == before + 2

    s3.delete_object(Bucket=bucket, Key="short-lived", VersionId=done["VersionId"])
    s3.abort_multipart_upload(Bucket=bucket, Key="never-finished", UploadId=upload)

    eventually(lambda: files_without_a_name(account) == before, "the files are closed")


def test_a_functions_code_may_be_a_large_object(account: Account, bucket: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", "def handler(event, context): return open(__file__[:-7] + 'ballast', 'rb').seek(0, 2)")
        code.writestr("ballast", PARTS[0])
    account.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=archive.getvalue())
    account.client("lambda").create_function(
        FunctionName="heavy",
        Runtime="python3.13",
        Handler="main.handler",
        Role=account.role("heavy-role"),
        Code={"S3Bucket": bucket, "S3Key": "code.zip"},
    )

    assert account.call("heavy") == len(PARTS[0])


@given(
    st.lists(st.binary(max_size=9), max_size=5),
    st.none() | st.integers(-30, 30),
    st.none() | st.integers(-30, 30),
    st.integers(1, 4),
)
def test_bytes_on_disk_slice_as_bytes_do(parts: list[bytes], start: int | None, stop: int | None, block: int) -> None:
    spill = Spill()
    body, expected = BodyOnDisk.of([spill.keep(part) for part in parts]), b"".join(parts)

    found = body[start:stop]

    assert len(found) == len(expected[start:stop])
    assert b"".join(found.blocks(block)) == found.whole() == expected[start:stop]
