"""Objects of gigabytes are kept on disk, where ministack keeps them in memory, and has them there twice to join parts.

What one request carries still passes through memory, so a large object should come in parts, as AWS's clients send it.
"""

from __future__ import annotations

import contextvars
import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ministack.services import s3

from local.adapters.replacing import replace
from local.body_on_disk import BLOCK_SIZE, BodyOnDisk, Spill

LARGE = 4 * BLOCK_SIZE  # a part is at least 5 MiB, but the last
_upload: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("upload")


class _Part(bytes):
    """A part on disk: empty to what joins the parts in memory, and of its own length to what asks for that."""

    body: BodyOnDisk
    md5: bytes

    def __len__(self) -> int:
        return len(self.body)


def install() -> None:
    replace(s3, "_upload_part", _part_to_disk)
    replace(s3, "_upload_part_copy", _part_to_disk)
    replace(s3, "_complete_multipart_upload", _of_parts_on_disk)
    replace(s3, "_record_object_version", _object_to_disk)
    replace(s3, "hashlib", lambda module: SimpleNamespace(**{**vars(module), "md5": _md5}))
    replace(s3, "md5_hash", lambda _: lambda body: _md5(body).hexdigest())
    replace(s3, "_get_object_data", _whole)


def _part_to_disk(store: Any) -> Any:
    def store_part(*request: Any) -> Any:
        answer = store(*request)
        query = request[-2]
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
        if answer[0] == 200 and upload is not None:
            _keep(upload, upload["parts"][int(s3._qp(query, "partNumber", "1"))])
        return answer

    return store_part


def _keep(upload: dict[str, Any], part: dict[str, Any]) -> None:
    body = part["body"]
    if len(body) < LARGE:
        return
    kept = _Part()
    kept.body = body if isinstance(body, BodyOnDisk) else _spill(upload).keep(body)
    kept.md5 = bytes.fromhex(part["etag"].strip('"'))
    part["body"] = kept


def _spill(upload: dict[str, Any]) -> Spill:
    """All parts of an upload are in one file."""
    if "spill" not in upload:
        upload["spill"] = Spill()
    spill: Spill = upload["spill"]
    return spill


def _of_parts_on_disk(complete: Any) -> Any:
    def complete_upload(bucket: str, key: str, body: bytes, query: dict[str, Any], *rest: Any) -> Any:
        token = _upload.set(s3._multipart_uploads.get(s3._qp(query, "uploadId"), {"parts": {}}))
        try:
            return complete(bucket, key, body, query, *rest)
        finally:
            _upload.reset(token)

    return complete_upload


def _object_to_disk(record: Any) -> Any:
    """Every write records its version; what is recorded is on disk if it is large."""

    def record_version(bucket: str, key: str, prior: Any, stored: dict[str, Any], data: Any) -> Any:
        upload = _upload.get({"parts": {}})
        if any(isinstance(part["body"], _Part) for part in upload["parts"].values()):
            data = _assembled(upload, [part["PartNumber"] for part in stored["parts"]])
        elif isinstance(data, bytes) and len(data) >= LARGE:
            data = Spill().keep(data)
        stored |= {"body": data, "size": len(data)}
        return record(bucket, key, prior, stored, data)

    return record_version


def _assembled(upload: dict[str, Any], numbers: list[int]) -> BodyOnDisk:
    bodies = [upload["parts"][number]["body"] for number in numbers]
    return BodyOnDisk.of([body.body if isinstance(body, _Part) else _spill(upload).keep(body) for body in bodies])


class _Known:
    """A digest that was computed when the part came."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def digest(self) -> bytes:
        return self._value


def _md5(body: Any = b"") -> Any:
    if isinstance(body, _Part):
        return _Known(body.md5)
    digest = hashlib.md5(usedforsecurity=False)
    for block in _blocks(body):
        digest.update(block)
    return digest


def _blocks(body: Any) -> Iterator[bytes]:
    return body.blocks() if isinstance(body, BodyOnDisk) else iter((body,))


def _whole(get: Any) -> Any:
    """What other services of this process read, such as a function's code, they need in memory."""

    def get_whole(*args: Any, **named: Any) -> bytes | None:
        body = get(*args, **named)
        return body.whole() if isinstance(body, BodyOnDisk) else body

    return get_whole
