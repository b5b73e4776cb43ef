"""CloudWatch Logs: what a policy must name for an action on a group, or on one of its streams.

AWS documents: a policy names a group with `:*` at its end, for all actions but the three on a group's tags. So what is
asked about begins with the group's ARN and a colon; ministack asks about the group's bare ARN.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

from local.adapters.replacing import replace

_ON_STREAMS = ("GetLogEvents", "PutLogEvents", "DeleteLogStream")
_ON_BARE_GROUPS = ("TagResource", "UntagResource", "ListTagsForResource")
_STREAM = ":log-stream:"


def install() -> None:
    replace(iam_actions, "extract_resource_arn", _with_the_stream)
    replace(iam_actions, "logs_service_context", _by_the_bare_group)


def _with_the_stream(resource_of: Any) -> Any:
    """The stream's name is empty where an action takes the whole group."""

    def resource(service: str, *request: Any) -> str:
        arn: str = resource_of(service, *request)
        _method, _path, headers, body = request[:4]
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "logs" or action in _ON_BARE_GROUPS or arn == "*":
            return arn
        stream = json.loads(body).get("logStreamName", "") if action in _ON_STREAMS else ""
        return f"{arn.removesuffix(':*')}{_STREAM}{stream}"

    return resource


def _by_the_bare_group(context_of: Any) -> Any:
    """A group's tags are found by its own ARN."""

    def context(action: str, body: bytes, arn: str, *rest: Any) -> Any:
        return context_of(action, body, arn.partition(_STREAM)[0], *rest)

    return context
