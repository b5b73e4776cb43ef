"""SageMaker's own changes of state, seen by looking, so that the test decides what becomes of their events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.in_process.bus import Bus, Event

SETTLED_SECONDS = 200.0
_AT_WORK = ("InProgress", "Stopping", "Creating", "Updating", "RollingBack", "Deleting", "SystemUpdating")


@dataclass
class Observer:
    """Of the jobs and endpoints whose names begin with `prefix`."""

    sagemaker: Any
    bus: Bus
    prefix: str
    patience_seconds: float = SETTLED_SECONDS
    _seen: dict[str, Any] = field(default_factory=dict)

    def settle(self) -> None:
        """Until nothing of ours is under way; every change seen on the way is an event."""
        deadline, pause = time.monotonic() + self.patience_seconds, 0.01
        while self._look():
            if time.monotonic() > deadline:
                raise AssertionError(f"SageMaker is still at work after {self.patience_seconds:.0f} s: {self._seen}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)  # looking takes from what is looked at

    def _look(self) -> bool:
        jobs = self._ours("list_training_jobs", "TrainingJob")
        endpoints = self._ours("list_endpoints", "Endpoint")
        for job in jobs:
            if self._is_new(job["TrainingJobArn"], job["TrainingJobStatus"]):
                self.bus.put(_training_job_changed(job))
        for endpoint in endpoints:
            if endpoint["EndpointStatus"] in _AT_WORK:
                continue  # whether it is met in between is chance
            # What has become again what it was before has changed, too.
            if self._is_new(endpoint["EndpointArn"], (endpoint["EndpointStatus"], endpoint["LastModifiedTime"])):
                self.bus.put(_endpoint_changed(endpoint))
        statuses = [job["TrainingJobStatus"] for job in jobs] + [found["EndpointStatus"] for found in endpoints]
        return any(status in _AT_WORK for status in statuses)

    def _ours(self, operation: str, kind: str) -> list[dict[str, Any]]:
        begins = f"{self.prefix}-"
        pages = self.sagemaker.get_paginator(operation).paginate(
            NameContains=begins, PaginationConfig={"PageSize": 100}
        )
        found = [
            summary for page in pages for summary in page[f"{kind}{'Summaries' if kind == 'TrainingJob' else 's'}"]
        ]
        return [summary for summary in found if summary[f"{kind}Name"].startswith(begins)]

    def _is_new(self, name: str, state: Any) -> bool:
        if self._seen.get(name) == state:
            return False
        self._seen[name] = state
        return True


def _training_job_changed(job: dict[str, Any]) -> Event:
    """What the functions may rely on; the rest of the event is only a hint."""
    return {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Training Job State Change",
        "resources": [job["TrainingJobArn"]],
        "detail": {name: job[name] for name in ("TrainingJobName", "TrainingJobArn", "TrainingJobStatus")},
    }


def _endpoint_changed(endpoint: dict[str, Any]) -> Event:
    """Statuses in UPPER_SNAKE, unlike the API's."""
    status = "".join(f"_{letter}" if letter.isupper() else letter for letter in endpoint["EndpointStatus"])
    detail = {name: endpoint[name] for name in ("EndpointName", "EndpointArn")}
    return {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Endpoint State Change",
        "resources": [endpoint["EndpointArn"]],
        "detail": {**detail, "EndpointStatus": status.strip("_").upper()},
    }
