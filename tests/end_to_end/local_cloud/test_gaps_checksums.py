"""The checksums that the standard library lacks are computed for large bodies too, before a client gives up."""

from __future__ import annotations

import base64
import os
import random
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.crc import KNOWN
from tests.end_to_end.local_cloud.conftest import Account

WHOLE = random.Random(1).randbytes(12 * 1024**2)  # noqa: S311


def processor_seconds(account: Account) -> float:
    times = Path(f"/proc/{account.cloud.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.soak
@pytest.mark.parametrize("name", KNOWN)
def test_checksums_of_large_bodies_are_right_and_quick(account: Account, name: str) -> None:
    """The second version of the AWS CLI sends CRC64NVME."""
    s3, crc, bucket = account.client("s3"), KNOWN[name], f"checksums-{name.lower()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    value = base64.b64encode(crc.of(WHOLE).to_bytes(crc.width // 8, "big")).decode()
    before = processor_seconds(account)

    s3.put_object(Bucket=bucket, Key=name, Body=WHOLE, **{f"Checksum{name}": value})

    assert processor_seconds(account) - before < 1
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket=bucket, Key=name, Body=WHOLE[1:], **{f"Checksum{name}": value})


@pytest.mark.parametrize(("name", "value"), [("CRC32C", 0xE3069283), ("CRC64NVME", 0xAE8B14860A799888)])
def test_a_crc_has_its_published_check_value(name: str, value: int) -> None:
    assert KNOWN[name].of(b"123456789") == value


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("size", [8, 4095, 4096, 4097, 100_001])
def test_a_crc_of_many_bytes_is_that_of_one_after_the_other(name: str, size: int) -> None:
    crc, data = KNOWN[name], WHOLE[:size]
    expected = ones = (1 << crc.width) - 1
    for byte in data:
        expected ^= byte
        for _ in range(8):
            expected = (expected >> 1) ^ (crc.polynomial if expected & 1 else 0)

    assert crc.of(data) == expected ^ ones
