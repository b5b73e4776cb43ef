"""GetMetricData as strict as AWS's: 500 queries, 100,800 datapoints a page, newest first, PartialData until the end."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from ministack.services import cloudwatch

from local.adapters.cloudwatch import metric_points
from local.adapters.cloudwatch.metric_points import EYESIGHT
from local.adapters.cloudwatch.metric_protocols import RefusedError, Response, answer, refusal, request_of
from local.adapters.replacing import replace

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
Found = dict[str, Any]


def install() -> None:
    replace(cloudwatch, "_get_metric_data", lambda _: _get_metric_data)


def _get_metric_data(
    params: dict[str, Any],
    decoded: dict[str, Any],
    is_cbor: bool,  # noqa: FBT001
    is_json: bool = False,  # noqa: FBT001, FBT002
) -> Response:
    try:
        result = _page(request_of(params, decoded))
    except RefusedError as refused:
        return refusal(refused, is_cbor=is_cbor, is_json=is_json)
    return answer("GetMetricData", result, is_cbor=is_cbor, is_json=is_json)


def _page(request: dict[str, Any]) -> dict[str, Any]:
    """A page holds what fits into it; a query of which more is to come is PartialData."""
    queries = request.get("MetricDataQueries") or []
    _check(queries)
    metric_points.time_range(request)
    asked = request.get("MaxDatapoints")
    left = MAX_DATAPOINTS if asked is None else int(asked)
    if not 1 <= left <= MAX_DATAPOINTS:
        raise RefusedError("ValidationError", f"MaxDatapoints must be between 1 and {MAX_DATAPOINTS}.")
    position, offset = _position(request.get("NextToken"))
    page: list[Found] = []
    while position < len(queries) and left:
        found = _found(queries[position], request)
        rest = len(found["Values"]) - offset
        taken = min(rest, left)
        found |= {name: found[name][offset : offset + taken] for name in ("Timestamps", "Values")}
        if queries[position].get("ReturnData", True) not in (False, "false"):
            page.append(found)
        left -= taken
        if taken < rest:
            found["StatusCode"], offset = "PartialData", offset + taken
        else:
            position, offset = position + 1, 0
    more = {"NextToken": _token(position, offset)} if position < len(queries) else {}
    return {"MetricDataResults": page, "Messages": [], **more}


def _check(queries: list[dict[str, Any]]) -> None:
    if not 1 <= len(queries) <= MAX_QUERIES:
        message = f"The collection MetricDataQueries must have a size between 1 and {MAX_QUERIES}."
        raise RefusedError("ValidationError", message)
    ids = [str(query.get("Id", "")) for query in queries]
    for number, name in enumerate(ids, start=1):
        if not _ID.fullmatch(name):
            message = (
                f"The value {name} for parameter MetricDataQueries.member.{number}.Id is not matching {_ID.pattern}"
            )
            raise RefusedError("ValidationError", message)
    if len(set(ids)) < len(ids):
        raise RefusedError("ValidationError", "The values for parameter Id in MetricDataQueries are not unique.")
    for query in queries:
        if "MetricStat" in query:
            metric_points.check_period(int(query["MetricStat"].get("Period") or 0))
        elif "Expression" not in query:
            raise RefusedError("ValidationError", f"Query {query['Id']} needs either MetricStat or Expression.")


def _found(query: dict[str, Any], request: dict[str, Any]) -> Found:
    """All that one query finds, in the order asked for; the newest first unless asked otherwise."""
    found: Found = {"Id": query["Id"], "Label": query.get("Label", query["Id"]), "Timestamps": [], "Values": []}
    if "Expression" in query or EYESIGHT.mode == "failing":
        reason = "Metric math is not emulated." if "Expression" in query else "An internal error occurred."
        return found | {"StatusCode": "InternalError", "Messages": [{"Code": "InternalError", "Value": reason}]}
    asked = query["MetricStat"]
    start, end = metric_points.time_range(request)
    series = metric_points.series(asked["Metric"], int(asked["Period"]), start, end, asked.get("Unit"))
    for began, points in series:
        value = cloudwatch._stat_value(cloudwatch._calc_stats(points), asked["Stat"], points)
        if value is not None:
            found["Timestamps"].append(cloudwatch._ts_iso(began))
            found["Values"].append(value)
    if request.get("ScanBy", "TimestampDescending") != "TimestampAscending":
        found["Timestamps"].reverse()
        found["Values"].reverse()
    if EYESIGHT.mode == "partial":
        half = len(found["Values"]) // 2
        return found | {
            "Timestamps": found["Timestamps"][:half],
            "Values": found["Values"][:half],
            "StatusCode": "PartialData",
        }
    return found | {"StatusCode": "Complete"}


def _token(position: int, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, offset]).encode()).decode()


def _position(token: str | None) -> tuple[int, int]:
    if not token:
        return 0, 0
    try:
        position, offset = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as broken:
        raise RefusedError("InvalidNextToken", "The next token specified is invalid.") from broken
    return int(position), int(offset)
