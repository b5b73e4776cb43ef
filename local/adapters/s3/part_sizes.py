"""A part of an upload has at least 5 MiB, but the last one: S3 says so only when the upload is completed."""

from __future__ import annotations

import re
from typing import Any

from ministack.services import s3

from local.adapters.replacing import replace

SMALLEST = 5 * 1024 * 1024
_NUMBER = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")
_MESSAGE = "Your proposed upload is smaller than the minimum allowed size"


def install() -> None:
    replace(s3, "_complete_multipart_upload", _of_large_parts)


def _of_large_parts(complete: Any) -> Any:
    def complete_upload(bucket: str, key: str, body: bytes, query: dict[str, Any], *rest: Any) -> Any:
        parts = s3._multipart_uploads.get(s3._qp(query, "uploadId"), {}).get("parts", {})
        numbers = sorted(int(number) for number in _NUMBER.findall(body))
        if any(parts[number]["size"] < SMALLEST for number in numbers[:-1] if number in parts):
            return s3._error("EntityTooSmall", _MESSAGE, 400, f"/{bucket}/{key}")
        return complete(bucket, key, body, query, *rest)

    return complete_upload
