"""The journal of a stack, into its bucket: its log group goes with the stack, the bucket stays."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from typing import Any

from cli.stack.deployed_stack import DeployedStack
from cli.uninstall.removal import Removal


def keep_journal(stack: DeployedStack, removal: Removal, now: dt.datetime) -> str:
    """Where it was written, or would be; empty when there is nothing in it. A line of JSON for each event."""
    events = removal.find("journal", lambda: list(_events(stack)))
    if not events:
        return ""
    bucket, key = stack.output("DataBucketName"), f"journal/{stack.name}/{now:%Y%m%dT%H%M%SZ}.jsonl"

    def write() -> None:
        with tempfile.TemporaryFile() as file:
            for event in events:
                at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC).isoformat(timespec="milliseconds")
                line = {"at": at, "stream": event["logStreamName"], "message": event["message"]}
                file.write(json.dumps(line).encode() + b"\n")
            file.seek(0)
            stack.clients.s3.upload_fileobj(file, bucket, key)

    where = f"s3://{bucket}/{key}"
    removal.do("journal", where, "written", write)
    return where


def _events(stack: DeployedStack) -> Iterator[Any]:
    group = stack.outputs.get("JournalLogGroupName")
    pages = stack.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group) if group else ()
    for page in pages:
        yield from page["events"]
