"""S3, SQS, EventBridge and CloudWatch Logs in memory, as far as the functions behind a tick use them."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.emulated.fake_sagemaker import client_error

_COUNT = itertools.count(1)


@dataclass
class FakeS3:
    """One bucket; what is written last is what is there."""

    now: Callable[[], dt.datetime]
    objects: dict[str, tuple[bytes, str, dt.datetime]] = field(default_factory=dict)

    def put_object(self, *, Bucket: str, Key: str, Body: bytes | str, **told: Any) -> dict[str, Any]:  # noqa: N803
        there = self.objects.get(Key)
        if there and told.get("IfNoneMatch") == "*":
            raise client_error("PreconditionFailed", "At least one of the pre-conditions did not hold.")
        if "IfMatch" in told and (there is None or there[1] != told["IfMatch"]):
            raise client_error("PreconditionFailed" if there else "NoSuchKey", "It is another one by now.")
        tag = f'"{next(_COUNT)}"'
        self.objects[Key] = (Body.encode() if isinstance(Body, str) else Body, tag, self.now())
        return {"ETag": tag, "VersionId": tag}

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        body, tag, _at = self._find(Key, "NoSuchKey")
        return {"Body": io.BytesIO(body), "ETag": tag}

    def head_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        body, tag, at = self._find(Key, "404")
        return {"ContentLength": len(body), "ETag": tag, "LastModified": at}

    def _find(self, key: str, code: str) -> tuple[bytes, str, dt.datetime]:
        if key not in self.objects:
            raise client_error(code, "The specified key does not exist.")
        return self.objects[key]

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _list_objects_v2(self, *, Bucket: str, Prefix: str, Delimiter: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        folders = {key[len(Prefix) :].partition(Delimiter)[0] for key in self.objects if key.startswith(Prefix)}
        yield {"CommonPrefixes": [{"Prefix": f"{Prefix}{folder}{Delimiter}"} for folder in sorted(folders)]}

    def _list_object_versions(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        yield {
            "Versions": [
                {"Key": key, "VersionId": tag, "LastModified": at, "IsLatest": True}
                for key, (_, tag, at) in self.objects.items()
                if key.startswith(Prefix)
            ]
        }


@dataclass(frozen=True)
class FakeSQS:
    """Each message is handed on to whoever delivers it, with its delay in seconds."""

    post: Callable[[str, dict[str, Any], int], None]

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MessageBody: str,  # noqa: N803
        DelaySeconds: int = 0,  # noqa: N803
    ) -> dict[str, Any]:
        self.post(QueueUrl, json.loads(MessageBody), DelaySeconds)
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        for entry in Entries:
            self.post(QueueUrl, json.loads(entry["MessageBody"]), entry.get("DelaySeconds", 0))
        return {}


@dataclass(frozen=True)
class FakeEvents:
    """`put`: an event with its source, name and detail."""

    put: Callable[[str, str, dict[str, Any]], None]

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        for entry in Entries:
            self.put(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}


class ResourceNotFoundException(ClientError):
    pass


@dataclass
class FakeLogs:
    """Streams, and how many lines went into each; groups of endpoints do not exist."""

    lines: dict[str, int] = field(default_factory=dict)
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(ResourceNotFoundException=ResourceNotFoundException)
    )

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803
        self.lines[logStreamName] = 0

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[Any]) -> None:  # noqa: N803
        if logStreamName not in self.lines:
            raise _not_found()
        self.lines[logStreamName] += len(logEvents)

    def put_retention_policy(self, *, logGroupName: str, retentionInDays: int) -> None:  # noqa: N803
        raise _not_found()

    def delete_log_group(self, *, logGroupName: str) -> None:  # noqa: N803
        raise _not_found()


def _not_found() -> ResourceNotFoundException:
    told = "The specified log group or stream does not exist."
    return ResourceNotFoundException({"Error": {"Code": "ResourceNotFoundException", "Message": told}}, "Logs")
