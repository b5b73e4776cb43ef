"""Alarms judge the one metric they name, period by period, as time passes; queues report their depth for them.

ministack judges an alarm only when somebody puts a metric, over every metric of the name whatever its dimensions, and
has no metrics of queues.
"""

from __future__ import annotations

import operator
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch

from local.adapters.replacing import replace
from local.adapters.sqs.queue_depths import Depth, all_queues, depth

_LOOK_SECONDS = 0.5
_REPORT_SECONDS = 30.0  # so that no period of a minute is without a datapoint
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def install() -> None:
    replace(cloudwatch, "_evaluate_alarm", lambda _: evaluate)
    threading.Thread(target=_look_again_and_again, name="alarms", daemon=True).start()


def evaluate(alarm: dict[str, Any]) -> None:
    """`DatapointsToAlarm` of the last `EvaluationPeriods` periods breach; a missing one counts as the alarm says."""
    if "MetricName" not in alarm or alarm.get("ComparisonOperator") not in _COMPARISONS:
        return
    state = _state(alarm, _datapoints(alarm, time.time()))
    before = alarm["StateValue"]
    if state in (None, before):
        return
    reason = f"Threshold Crossed: {alarm['MetricName']} {alarm['ComparisonOperator']} {alarm.get('Threshold')}"
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _datapoints(alarm: dict[str, Any], now: float) -> list[float | None]:
    """The value of each of the last periods, the newest first; None where the metric has no datapoint."""
    period = int(alarm.get("Period") or 60)
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    key = (
        alarm.get("Namespace"),
        alarm["MetricName"],
        cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or [])),
    )
    points = list(cloudwatch._metrics.get(key) or [])
    values: list[float | None] = []
    for number in range(int(alarm.get("EvaluationPeriods") or 1)):
        end = now - number * period
        inside = [point for point in points if end - period < point["Timestamp"] <= end]
        values.append(cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside) if inside else None)
    return values


def _state(alarm: dict[str, Any], values: list[float | None]) -> str | None:
    """None: as it was."""
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    missing = alarm.get("TreatMissingData") or "missing"
    if all(value is None for value in values) and missing in ("missing", "ignore"):
        return "INSUFFICIENT_DATA" if missing == "missing" else None
    breaching = sum(
        missing == "breaching" if value is None else breaches(value, float(alarm.get("Threshold") or 0))
        for value in values
    )
    return "ALARM" if breaching >= int(alarm.get("DatapointsToAlarm") or len(values)) else "OK"


def _look_again_and_again() -> None:
    reported: dict[tuple[str, str, str], tuple[float, Depth]] = {}
    while True:
        time.sleep(_LOOK_SECONDS)
        for account, region, name, queue in all_queues():
            _enter(account, region)
            at, before = reported.get((account, region, name), (0.0, Depth()))
            now = depth(queue)
            # Once a minute while the queue holds something, and whenever its depth changes.
            if now != before or (now and time.time() - at >= _REPORT_SECONDS):
                reported[account, region, name] = time.time(), now
                _report(name, now)
        for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
            _enter(account, region)
            evaluate(alarm)


def _enter(account: str, region: str) -> None:
    responses.set_request_account_id(account)
    responses.set_request_region(region)


def _report(name: str, found: Depth) -> None:
    counts = {"Visible": found.waiting, "NotVisible": found.in_flight, "Delayed": found.delayed}
    dimensions = {"QueueName": name}
    for kind, count in counts.items():
        cloudwatch.record_metric("AWS/SQS", f"ApproximateNumberOfMessages{kind}", count, "Count", dimensions)
    age = max(0.0, time.time() - (found.oldest_sent_at or time.time()))
    cloudwatch.record_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", age, "Seconds", dimensions)
