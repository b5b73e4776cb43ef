"""The learning curve, from the training job's log as the algorithm wrote it."""

from __future__ import annotations

import re
from typing import Any

from examples.demo.screen import Screen
from local.stack import Administrator

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_ROUND = re.compile(r"\[(\d+)\]#011train-rmse:([\d.]+)#011validation-rmse:([\d.]+)")
_SHOWN = 2


def show_learning_curve(screen: Screen, admin: Administrator, run: str) -> None:
    rounds = [found.groups() for line in _log(admin.client("logs"), run) if (found := _ROUND.match(line))]
    screen.table(
        ("round", "train-rmse", "validation-rmse"),
        [*rounds[:_SHOWN], ("…", "…", "…"), *rounds[-_SHOWN:]],
    )
    screen.blank()
    job = admin.client("sagemaker").describe_training_job(TrainingJobName=run)
    final = ", ".join(f"{metric['MetricName']} {metric['Value']:.5f}" for metric in job["FinalMetricDataList"])
    screen.pairs([("log group", LOG_GROUP), ("DescribeTrainingJob", final)])


def _log(logs: Any, run: str) -> list[str]:
    streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{run}/")["logStreams"]
    found = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=streams[0]["logStreamName"], startFromHead=True)
    return [event["message"] for event in found["events"]]
