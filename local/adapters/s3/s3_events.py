"""S3 on the bus as AWS sends it: the version id of a versioned object; a multipart object dated by its initiation.

"After you enable EventBridge, it takes around five minutes for the changes to take effect": events until then are
lost. Here that is a setting, and off unless asked for.
"""

from __future__ import annotations

import contextvars
import json
import time
from typing import Any

from ministack.services import eventbridge, s3

from local.adapters.replacing import replace
from local.settings import Settings

_version_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("version_id", default=None)
_enabled_at: dict[str, float] = {}
_initiated: contextvars.ContextVar[str | None] = contextvars.ContextVar("initiated", default=None)


def install(settings: Settings) -> None:
    replace(s3, "_put_bucket_notification", _remember_when_enabled)
    replace(s3, "_fire_s3_event", lambda fire: _once_in_effect(fire, settings.s3_events_seconds))
    replace(s3, "_fire_s3_event", _remember_version)
    replace(eventbridge, "_dispatch_event", _add_version)
    replace(s3, "_complete_multipart_upload", _remember_initiation)
    replace(s3, "_record_object_version", _date_by_initiation)


def _remember_when_enabled(put: Any) -> Any:
    def put_bucket_notification(name: str, body: bytes, *rest: Any) -> Any:
        if b"EventBridgeConfiguration" not in body:
            _enabled_at.pop(name, None)
        else:
            _enabled_at.setdefault(name, time.time())
        return put(name, body, *rest)

    return put_bucket_notification


def _once_in_effect(fire: Any, seconds: float) -> Any:
    def fire_in_effect(bucket: str, *args: Any, **named: Any) -> None:
        if time.time() - _enabled_at.get(bucket, 0.0) >= seconds:
            fire(bucket, *args, **named)

    return fire_in_effect


def _remember_version(fire: Any) -> Any:
    def fire_with_version(*args: Any, version_id: str | None = None, **named: Any) -> None:
        token = _version_id.set(version_id)
        try:
            fire(*args, version_id=version_id, **named)
        finally:
            _version_id.reset(token)

    return fire_with_version


def _add_version(dispatch: Any) -> Any:
    def dispatch_with_version(event: dict[str, Any], view: Any = None) -> None:
        version_id = _version_id.get()
        if version_id and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version_id
            event = {**event, "Detail": json.dumps(detail)}
        dispatch(event, view)

    return dispatch_with_version


def _remember_initiation(complete: Any) -> Any:
    def complete_dated(bucket: str, key: str, body: bytes, query: dict[str, Any], *rest: Any) -> Any:
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"), {})
        token = _initiated.set(upload.get("created"))
        try:
            return complete(bucket, key, body, query, *rest)
        finally:
            _initiated.reset(token)

    return complete_dated


def _date_by_initiation(record: Any) -> Any:
    def record_dated(bucket: str, key: str, prior: Any, stored: dict[str, Any], *args: Any, **named: Any) -> Any:
        if initiated := _initiated.get():
            stored["last_modified"] = initiated
        return record(bucket, key, prior, stored, *args, **named)

    return record_dated
