"""A version of an object is read as the current one is: in ranges too, and with the parts that it was made of."""

from __future__ import annotations

from typing import Any

from ministack.services import s3

from local.adapters.replacing import replace

_OF_THE_WHOLE = "x-amz-checksum-"


def install() -> None:
    replace(s3, "_get_object", _with_ranges)
    replace(s3, "_version_entry_from_record", _with_checksum_type)
    replace(s3, "_object_record_from_version", _with_parts)


def _with_ranges(get: Any) -> Any:
    def get_object(bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None) -> Any:
        status, own_headers, body = get(bucket, key, headers, query)
        asked = headers.get("range", "")
        if status != 200 or not asked or not s3._qp(query or {}, "versionId"):
            return status, own_headers, body
        size = len(body)
        found = s3._parse_range(asked, size)
        if found is None:
            refused = {"Content-Type": "application/xml", "Content-Range": f"bytes */{size}"}
            return 416, refused, s3._xml_body(s3._range_error_xml(bucket, key))
        start, end = found
        kept = {name: value for name, value in own_headers.items() if not name.startswith(_OF_THE_WHOLE)}
        part = {"Content-Length": str(end + 1 - start), "Content-Range": f"bytes {start}-{end}/{size}"}
        return 206, kept | part, body[start : end + 1]

    return get_object


def _with_checksum_type(entry_of: Any) -> Any:
    """A checksum of parts is named COMPOSITE, whichever way the object is asked for."""

    def entry(record: dict[str, Any], *rest: Any) -> Any:
        return entry_of(record, *rest) | {"checksum_type": record.get("checksum_type")}

    return entry


def _with_parts(record_of: Any) -> Any:
    def record(version: dict[str, Any]) -> Any:
        return record_of(version) | {name: version.get(name) for name in ("parts", "checksum_type")}

    return record
