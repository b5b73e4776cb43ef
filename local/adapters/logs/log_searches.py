"""FilterLogEvents looks only into the streams that begin with the prefix, which ministack ignores."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs

from local.adapters.replacing import replace


def install() -> None:
    replace(cloudwatch_logs, "_filter_log_events", _in_chosen_streams)


def _in_chosen_streams(search: Any) -> Any:
    def filter_log_events(data: dict[str, Any]) -> Any:
        prefix = data.get("logStreamNamePrefix")
        if not prefix:
            return search(data)
        if data.get("logStreamNames"):
            message = "logStreamNamePrefix and logStreamNames cannot be used together."
            return error_response_json("InvalidParameterException", message, 400)
        group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(data)) or {}
        chosen = [name for name in group.get("streams", {}) if name.startswith(prefix)]
        if group and not chosen:
            return json_response({"events": [], "searchedLogStreams": []})
        return search({**data, "logStreamNames": chosen})

    return filter_log_events
