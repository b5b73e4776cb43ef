"""What the tear-down last decided about a model, with its evidence, from the journal."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

STREAMS = "tear-down/"
_DAYS = 3
_PAGES = 20  # of a busy journal; the person waits


def last_decision(logs: CloudWatchLogsClient, journal: str, model: str, now: dt.datetime) -> dict[str, Any] | None:
    """None where there is none, or it may not be read. A stream is a day: the newest that has one is enough."""
    for days in range(_DAYS):
        day = (now - dt.timedelta(days=days)).strftime("%Y-%m-%d")
        try:
            found = _newest(logs, journal, f"{STREAMS}{day}", model)
        except ClientError:
            found = None
        if found:
            return found
    return None


def _newest(logs: CloudWatchLogsClient, journal: str, stream: str, model: str) -> dict[str, Any] | None:
    newest: dict[str, Any] | None = None
    request: dict[str, Any] = {
        "logGroupName": journal,
        "logStreamNames": [stream],
        "filterPattern": f'{{ $.detail.model = "{model}" }}',
    }
    for _ in range(_PAGES):
        page = logs.filter_log_events(**request)
        for event in page["events"]:
            newest = _read(event["message"], model) or newest
        if not page.get("nextToken"):
            break
        request["nextToken"] = page["nextToken"]
    return newest


def _read(message: str, model: str) -> dict[str, Any] | None:
    try:
        found = json.loads(message)
    except ValueError:
        return None
    detail = found.get("detail") if isinstance(found, dict) else None
    if not isinstance(detail, dict) or detail.get("model") != model:
        return None
    return {"at": found.get("time")} | detail
