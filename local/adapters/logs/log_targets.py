"""A rule's CloudWatch Logs target, which ministack ignores: each event is one line in a stream of the group."""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.services import cloudwatch_logs, eventbridge

from local.adapters.replacing import replace

_GROUP = ":log-group:"


def install() -> None:
    replace(eventbridge, "_invoke_target", _with_log_groups)


def _with_log_groups(invoke: Any) -> Any:
    def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
        arn = target.get("Arn", "")
        if arn.startswith("arn:aws:logs:") and _GROUP in arn:
            seen = view or eventbridge._pattern_event_view(event)
            _write(group_of(arn), seen.event_with_detail())
        else:
            invoke(target, event, rule, view)

    return invoke_target


def group_of(arn: str) -> str:
    """The group's name in its ARN, or in that of all its streams."""
    return arn.partition(_GROUP)[2].removesuffix(":*")


def _write(group: str, event: dict[str, Any]) -> None:
    stream = event["id"]
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    line = {"timestamp": int(time.time() * 1000), "message": json.dumps(event)}
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [line]})
