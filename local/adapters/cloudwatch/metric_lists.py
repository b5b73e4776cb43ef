"""GetMetricStatistics and ListMetrics with AWS's limits: 1,440 datapoints; 500 metrics a page, silent ones left out."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import cloudwatch

from local.adapters.cloudwatch import metric_points
from local.adapters.cloudwatch.metric_protocols import RefusedError, Response, answer, refusal, request_of
from local.adapters.replacing import replace

MAX_DATAPOINTS = 1440
PAGE = 500
_SILENT_SECONDS = 14 * metric_points.DAY
_RECENT_SECONDS = 3 * 3600


def install() -> None:
    replace(cloudwatch, "_get_metric_statistics", lambda _: _as_operation("GetMetricStatistics", _statistics))
    replace(cloudwatch, "_list_metrics", lambda _: _as_operation("ListMetrics", _metrics))


def _as_operation(name: str, perform: Any) -> Any:
    def operation(params: dict[str, Any], decoded: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:  # noqa: FBT001, FBT002
        try:
            result = perform(request_of(params, decoded))
        except RefusedError as refused:
            return refusal(refused, is_cbor=is_cbor, is_json=is_json)
        return answer(name, result, is_cbor=is_cbor, is_json=is_json)

    return operation


def _statistics(request: dict[str, Any]) -> dict[str, Any]:
    start, end = metric_points.time_range(request)
    period = int(request.get("Period") or 0)
    metric_points.check_period(period)
    basic, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not basic and not extended:
        message = "The request must contain either Statistics or ExtendedStatistics."
        raise RefusedError("InvalidParameterCombination", message)
    asked = int(-(-(end - start) // period))
    if asked > MAX_DATAPOINTS:
        raise RefusedError(
            "InvalidParameterCombination",
            f"You have requested up to {asked:,} datapoints, which exceeds the limit of {MAX_DATAPOINTS:,}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )
    found = metric_points.series(request, period, start, end, request.get("Unit"))
    points = [_datapoint(began, points, basic, extended) for began, points in found]
    return {"Label": request.get("MetricName"), "Datapoints": points}


def _datapoint(began: int, points: list[dict[str, Any]], basic: list[str], extended: list[str]) -> dict[str, Any]:
    known = cloudwatch._calc_stats(points)
    point = {"Timestamp": cloudwatch._ts_iso(began), "Unit": points[0]["Unit"]}
    point |= {name: known[name] for name in basic if name in known}
    percentiles = {name: cloudwatch._stat_value(known, name, points) for name in extended}
    return point | ({"ExtendedStatistics": percentiles} if percentiles else {})


def _metrics(request: dict[str, Any]) -> dict[str, Any]:
    recently = request.get("RecentlyActive")
    if recently not in (None, "PT3H"):
        raise RefusedError("InvalidParameterValue", "The parameter RecentlyActive must be PT3H.")
    since = time.time() - (_RECENT_SECONDS if recently else _SILENT_SECONDS)
    found = [
        {"Namespace": namespace, "MetricName": name, "Dimensions": _dimensions(points)}
        for (namespace, name, _), points in list(cloudwatch._metrics.items())
        if points and points[-1]["Timestamp"] >= since
    ]
    matching = [metric for metric in found if _matches(metric, request)]
    begin = _begin(request.get("NextToken"))
    more = {"NextToken": str(begin + PAGE)} if begin + PAGE < len(matching) else {}
    return {"Metrics": matching[begin : begin + PAGE], **more}


def _begin(token: str | None) -> int:
    if not (token or "0").isdigit():
        raise RefusedError("InvalidParameterValue", "The next token specified is invalid.")
    return int(token or 0)


def _dimensions(points: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in points[-1]["Dimensions"].items()]


def _matches(metric: dict[str, Any], request: dict[str, Any]) -> bool:
    named = all(request.get(name) in (None, metric[name]) for name in ("Namespace", "MetricName"))
    return named and all(
        any(
            own["Name"] == wanted["Name"] and wanted.get("Value") in (None, own["Value"])
            for own in metric["Dimensions"]
        )
        for wanted in request.get("Dimensions") or []
    )
