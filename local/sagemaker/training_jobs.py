"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob, DeleteTrainingJob."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Any

from local.sagemaker import events, listing
from local.sagemaker.authorization import arn_of
from local.sagemaker.errors import InUse, Invalid
from local.sagemaker.state import Cloud, Record, World
from local.sagemaker.training_run import TrainingRun

_NOT_FOUND = "Requested resource not found."
_TERMINAL = ("Completed", "Failed", "Stopped")
_COPIED = ("TrainingJobName", "HyperParameters", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig")


def create(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    name = request["TrainingJobName"]
    arn = arn_of(world, "training-job", name)
    with world.lock:
        if name in world.jobs:
            raise InUse(
                "Job name must be unique within an AWS account and region, "
                f"and a job with this name already exists ({arn})"
            )
        job = _new(request, arn)
        world.add_tags(arn, request.get("Tags", []))
        world.jobs[name] = job
    events.training_job_changed(world, job)
    run = TrainingRun(cloud, world, job)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run.run,), name=f"job {name}", daemon=True).start()
    return {"TrainingJobArn": arn}


def _new(request: dict[str, Any], arn: str) -> Record:
    now = time.time()
    return {
        **{name: request[name] for name in _COPIED if name in request},
        "HyperParameters": request.get("HyperParameters", {}),
        "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": False, **request["AlgorithmSpecification"]},
        "InputDataConfig": [
            {"CompressionType": "None", "RecordWrapperType": "None", **channel}
            for channel in request.get("InputDataConfig", [])
        ],
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400, **request.get("StoppingCondition", {})},
        "EnableNetworkIsolation": request.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": request.get("EnableManagedSpotTraining", False),
        "TrainingJobArn": arn,
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [
            {"Status": "Starting", "StartTime": now, "StatusMessage": "Starting the training job"}
        ],
        "CreationTime": now,
        "LastModifiedTime": now,
    }


def describe(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        return dict(_existing(world, request))


def list_jobs(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    """The status filter comes after the page was cut, so a page may be empty and still have a next one."""
    wanted = request.get("StatusEquals")
    unfiltered = {key: value for key, value in request.items() if key != "StatusEquals"}
    with world.lock:
        jobs, token = listing.page(
            world.jobs.values(), unfiltered, name="TrainingJobName", default_order="Ascending", summary=_summary
        )
    shown = [job for job in jobs if wanted in (None, job["TrainingJobStatus"])]
    return {"TrainingJobSummaries": shown} | ({"NextToken": token} if token else {})


def _summary(job: Record) -> Record:
    members = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime")
    return {name: job[name] for name in (*members, "TrainingJobStatus", "SecondaryStatus") if name in job}


def stop(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        job = _existing(world, request)
        if job["TrainingJobStatus"] in _TERMINAL:
            raise Invalid(f"The request was rejected because the training job is in status {job['TrainingJobStatus']}.")
        job["TrainingJobStatus"] = job["SecondaryStatus"] = "Stopping"
    return {}


def delete(cloud: Cloud, world: World, request: dict[str, Any]) -> Record:
    with world.lock:
        job = _existing(world, request)
        if job["TrainingJobStatus"] not in _TERMINAL:
            raise Invalid(f"Cannot delete training job in status {job['TrainingJobStatus']}.")
        del world.jobs[job["TrainingJobName"]]
        world.tags.pop(job["TrainingJobArn"], None)
    return {}


def _existing(world: World, request: dict[str, Any]) -> Record:
    job = world.jobs.get(request["TrainingJobName"])
    if job is None:
        raise Invalid(_NOT_FOUND)
    return job
